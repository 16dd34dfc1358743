"""Sample-ratio mismatch: whether units came to the variants in the shares that were meant."""

from collections.abc import Sequence
from typing import Final

from scipy.stats import chi2

from analytics.statistics.errors import BadParameterError

SUSPICIOUS: Final = 0.001
"""p below which an experiment's numbers are not to be trusted (Fabijan et al. 2019 use the same)."""


def sample_ratio_p(counts: Sequence[int], weights: Sequence[float]) -> float:
    """P: how likely counts so far off are under the weights (chi-square); 1 where nothing was counted.

    Raises:
        BadParameterError: A weight is not above 0, or there is not one for each count.
    """
    if len(counts) != len(weights) or min(weights) <= 0:
        raise BadParameterError(f"{len(counts)} counts need as many weights above 0, not {list(weights)}")
    expected = [sum(counts) * weight / sum(weights) for weight in weights]
    if not sum(counts):
        return 1.0
    statistic = sum((n - m) ** 2 / m for n, m in zip(counts, expected, strict=True))
    return float(chi2.sf(statistic, len(counts) - 1))
