"""How many units a difference needs, and which difference so many units can see."""

from math import ceil, inf, sqrt

from scipy.optimize import brentq
from scipy.stats import norm

from analytics.statistics.errors import BadParameterError


def units_for_proportions(
    baseline: float, treatment: float, *, alpha: float = 0.05, power: float = 0.8, two_sided: bool = True
) -> int:
    """Units a variant for a test of two proportions, equal groups, both with the pooled variance.

    95 % against 98 % needs 590 (spec H2).

    Raises:
        BadParameterError: The proportions are equal or outside 0 to 1.
    """
    if baseline == treatment or not (0 <= baseline <= 1 and 0 <= treatment <= 1):
        raise BadParameterError(f"no number of units tells {baseline} from {treatment}")
    pooled = (baseline + treatment) / 2
    z = float(norm.isf(alpha / (2 if two_sided else 1)) + norm.isf(1 - power))
    return ceil(2 * pooled * (1 - pooled) * (z / (treatment - baseline)) ** 2)


def units_for_means(
    standard_deviation: float, effect: float, *, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Units a variant for a two-sided test of two means with one known standard deviation."""
    if effect == 0:
        raise BadParameterError("no number of units shows an effect of 0")
    z = float(norm.isf(alpha / 2) + norm.isf(1 - power))
    return ceil(2 * (z * standard_deviation / effect) ** 2)


def power_of(effect: float, error: float, critical: float) -> float:
    """Probability that an estimate with this standard error is further than ``critical`` errors from 0."""
    if error == 0:
        return 1.0 if effect else 0.0
    drift = abs(effect) / error
    return float(norm.sf(critical - drift) + norm.cdf(-critical - drift))


def detectable_effect(error: float, critical: float, power: float = 0.8) -> float:
    """The effect that is seen with this power at this standard error."""
    return float(critical + norm.isf(1 - power)) * error


def power_of_drop(baseline: float, drop: float, n: int, m: int, *, alpha: float = 0.05) -> float:
    """Power of the one-sided two-proportion z-test against a drop, normal approximation.

    Args:
        baseline: Share of successes of the baseline.
        drop: How much lower the candidate's is.
        n: Cases of the baseline.
        m: Cases of the candidate.
        alpha: One-sided level.
    """
    candidate = max(baseline - drop, 0.0)
    pooled = (n * baseline + m * candidate) / (n + m)
    under_null = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    under_effect = sqrt(baseline * (1 - baseline) / n + candidate * (1 - candidate) / m)
    excess = baseline - candidate - norm.isf(alpha) * under_null
    if under_effect == 0:
        return float(excess > 0)
    return float(norm.cdf(excess / under_effect))


def detectable_drop(baseline: float, n: int, m: int, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The drop that the same test sees with this power; infinite where not even a drop to 0 is seen."""

    def lacking(drop: float) -> float:
        return power_of_drop(baseline, drop, n, m, alpha=alpha) - power

    if lacking(baseline) < 0:
        return inf
    return float(brentq(lacking, 0.0, baseline))
