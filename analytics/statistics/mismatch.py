"""Sample-ratio mismatch: whether units came to the variants in the shares that were meant."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import chi2

from analytics.statistics.errors import BadParameterError

SUSPICIOUS: Final = 0.001
"""p below which an experiment's numbers are not to be trusted (Fabijan et al. 2019 use the same)."""


def sample_ratio_p(counts: Sequence[int], weights: Sequence[float]) -> float:
    """P: how likely counts so far off are under the weights (chi-square); 1 where nothing was counted.

    Raises:
        BadParameterError: A weight is not above 0, or there is not one for each count.
    """
    _require_weights(counts, weights)
    expected = [sum(counts) * weight / sum(weights) for weight in weights]
    if not sum(counts):
        return 1.0
    statistic = sum((n - m) ** 2 / m for n, m in zip(counts, expected, strict=True))
    return float(chi2.sf(statistic, len(counts) - 1))


def always_valid_ratio_p(
    counts: Sequence[int], weights: Sequence[float], concentration: float = 100.0
) -> float:
    """The same for counts looked at again and again: ever below alpha with probability alpha at most.

    The likelihood ratio of shares that come from a Dirichlet distribution around the weights, against
    the weights themselves (Lindon & Malek 2022, "Anytime-valid inference for multinomial count data",
    section 3): a martingale where the weights are right, so that its inverse is a p-value at every look
    (Ville). The smallest of all looks so far holds as well.

    Args:
        counts: Units of each variant so far.
        weights: The shares that were meant, in any unit.
        concentration: Of the prior around the weights: the greater, the smaller the mismatch that it
            is made for.

    Raises:
        BadParameterError: A weight or the concentration is not above 0, or weights are not one each.
    """
    _require_weights(counts, weights)
    if concentration <= 0:
        raise BadParameterError(f"a concentration is above 0, not {concentration}")
    shares = np.asarray(weights, dtype=np.float64) / sum(weights)
    prior, seen = concentration * shares, np.asarray(counts, dtype=np.float64)
    log_ratio = _log_beta(prior + seen) - _log_beta(prior) - float(seen @ np.log(shares))
    return float(np.exp(min(0.0, -log_ratio)))


def _log_beta(parameters: NDArray[np.float64]) -> float:
    """Logarithm of the multivariate beta function."""
    return float(gammaln(parameters).sum() - gammaln(parameters.sum()))


def _require_weights(counts: Sequence[int], weights: Sequence[float]) -> None:
    if len(counts) != len(weights) or min(weights) <= 0:
        raise BadParameterError(f"{len(counts)} counts need as many weights above 0, not {list(weights)}")
