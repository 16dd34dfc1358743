"""Two proportions of independent cases, and the regression gate over them (spec G3)."""

from math import sqrt

from msgspec import Struct
from scipy.stats import norm

from analytics.statistics.errors import TooFewError
from analytics.statistics.power import detectable_drop, power_of_drop


class Proportion(Struct, frozen=True):
    """Successes among cases.

    Raises:
        TooFewError: There are no cases.
    """

    successes: int
    n: int

    def __post_init__(self) -> None:
        """Refuses counts that are no proportion."""
        if self.n < 1 or not 0 <= self.successes <= self.n:
            raise TooFewError(f"{self.successes} of {self.n} is no proportion")

    @property
    def share(self) -> float:
        """Successes by cases, 0 to 1."""
        return self.successes / self.n


def z_test(baseline: Proportion, candidate: Proportion) -> float:
    """The z of candidate minus baseline under one common proportion; 0 where nothing varies."""
    pooled = (baseline.successes + candidate.successes) / (baseline.n + candidate.n)
    error = sqrt(pooled * (1 - pooled) * (1 / baseline.n + 1 / candidate.n))
    return (candidate.share - baseline.share) / error if error else 0.0


def wilson(one: Proportion, alpha: float = 0.05) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927)."""
    return wilson_of_mean(one.share, one.n, alpha)


def wilson_of_mean(share: float, n: int, alpha: float = 0.05) -> tuple[float, float]:
    """The same of a mean of ``n`` numbers from 0 to 1, which never vary more than zeros and ones."""
    z = float(norm.isf(alpha / 2))
    centre = (n * share + z**2 / 2) / (n + z**2)
    half = z / (n + z**2) * sqrt(n * share * (1 - share) + z**2 / 4)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def newcombe(baseline: Proportion, candidate: Proportion, alpha: float = 0.05) -> tuple[float, float]:
    """Interval of candidate minus baseline from both score intervals (Newcombe 1998, method 10)."""
    low_b, high_b = wilson(baseline, alpha)
    low_c, high_c = wilson(candidate, alpha)
    difference = candidate.share - baseline.share
    return (
        difference - sqrt((candidate.share - low_c) ** 2 + (high_b - baseline.share) ** 2),
        difference + sqrt((high_c - candidate.share) ** 2 + (baseline.share - low_b) ** 2),
    )


class GateVerdict(Struct, frozen=True, kw_only=True):
    """Whether a candidate is a regression, with all that a reader needs to doubt it.

    Attributes:
        regression: p below alpha and a drop above the limit.
        drop: Baseline minus candidate, 0 to 1; negative where the candidate is better.
        low: Lower end of the drop's two-sided interval at twice alpha.
        high: Upper end of the same.
        p_value: One-sided p against a candidate that is worse.
        planned_drop: The drop that the power is of.
        power: Probability that the test sees such a drop at these counts.
        detectable: The drop that it sees 80 % of the time.
        baseline: Successes and cases.
        candidate: Successes and cases.
    """

    regression: bool
    drop: float
    low: float
    high: float
    p_value: float
    planned_drop: float
    power: float
    detectable: float
    baseline: Proportion
    candidate: Proportion


def regression_gate(
    baseline: Proportion,
    candidate: Proportion,
    *,
    alpha: float = 0.05,
    limit: float = 0.02,
    planned_drop: float = 0.04,
) -> GateVerdict:
    """One-sided two-proportion z-test with p < alpha, and a drop of more than the limit (spec G3).

    Args:
        baseline: The production version on its cases.
        candidate: The new version on other cases, or on the same ones taken as unpaired.
        alpha: Level of the test. Give a corrected one where several suites are tested.
        limit: Drop that is tolerated whatever its p, 0 to 1.
        planned_drop: The drop that the verdict tells the power of, 0 to 1.
    """
    drop = baseline.share - candidate.share
    p = float(norm.cdf(z_test(baseline, candidate)))
    low, high = newcombe(candidate, baseline, 2 * alpha)
    sizes = (baseline.n, candidate.n)
    return GateVerdict(
        regression=p < alpha and drop > limit,
        drop=drop,
        low=low,
        high=high,
        p_value=p,
        planned_drop=planned_drop,
        power=power_of_drop(baseline.share, planned_drop, *sizes, alpha=alpha),
        detectable=detectable_drop(baseline.share, *sizes, alpha=alpha),
        baseline=baseline,
        candidate=candidate,
    )
