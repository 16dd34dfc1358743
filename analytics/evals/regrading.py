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
        results: The new grades.
        unmatched: Conversations that are of no case of the suite.
        changed: Conversations that had a grade of another version, which says otherwise.
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
    known = read_results(catalog, mine)
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
    made = await _regrade(catalog, loaded, grader, logged, source, known=(), code=code, now=now)
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
    held = {(one.run_id, one.case_id, one.trial): one for one in known}
    faulty = untrusted(loaded.faults)
    results, changed = list[Result](), 0
    for log, case, trial in (matched := list(_matched(logged, loaded.suite.cases))):
        before = held.get((log.run_id or "", case.case_id, trial))
        version = log.events[0].agent_version
        conversation = Conversation(
            run_id=log.run_id or f"{LAKE}/{version}",
            conversation_id=log.conversation_id,
            agent_version=version,
            agent=_agent(before),
            case=case,
            trial=trial,
            first_token_ms=tuple(before.first_token_ms) if before else (),
        )
        evidence = await evidence_of(log.events, case, loaded.world)
        trusted = case.case_id not in faulty
        result = result_of(
            loaded.suite, conversation, evidence, grader, trusted=trusted, code=code, source=source, now=now
        )
        changed += before is not None and before.passed != result.passed
        results.append(result)
    append_results(catalog, results)
    return Regraded(results=results, unmatched=len(logged) - len(matched), changed=changed)


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


def _agent(before: Result | None) -> AgentConfig | None:
    return msgspec.json.decode(before.config, type=AgentConfig) if before and before.config else None
