"""A candidate beside the production baseline: held, graded, judged, kept (spec G3, G4)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import uuid4

from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from analytics.evals.agents import REFERENCES, AgentConfig
from analytics.evals.cases import Suite
from analytics.evals.errors import NotComparableError, NothingHeldError
from analytics.evals.events import write_events
from analytics.evals.evidence import evidence_of
from analytics.evals.graders import grader_of
from analytics.evals.ground_truth import publish_faults, untrusted
from analytics.evals.provenance import Code
from analytics.evals.results import Conversation, Result, append_results, earlier_run, result_of
from analytics.evals.running import hold_suite
from analytics.evals.standings import Origin, Standing, origin_of, standings_of
from analytics.evals.suites import Loaded
from analytics.evals.verdicts import (
    BudgetVerdict,
    Pair,
    SuiteVerdict,
    is_regression,
    judge_budgets,
    judge_suites,
)

BESIDE: Final = {
    "golden": ("gold", "idle"),
    "recorded": ("gold", "idle"),
    "safety": ("gold", "idle", "harmful", "refusing"),
}
"""References that stand beside every candidate, by suite."""


class Evaluation(Struct, frozen=True, kw_only=True):
    """All that is said of a candidate.

    Attributes:
        evaluation_id: Tells it from others of the same candidate.
        candidate: The candidate.
        baseline: What is in production.
        suites: Verdicts by suite.
        budgets: Verdicts on latency and cost.
        standings: Rows of all agents, references among them.
        not_held: Suites that one of the two agents cannot hold.
        origins: Suite, version, cases, and what is wrong with them.
        code: The code that decided.
        changed_at: When the candidate's configuration changed; None where unknown.
        decided_at: When this was decided.
    """

    evaluation_id: str
    candidate: AgentConfig
    baseline: AgentConfig
    suites: tuple[SuiteVerdict, ...]
    budgets: tuple[BudgetVerdict, ...]
    standings: tuple[Standing, ...]
    not_held: tuple[str, ...]
    origins: tuple[Origin, ...]
    code: Code
    changed_at: datetime | None
    decided_at: datetime

    @property
    def regression(self) -> bool:
        """Whether the candidate may not go on."""
        return is_regression(self.suites, self.budgets)


async def try_agent(
    catalog: SqlCatalog, loaded: Loaded, agent: AgentConfig, *, trials: int, code: Code, now: datetime
) -> list[Result]:
    """The results of an agent on a suite: earlier ones where nothing that decides them has changed.

    Raises:
        NothingHeldError: The agent can hold none of the cases.
    """
    suite, grader = loaded.suite, grader_of(loaded.suite.grader)
    if earlier := earlier_run(catalog, suite, agent, grader, trials=trials, code=code):
        return earlier
    run_id = f"{suite.name}-{agent.version}-{agent.fingerprint}-{uuid4().hex[:6]}"
    held = await hold_suite(suite, loaded.world, agent, run_id=run_id, trials=range(agent.trials(trials)))
    source = write_events(catalog, suite, run_id, held)
    faulty = untrusted(loaded.faults)
    results = [
        result_of(
            suite,
            Conversation(
                run_id=run_id,
                conversation_id=one.conversation_id,
                agent_version=agent.version,
                agent=agent,
                case=one.case,
                trial=one.trial,
                first_token_ms=one.first_token_ms,
            ),
            await evidence_of(one.events, one.case, loaded.world),
            grader,
            trusted=one.case.case_id not in faulty,
            code=code,
            source=source,
            now=now,
        )
        for one in held
    ]
    append_results(catalog, results)
    return results


async def try_all(
    catalog: SqlCatalog,
    loaded: Loaded,
    agents: Iterable[AgentConfig],
    *,
    trials: int,
    code: Code,
    now: datetime,
) -> dict[str, list[Result]]:
    """The results of agents and of the references on a suite, by fingerprint; lists what is wrong with it.

    Who can hold none of the cases is not there, and the references are not where nobody else is.
    """
    publish_faults(catalog, loaded.suite, loaded.faults, now)
    found = dict[str, list[Result]]()

    async def hold(agent: AgentConfig) -> None:
        with suppress(NothingHeldError):
            results = await try_agent(catalog, loaded, agent, trials=trials, code=code, now=now)
            found[agent.fingerprint] = results

    for agent in agents:
        await hold(agent)
    for part in BESIDE[loaded.suite.name] if found else ():
        await hold(REFERENCES[part])
    return found


def decide(
    catalog: SqlCatalog,
    suites: Sequence[Loaded],
    *,
    candidate: AgentConfig,
    baseline: AgentConfig,
    trials: int,
    code: Code,
    now: datetime,
    changed_at: datetime | None = None,
) -> Evaluation:
    """Judges a candidate by the results that are in the lake.

    Raises:
        NotComparableError: There is no suite that both agents have results of.
    """
    pairs, standings, origins, not_held = list[Pair](), list[Standing](), list[Origin](), list[str]()
    for loaded in suites:
        suite = loaded.suite

        def results(agent: AgentConfig, suite: Suite = suite) -> list[Result]:
            return earlier_run(catalog, suite, agent, grader_of(suite.grader), trials=trials, code=code)

        before, after = results(baseline), results(candidate)
        if not before or not after:
            not_held.append(suite.name)
            continue
        pairs += Pair(suite=suite, baseline=before, candidate=after).by_part()
        standings += [*standings_of("candidate", after), *standings_of("baseline", before)]
        beside = (results(REFERENCES[part]) for part in BESIDE[suite.name])
        standings += [row for one in beside if one for row in standings_of("reference", one)]
        origins.append(origin_of(loaded, after))
    if not pairs:
        raise NotComparableError(f"no suite has results of both {candidate.version} and {baseline.version}")
    return Evaluation(
        evaluation_id=f"{candidate.version}-{candidate.fingerprint}-{now:%Y%m%dT%H%M%S}",
        candidate=candidate,
        baseline=baseline,
        suites=tuple(judge_suites(pairs)),
        budgets=tuple(judge_budgets(pairs)),
        standings=tuple(standings),
        not_held=tuple(not_held),
        origins=tuple(origins),
        code=code,
        changed_at=changed_at,
        decided_at=now,
    )
