"""Old conversations graded by another version of a rule: no agent runs, both grades stay (spec G4)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from analytics.evals.agents import AgentConfig
from analytics.evals.cases import Case
from analytics.evals.events import Logged, read_conversations
from analytics.evals.evidence import evidence_of
from analytics.evals.graders import Grader
from analytics.evals.ground_truth import untrusted
from analytics.evals.provenance import Code
from analytics.evals.results import Conversation, Result, Source, append_results, read_results, result_of
from analytics.evals.suites import Loaded
from analytics.evals.tables import EVAL_EVENTS
from pipelines.row_filters import among, equal
from pipelines.tables import BRONZE
from streaming.contract import payloads as p

LAKE = "lake"
"""The run that conversations of customers are told to be of, with the agent's version."""


class Regraded(Struct, frozen=True, kw_only=True):
    """What came of grading again.

    Attributes:
        results: The new grades; none of conversations that this code has graded by this rule.
        unmatched: Conversations that are of no case of the suite.
        changed: New grades that say otherwise than the newest one before.
    """

    results: list[Result]
    unmatched: int
    changed: int


async def regrade_evals(
    catalog: SqlCatalog, loaded: Loaded, grader: Grader, *, code: Code, now: datetime
) -> Regraded:
    """Grades what evaluations have held of this version of a suite."""
    mine = equal("suite_version", loaded.suite.version)
    logged, source = read_conversations(catalog, EVAL_EVENTS.name, mine)
    known = read_results(catalog, mine, equal("data_table", EVAL_EVENTS.name))
    return await _regrade(catalog, loaded, grader, logged, source, known=known, code=code, now=now)


async def regrade_lake(
    catalog: SqlCatalog, loaded: Loaded, grader: Grader, *, code: Code, now: datetime
) -> Regraded:
    """Grades the conversations of ``bronze.events`` whose scenario is a case of the suite.

    Only these are read whole: what real customers said has no ground truth.
    """
    scenarios = {case.scenario for case in loaded.suite.cases}
    started, _ = read_conversations(catalog, BRONZE.name, equal("event_type", p.ConversationStarted.TYPE))
    wanted = [one.conversation_id for one in started if _scenario(one) in scenarios]
    logged, source = read_conversations(catalog, BRONZE.name, among("conversation_id", wanted))
    mine = (equal("suite_version", loaded.suite.version), equal("data_table", BRONZE.name))
    known = read_results(catalog, *mine)
    made = await _regrade(catalog, loaded, grader, logged, source, known=known, code=code, now=now)
    return msgspec.structs.replace(made, unmatched=len(started) - len(wanted))


async def _regrade(
    catalog: SqlCatalog,
    loaded: Loaded,
    grader: Grader,
    logged: Sequence[Logged],
    source: Source,
    *,
    known: Sequence[Result],
    code: Code,
    now: datetime,
) -> Regraded:
    rule = (grader.name, grader.version)
    done = {
        one.conversation_id
        for one in known
        if (one.grader, one.grader_version) == rule and one.code_digest == code.digest
    }
    newest = {one.conversation_id: one for one in sorted(known, key=lambda one: one.graded_at)}
    faulty = untrusted(loaded.faults)
    results, changed = list[Result](), 0
    for log, case, trial in (matched := list(_matched(logged, loaded.suite.cases))):
        if log.conversation_id in done:
            continue
        before = newest.get(log.conversation_id)
        result = result_of(
            loaded.suite,
            _conversation(log, case, trial, before),
            await evidence_of(log.events, case, loaded.world),
            grader,
            trusted=case.case_id not in faulty,
            code=code,
            source=source,
            now=now,
            regraded=True,
        )
        changed += before is not None and before.passed != result.passed
        results.append(result)
    if results:
        append_results(catalog, results)
    return Regraded(results=results, unmatched=len(logged) - len(matched), changed=changed)


def _conversation(log: Logged, case: Case, trial: int, before: Result | None) -> Conversation:
    version = log.events[0].agent_version
    return Conversation(
        run_id=log.run_id or f"{LAKE}/{version}",
        conversation_id=log.conversation_id,
        agent_version=version,
        agent=msgspec.json.decode(before.config, type=AgentConfig) if before and before.config else None,
        case=case,
        trial=trial,
        first_token_ms=tuple(before.first_token_ms) if before else (),
    )


def _matched(logged: Iterable[Logged], cases: Iterable[Case]) -> Iterable[tuple[Logged, Case, int]]:
    """Each conversation with its case, and which trial of it the conversation is."""
    known = list(cases)
    by_id = {case.case_id: case for case in known}
    by_scenario = {case.scenario: case for case in known}
    trials = defaultdict[tuple[str, str], int](int)
    for log in sorted(logged, key=lambda one: min(event.time_ns for event in one.events)):
        case = by_id.get(log.case_id) if log.case_id else by_scenario.get(_scenario(log) or "")
        if case is None:
            continue
        place = (log.events[0].agent_version, case.case_id)
        yield log, case, trials[place] if log.trial is None else log.trial
        trials[place] += 1


def _scenario(log: Logged) -> str | None:
    started = (one.payload for one in log.events if isinstance(one.payload, p.ConversationStarted))
    return next((each.scenario for each in started), None)
