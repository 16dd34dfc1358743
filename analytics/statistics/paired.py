"""Two versions on the same tasks: what differs is compared, what is hard for both cancels out."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import binom

from analytics.statistics.errors import TooFewError


class McNemar(Struct, frozen=True, kw_only=True):
    """Tasks on which exactly one of two versions succeeded.

    Attributes:
        lost: Only the baseline succeeded.
        won: Only the candidate succeeded.
    """

    lost: int
    won: int

    @property
    def p_value(self) -> float:
        """Exact two-sided p of no difference (McNemar 1947)."""
        tail = binom.cdf(min(self.lost, self.won), self.lost + self.won, 0.5)
        return float(min(1.0, 2 * tail))

    @property
    def p_worse(self) -> float:
        """Exact one-sided p against a candidate that is worse."""
        return float(binom.sf(self.lost - 1, self.lost + self.won, 0.5))


def mcnemar(baseline: Sequence[bool], candidate: Sequence[bool]) -> McNemar:
    """Counts the tasks on which two versions differ; the sequences are of the same tasks in one order."""
    pairs = list(zip(baseline, candidate, strict=True))
    return McNemar(lost=pairs.count((True, False)), won=pairs.count((False, True)))


class PairedDifference(Struct, frozen=True, kw_only=True):
    """Candidate minus baseline over tasks.

    Attributes:
        estimate: Mean over tasks of the difference of the two means of a task.
        error: Its standard error, for :func:`~analytics.statistics.power.power_of` and what it detects.
        low: Lower end of the interval.
        high: Upper end of it.
        p_worse: Share of the resamples in which the candidate is not worse.
        tasks: Tasks that both versions did.
    """

    estimate: float
    error: float
    low: float
    high: float
    p_worse: float
    tasks: int


def paired_bootstrap(
    baseline: NDArray[np.float64],
    candidate: NDArray[np.float64],
    *,
    rng: np.random.Generator,
    alpha: float = 0.05,
    resamples: int = 10_000,
) -> PairedDifference:
    """Bootstrap of the mean difference, whole tasks resampled (percentile interval, Efron 1979).

    Args:
        baseline: Mean score of each task; its trials are within the task and not resampled.
        candidate: The same tasks in the same order.
        rng: Where chance comes from.
        alpha: One minus the coverage.
        resamples: How often.

    Raises:
        TooFewError: There are fewer than two tasks.
    """
    differences = candidate - baseline
    tasks = len(differences)
    if tasks < 2:
        raise TooFewError(f"{tasks} tasks cannot be resampled; two are the least")
    means = np.concatenate(
        [
            differences[rng.integers(0, tasks, (size, tasks))].mean(axis=1)
            for size in _chunks(resamples, max(1, 2_000_000 // tasks))
        ]
    )
    low, high = np.quantile(means, [alpha / 2, 1 - alpha / 2])
    return PairedDifference(
        estimate=float(differences.mean()),
        error=float(differences.std(ddof=1) / np.sqrt(tasks)),
        low=float(low),
        high=float(high),
        p_worse=float((np.count_nonzero(means >= 0) + 1) / (resamples + 1)),
        tasks=tasks,
    )


def _chunks(total: int, most: int) -> list[int]:
    return [min(most, total - start) for start in range(0, total, most)]
