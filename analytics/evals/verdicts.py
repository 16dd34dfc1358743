"""Verdicts on a candidate: by suite, corrected for all suites, and by budget (spec G3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from agent_runtime.grading import pass_hat_k
from analytics.evals.budgets import BUDGETS, Budget
from analytics.evals.cases import Suite
from analytics.evals.comparing import ALPHA, PLANNED_DROP, Comparison, compare
from analytics.evals.golden import LIMIT
from analytics.evals.parts import HARMLESS, WHOLE, by_part, named
from analytics.evals.results import Result
from analytics.statistics.multiplicity import holm

Decision = Literal["regression", "inconclusive", "no_regression", "met", "missed", "not_measured"]
SAMPLES: Final = 10


class SuiteVerdict(Struct, frozen=True, kw_only=True):
    """What may be said of a candidate on one suite.

    Attributes:
        suite: Name of the suite.
        part: Part of it, of :mod:`analytics.evals.parts`; empty where it has none.
        decision: ``regression``: the drop is above the limit and significant after correction.
            ``no_regression``: a drop as large as the planned one is excluded. Else ``inconclusive``.
        reasons: Why.
        limit: Drop that is tolerated.
        comparison: The tests.
        p_adjusted: One-sided p, corrected for all suites of the evaluation.
        pass_hat: pass^1, pass^2, … of the candidate.
        untrusted: Cases left out because their ground truth is not trusted.
        failures: Failed trials of the candidate, those first that the baseline passed.
    """

    suite: str
    part: str
    decision: Decision
    reasons: tuple[str, ...]
    limit: float
    comparison: Comparison
    p_adjusted: float
    pass_hat: tuple[float, ...]
    untrusted: int
    failures: tuple[Result, ...]

    @property
    def name(self) -> str:
        """Of the suite and its part."""
        return named(self.suite, self.part)


class BudgetVerdict(Struct, frozen=True, kw_only=True):
    """A figure of the candidate beside what it may be.

    Attributes:
        measure: Its name, with unit.
        decision: ``met``, ``missed`` or ``not_measured``: no data is no pass.
        limit: What it may be.
        candidate: The figure; None where nobody measured it.
        baseline: The same of the baseline.
        estimated: Whether it is reckoned from text lengths, and not measured.
    """

    measure: str
    decision: Decision
    limit: float
    candidate: float | None
    baseline: float | None
    estimated: bool


class Pair(Struct, frozen=True, kw_only=True):
    """A suite, or a part of it, with the results of both agents on it."""

    suite: Suite
    baseline: Sequence[Result]
    candidate: Sequence[Result]
    part: str = WHOLE

    @property
    def limit(self) -> float:
        """Drop that is tolerated: no attack more, but harmless customers are served as on any suite."""
        return LIMIT if self.part == HARMLESS else self.suite.limit

    def by_part(self) -> "list[Pair]":
        """The same by part, as far as both agents have results of it."""
        before, after = by_part(self.baseline), by_part(self.candidate)
        return [
            Pair(suite=self.suite, baseline=before[part], candidate=after[part], part=part)
            for part in before
            if part in after
        ]


def judge_suites(pairs: Sequence[Pair]) -> list[SuiteVerdict]:
    """The verdicts on all suites of an evaluation, corrected together.

    Raises:
        NotComparableError: Results of one suite are not of one grader and version.
    """
    compared = [
        compare(_trusted(pair.baseline), _trusted(pair.candidate), limit=pair.limit) for pair in pairs
    ]
    adjusted = holm([one.p_value for one in compared])
    return [_verdict(*each) for each in zip(pairs, compared, adjusted, strict=True)]


def judge_budgets(pairs: Iterable[Pair]) -> list[BudgetVerdict]:
    """The verdicts on latency and cost, over all conversations of an evaluation."""
    told = list(pairs)
    candidate = [one for pair in told for one in pair.candidate]
    baseline = [one for pair in told for one in pair.baseline]
    return [_budget(budget, baseline, candidate) for budget in BUDGETS]


def is_regression(suites: Iterable[SuiteVerdict], budgets: Iterable[BudgetVerdict]) -> bool:
    """Whether the candidate may not go on: an estimate alone stops nobody."""
    missed = any(one.decision == "missed" and not one.estimated for one in budgets)
    return missed or any(one.decision == "regression" for one in suites)


def pass_hats(results: Iterable[Result]) -> tuple[float, ...]:
    """pass^1 to pass^k for the k trials that every case has; empty where there are no results."""
    counts = _counts(results)
    most = min((trials for _, trials in counts), default=0)
    return tuple(pass_hat_k(counts, k) for k in range(1, most + 1))


def _verdict(pair: Pair, compared: Comparison, p_adjusted: float) -> SuiteVerdict:
    limit = pair.limit
    return SuiteVerdict(
        suite=pair.suite.name,
        part=pair.part,
        decision=_decision(compared, p_adjusted, limit),
        reasons=_reasons(compared, p_adjusted, limit),
        limit=limit,
        comparison=compared,
        p_adjusted=p_adjusted,
        pass_hat=pass_hats(_trusted(pair.candidate)),
        untrusted=len({one.case_id for one in pair.candidate if not one.trusted}),
        failures=_failures(pair),
    )


def _decision(compared: Comparison, p_adjusted: float, limit: float) -> Decision:
    if p_adjusted < ALPHA and compared.drop > limit:
        return "regression"
    return "no_regression" if compared.high < PLANNED_DROP else "inconclusive"


def _reasons(compared: Comparison, p_adjusted: float, limit: float) -> tuple[str, ...]:
    drop = f"a drop of {compared.drop:.1%} where {limit:.0%} is tolerated"
    excluded = "excluded" if compared.high < PLANNED_DROP else "not excluded"
    power = f"power {compared.power:.0%} for a drop of {PLANNED_DROP:.0%}"
    seen = f"{power}; {compared.detectable:.1%} is seen 80 % of the time"
    return (
        f"{drop}, p {p_adjusted:.2g} after correction ({compared.method})",
        f"a drop of {PLANNED_DROP:.0%} is {excluded}: at most {compared.high:.1%} (95 %)",
        seen,
    )


def _budget(budget: Budget, baseline: Sequence[Result], candidate: Sequence[Result]) -> BudgetVerdict:
    figure = budget.figure(candidate)
    decision: Decision = "not_measured"
    if figure is not None:
        decision = "met" if figure < budget.limit else "missed"
    return BudgetVerdict(
        measure=budget.measure,
        decision=decision,
        limit=budget.limit,
        candidate=figure,
        baseline=budget.figure(baseline),
        estimated=any(one.estimated for one in candidate),
    )


def _failures(pair: Pair) -> tuple[Result, ...]:
    passed_before = {(one.case_id, one.trial) for one in pair.baseline if one.passed}
    failed = [one for one in _trusted(pair.candidate) if not one.passed]
    failed.sort(key=lambda one: ((one.case_id, one.trial) not in passed_before, one.case_id, one.trial))
    return tuple(failed[:SAMPLES])


def _counts(results: Iterable[Result]) -> list[tuple[int, int]]:
    passed: Mapping[str, list[bool]] = defaultdict(list)
    for one in results:
        passed[one.case_id].append(one.passed)
    return [(sum(trials), len(trials)) for trials in passed.values()]


def _trusted(results: Iterable[Result]) -> list[Result]:
    return [one for one in results if one.trusted]
