"""Tests that hold at every look: normal-mixture confidence sequences, which are the mSPRT (ADR 017).

For an estimate with variance V, a mixing variance T over effects and r = T / V, the likelihood
ratio of the mixture against no effect is ``exp(z² r / (2 (1 + r))) / sqrt(1 + r)`` with z the
estimate in standard errors (Robbins 1970; Johari et al. 2022). It exceeds 1 / alpha at any
look with probability alpha at most, so the effects that it does not exclude are a confidence
sequence; with an estimated variance asymptotically so (Waudby-Smith et al. 2024, theorem 2.2).
"""

from math import exp, log, sqrt
from typing import Final

from scipy.special import lambertw

from analytics.statistics.differences import Difference
from analytics.statistics.errors import BadParameterError

LEAST_UNITS: Final = 100
"""Units of a variant before which an estimated variance is not trusted with a limit theorem."""


def best_ratio(alpha: float) -> float:
    """The r at which the sequence is narrowest: where it is to be when the plan is reached."""
    return float(-lambertw(-(alpha**2) / exp(1), -1).real) - 1


def mixing_variance(planned_error: float, alpha: float) -> float:
    """The T of a sequence that is narrowest when the standard error is the planned one.

    Args:
        planned_error: Standard error of the difference at the planned number of units.
        alpha: Level of the sequence.
    """
    return best_ratio(alpha) * planned_error**2


def sequence_critical(error: float, mixing: float, alpha: float) -> float:
    """Standard errors on either side of the estimate that the sequence is wide.

    Raises:
        BadParameterError: The mixing variance or the error is not above 0.
    """
    if mixing <= 0 or error <= 0:
        raise BadParameterError(f"a sequence needs some variance: mixing {mixing}, error {error}")
    r = mixing / error**2
    return sqrt(2 * (1 + r) / r * log(sqrt(1 + r) / alpha))


def confidence_sequence(difference: Difference, mixing: float, alpha: float = 0.05) -> tuple[float, float]:
    """Interval that covers the difference at all looks together with probability 1 - alpha."""
    return difference.within(sequence_critical(difference.error, mixing, alpha))


def always_valid_p(difference: Difference, mixing: float) -> float:
    """P-value that may be read at any look; the smallest of all looks so far holds as well."""
    if difference.error == 0:
        return 1.0
    r = mixing / difference.error**2
    return min(1.0, exp(0.5 * log(1 + r) - difference.statistic**2 * r / (2 * (1 + r))))
