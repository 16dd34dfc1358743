"""Two agents on the same cases, or on others: the tests behind a verdict (spec G3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Final

import numpy as np
from msgspec import Struct
from scipy.optimize import brentq
from scipy.stats import norm

from analytics.evals.errors import NotComparableError
from analytics.evals.results import Result
from analytics.statistics.clustered import clustered_difference
from analytics.statistics.differences import Difference
from analytics.statistics.paired import McNemar, PairedDifference, mcnemar, paired_bootstrap
from analytics.statistics.proportions import GateVerdict, Proportion, regression_gate

ALPHA: Final = 0.05
PLANNED_DROP: Final = 0.04
_POWER: Final = 0.8
_CHANCE: Final = 20_261_127
"""Seed of the resampling: the same results give the same verdict."""


class Comparison(Struct, frozen=True, kw_only=True):
    """A candidate beside a baseline, by every test.

    Attributes:
        cases: Cases that both held; those of the baseline where none are the same.
        trials: The fewest trials of a case.
        baseline_share: Mean over cases of the share of passed trials.
        candidate_share: The same.
        method: The test that decides: ``McNemar, exact`` or ``paired bootstrap by case`` where the
            cases are the same, ``two-proportion z-test`` where they are not.
        p_value: Its one-sided p against a candidate that is worse.
        drop: Baseline minus candidate.
        low: Lower end of the drop's interval, 95 % one-sided.
        high: Upper end likewise; what lies above is excluded.
        power: Probability that the test sees the planned drop.
        detectable: The drop that it sees 80 % of the time.
        gate: The unpaired two-proportion test of spec G3 over all trials.
        clustered: Candidate minus baseline with errors clustered by case.
        lost: Cases in which the candidate did worse.
        won: Cases in which it did better.
    """

    cases: int
    trials: int
    baseline_share: float
    candidate_share: float
    method: str
    p_value: float
    drop: float
    low: float
    high: float
    power: float
    detectable: float
    gate: GateVerdict
    clustered: Difference
    lost: int
    won: int


def compare(baseline: Sequence[Result], candidate: Sequence[Result], *, limit: float) -> Comparison:
    """Compares the trusted results of two agents.

    Args:
        baseline: Of the production version.
        candidate: Of the new version.
        limit: Drop that the gate tolerates.

    Raises:
        NotComparableError: They were graded by different rules, or there are no results of one.
    """
    _check(baseline, candidate)
    before, after = _by_case(baseline), _by_case(candidate)
    shared = sorted(before.keys() & after.keys())
    if len(shared) < 2:
        return _unpaired(before, after, limit)
    return _paired([before[one] for one in shared], [after[one] for one in shared], shared, limit)


def _paired(
    before: Sequence[Sequence[bool]], after: Sequence[Sequence[bool]], cases: Sequence[str], limit: float
) -> Comparison:
    was, now = _means(before), _means(after)
    trials = min(map(len, (*before, *after)))
    counts = McNemar(lost=int((now < was).sum()), won=int((now > was).sum()))
    difference = paired_bootstrap(was, now, rng=np.random.default_rng(_CHANCE), alpha=2 * ALPHA)
    once = max(map(len, (*before, *after))) == 1
    if once:
        exact = mcnemar([each[0] for each in before], [each[0] for each in after])
        method, p_value = "McNemar, exact", exact.p_worse
    else:
        method, p_value = "paired bootstrap by case", difference.p_worse
    plan = _Plan(difference)
    return Comparison(
        cases=len(cases),
        trials=trials,
        baseline_share=float(was.mean()),
        candidate_share=float(now.mean()),
        method=method,
        p_value=p_value,
        drop=0.0 - difference.estimate,
        low=0.0 - difference.high,
        # where no case was lost the resamples know nothing of those that will be
        high=max(-difference.low, -difference.estimate + 1 - ALPHA ** (1 / len(cases))),
        power=plan.power(PLANNED_DROP),
        detectable=plan.detectable,
        gate=_gate(before, after, limit),
        clustered=_clustered(before, after, cases, cases),
        lost=counts.lost,
        won=counts.won,
    )


def _unpaired(
    before: Mapping[str, Sequence[bool]], after: Mapping[str, Sequence[bool]], limit: float
) -> Comparison:
    """Different cases: one trial of each counts in the test, so that all of them are independent."""
    was, now = [[each[0]] for each in before.values()], [[each[0]] for each in after.values()]
    gate = _gate(was, now, limit)
    return Comparison(
        cases=len(before),
        trials=1,
        baseline_share=gate.baseline.share,
        candidate_share=gate.candidate.share,
        method="two-proportion z-test",
        p_value=gate.p_value,
        drop=gate.drop,
        low=gate.low,
        high=gate.high,
        power=gate.power,
        detectable=gate.detectable,
        gate=gate,
        clustered=_clustered(was, now, list(before), list(after)),
        lost=0,
        won=0,
    )


class _Plan:
    """What a paired comparison would see of a true drop, one-sided.

    The error under a drop is the observed one, but at least that of a drop which loses cases and
    wins none: where nothing differed, the observed error is 0 and says nothing of what would be.
    """

    def __init__(self, difference: PairedDifference) -> None:
        self._observed = difference.error**2 * difference.tasks
        self._tasks = difference.tasks

    def power(self, drop: float) -> float:
        error = sqrt(max(self._observed, drop * (1 - drop)) / self._tasks)
        return float(norm.cdf(drop / error - norm.isf(ALPHA))) if error else float(drop > 0)

    @property
    def detectable(self) -> float:
        return float(brentq(lambda drop: self.power(drop) - _POWER, 1e-9, 1 - 1e-9))


def _check(baseline: Sequence[Result], candidate: Sequence[Result]) -> None:
    graded = (*baseline, *candidate)
    rules = {(one.suite, one.suite_version, one.grader, one.grader_version) for one in graded}
    if len(rules) > 1:
        raise NotComparableError(f"results of different suites or graders do not compare: {sorted(rules)}")
    if not baseline or not candidate:
        raise NotComparableError("there are no trusted results of one of the two agents")


def _by_case(results: Iterable[Result]) -> dict[str, list[bool]]:
    passed = defaultdict[str, list[bool]](list)
    for one in results:
        passed[one.case_id].append(one.passed)
    return dict(passed)


def _means(trials: Sequence[Sequence[bool]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([sum(each) / len(each) for each in trials], dtype=np.float64)


def _gate(before: Iterable[Sequence[bool]], after: Iterable[Sequence[bool]], limit: float) -> GateVerdict:
    was, now = ([passed for each in trials for passed in each] for trials in (before, after))
    return regression_gate(
        Proportion(sum(was), len(was)),
        Proportion(sum(now), len(now)),
        alpha=ALPHA,
        limit=limit,
        planned_drop=PLANNED_DROP,
    )


def _clustered(
    before: Sequence[Sequence[bool]],
    after: Sequence[Sequence[bool]],
    cases_before: Sequence[str],
    cases_after: Sequence[str],
) -> Difference:
    def flat(trials: Sequence[Sequence[bool]], cases: Sequence[str]) -> tuple[list[float], list[str]]:
        values = [float(passed) for each in trials for passed in each]
        return values, [case for case, each in zip(cases, trials, strict=True) for _ in each]

    was, was_of = flat(before, cases_before)
    now, now_of = flat(after, cases_after)
    return clustered_difference(np.array(was), np.array(now), was_of, now_of)
