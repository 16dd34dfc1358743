"""A candidate beside the production baseline: held, graded, judged, kept (spec G3, G4)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from analytics.evals.agents import REFERENCES, AgentConfig
from analytics.evals.budgets import Figures, figures
from analytics.evals.cases import Suite
from analytics.evals.errors import NotComparableError, NothingHeldError
from analytics.evals.events import write_events
from analytics.evals.evidence import evidence_of
from analytics.evals.graders import grader_of
from analytics.evals.ground_truth import publish_faults, untrusted
from analytics.evals.provenance import Code
from analytics.evals.results import Conversation, Result, append, append_results, earlier_run, result_of
from analytics.evals.running import hold_suite
from analytics.evals.suites import Loaded
from analytics.evals.tables import EVAL_VERDICTS
from analytics.evals.verdicts import (
    BudgetVerdict,
    Pair,
    SuiteVerdict,
    is_regression,
    judge_budgets,
    judge_suites,
    pass_hats,
)
from analytics.statistics.proportions import Proportion, wilson

BESIDE: Final = {
    "golden": ("gold", "idle"),
    "recorded": ("gold", "idle"),
    "safety": ("gold", "idle", "harmful"),
}
"""References that stand beside every candidate, by suite."""


class Standing(Struct, frozen=True, kw_only=True):
    """An agent on a suite, as a row of a report.

    Attributes:
        suite: Name of the suite.
        agent: The agent's version.
        role: candidate, baseline or reference.
        cases: Trusted cases that it held.
        passed: Mean share of passed trials.
        low: Lower end of its 95 % interval over cases (Wilson, by first trials).
        high: Upper end of it.
        pass_hat: pass^1, pass^2, …
        figures: Latencies and costs.
        estimated: Whether these are estimates.
    """

    suite: str
    agent: str
    role: str
    cases: int
    passed: float
    low: float
    high: float
    pass_hat: tuple[float, ...]
    figures: Figures
    estimated: bool


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
    origins: tuple["Origin", ...]
    code: Code
    changed_at: datetime | None
    decided_at: datetime

    @property
    def regression(self) -> bool:
        """Whether the candidate may not go on."""
        return is_regression(self.suites, self.budgets)


class Origin(Struct, frozen=True, kw_only=True):
    """A suite as it was when it was used, and the snapshot that the candidate's grades are from."""

    suite: str
    version: str
    doc: str
    cases: int
    faults: tuple[tuple[str, str, str, bool], ...]
    grader: str
    data_table: str
    data_snapshot_id: int


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
    held = await hold_suite(suite, loaded.world, agent, run_id=run_id, trials=range(trials))
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

    A reference does the same each time and is held once, and not at all where nobody else is. Who can
    hold none of the cases is not there.
    """
    publish_faults(catalog, loaded.suite, loaded.faults, now)
    found = dict[str, list[Result]]()

    async def hold(agent: AgentConfig, times: int) -> None:
        with suppress(NothingHeldError):
            results = await try_agent(catalog, loaded, agent, trials=times, code=code, now=now)
            found[agent.fingerprint] = results

    for agent in agents:
        await hold(agent, trials)
    for part in BESIDE[loaded.suite.name] if found else ():
        await hold(REFERENCES[part], 1)
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

        def results(agent: AgentConfig, times: int, suite: Suite = suite) -> list[Result]:
            return earlier_run(catalog, suite, agent, grader_of(suite.grader), trials=times, code=code)

        before, after = results(baseline, trials), results(candidate, trials)
        if not before or not after:
            not_held.append(suite.name)
            continue
        pairs.append(Pair(suite=suite, baseline=before, candidate=after))
        standings += [_standing("candidate", after), _standing("baseline", before)]
        beside = (results(REFERENCES[part], 1) for part in BESIDE[suite.name])
        standings += [_standing("reference", one) for one in beside if one]
        origins.append(_origin(loaded, after))
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


def publish(catalog: SqlCatalog, evaluation: Evaluation) -> int:
    """Adds the verdicts to ``gold.eval_verdicts``; the table's snapshot afterwards."""
    origins = {one.suite: one for one in evaluation.origins}
    shared = {
        "evaluation_id": evaluation.evaluation_id,
        "candidate": evaluation.candidate.version,
        "candidate_hash": evaluation.candidate.fingerprint,
        "baseline": evaluation.baseline.version,
        "baseline_hash": evaluation.baseline.fingerprint,
        "code_commit": evaluation.code.commit,
        "changed_at": evaluation.changed_at,
        "decided_at": evaluation.decided_at,
    }
    rows = [{**shared, **_suite_row(one, origins[one.suite])} for one in evaluation.suites]
    rows += [{**shared, **_budget_row(one)} for one in evaluation.budgets]
    return append(catalog, EVAL_VERDICTS, rows)


def _standing(role: str, results: Sequence[Result]) -> Standing:
    trusted = [one for one in results if one.trusted]
    first = [one for one in trusted if one.trial == 0]
    low, high = wilson(Proportion(sum(one.passed for one in first), len(first)))
    hats = pass_hats(trusted)
    return Standing(
        suite=results[0].suite,
        agent=results[0].agent_version,
        role=role,
        cases=len(first),
        passed=hats[0],
        low=low,
        high=high,
        pass_hat=hats,
        figures=figures(results),
        estimated=any(one.estimated for one in results),
    )


def _origin(loaded: Loaded, results: Sequence[Result]) -> Origin:
    suite = loaded.suite
    return Origin(
        suite=suite.name,
        version=suite.version,
        doc=suite.doc,
        cases=len(suite.cases),
        faults=tuple((one.case.case_id, one.fault, one.detail, one.grave) for one in loaded.faults),
        grader=f"{results[0].grader}/{results[0].grader_version}",
        data_table=results[0].data_table,
        data_snapshot_id=results[0].data_snapshot_id,
    )


def _suite_row(one: SuiteVerdict, origin: Origin) -> dict[str, Any]:
    tests = one.comparison
    return {
        "suite": one.suite,
        "suite_version": origin.version,
        "measure": "passed",
        "decision": one.decision,
        "reasons": list(one.reasons),
        "candidate_value": tests.candidate_share,
        "baseline_value": tests.baseline_share,
        "drop": tests.drop,
        "low": tests.low,
        "high": tests.high,
        "limit": one.limit,
        "method": tests.method,
        "p_value": tests.p_value,
        "p_adjusted": one.p_adjusted,
        "p_two_proportions": tests.gate.p_value,
        "power": tests.power,
        "planned_drop": tests.gate.planned_drop,
        "detectable": tests.detectable,
        "cases": tests.cases,
        "trials": tests.trials,
        "lost": tests.lost,
        "won": tests.won,
        "untrusted": one.untrusted,
        "pass_hat_k": list(one.pass_hat),
        "estimated": False,
        "failures": [each.conversation_id for each in one.failures],
        "grader": origin.grader,
        "data_table": origin.data_table,
        "data_snapshot_id": origin.data_snapshot_id,
    }


def _budget_row(one: BudgetVerdict) -> dict[str, Any]:
    return {
        "suite": "all",
        "measure": one.measure,
        "decision": one.decision,
        "reasons": [],
        "candidate_value": one.candidate,
        "baseline_value": one.baseline,
        "limit": one.limit,
        "estimated": one.estimated,
    }
