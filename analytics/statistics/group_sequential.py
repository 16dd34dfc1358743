"""Looks at a known maximum of units: bounds by alpha spending, and what any bounds cross (ADR 017).

Estimates at several looks are a Brownian motion seen at their shares of the information
(Jennison and Turnbull 2000). Its density is carried from look to look by numerical
integration (Armitage, McPherson and Rowe 1969).
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from math import e, log, sqrt
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

from analytics.statistics.errors import BadParameterError

Spending = Literal["obrien_fleming", "pocock"]
_GRID: Final = 401
_WIDEST: Final = 12.0
"""Standard errors beyond which there is no probability left to spend."""

Floats = NDArray[np.float64]


def obrien_fleming(share: float, alpha: float) -> float:
    """Two-sided alpha spent at a share of the information, little early (Lan and DeMets 1983)."""
    return float(4 * norm.sf(norm.isf(alpha / 4) / sqrt(share)))


def pocock(share: float, alpha: float) -> float:
    """Two-sided alpha spent at a share of the information, much early (Lan and DeMets 1983)."""
    return alpha * log(1 + (e - 1) * share)


SPENDING: Final[dict[Spending, Callable[[float, float], float]]] = {
    "obrien_fleming": obrien_fleming,
    "pocock": pocock,
}


@lru_cache(maxsize=256)
def spending_bounds(shares: tuple[float, ...], spending: Spending, alpha: float = 0.05) -> tuple[float, ...]:
    """The z that an estimate must exceed at each look, on either side.

    Args:
        shares: Information at each look as a share of the planned maximum, rising, at most 1.
        spending: How alpha is spent.
        alpha: Two-sided level of all looks together.

    Raises:
        BadParameterError: The shares do not rise from above 0 to 1 at most.
    """
    _check(shares)
    spend, bounds, spent = SPENDING[spending], list[float](), 0.0
    process = _Process()
    for share in shares:
        to_spend = spend(share, alpha) - spent
        bounds.append(process.bound_for(share, to_spend))
        process.go_on(share, bounds[-1])
        spent += to_spend
    return tuple(bounds)


def crossing(shares: Sequence[float], bounds: Sequence[float], drift: float = 0.0) -> list[float]:
    """Probability that the first crossing of a bound is at each look.

    Args:
        shares: Information at each look as a share of the maximum, rising, at most 1.
        bounds: The z of each look, on either side.
        drift: The true effect in standard errors at the maximum; 0 for false alarms.

    Raises:
        BadParameterError: The shares do not rise from above 0 to 1 at most.
    """
    _check(shares)
    process, crossed = _Process(drift), list[float]()
    for share, bound in zip(shares, bounds, strict=True):
        crossed.append(process.exit_at(share, bound))
        process.go_on(share, bound)
    return crossed


def _check(shares: Sequence[float]) -> None:
    if any(b <= a for a, b in pairwise((0.0, *shares))) or not shares or shares[-1] > 1:
        raise BadParameterError(f"shares of the information do not rise from above 0 to 1: {list(shares)}")


class _Step(Struct, frozen=True):
    """Where the motion may be after a look without a crossing: points, and probability at each."""

    points: Floats
    mass: Floats


class _Process:
    """A Brownian motion with drift that ends where it leaves the bounds."""

    def __init__(self, drift: float = 0.0) -> None:
        self._drift = drift
        self._share = 0.0
        self._at = _Step(np.zeros(1), np.ones(1))

    def exit_at(self, share: float, bound: float) -> float:
        """Probability to be out of the bound at the share, and within all before."""
        edge, spread, means = bound * sqrt(share), sqrt(share - self._share), self._means(share)
        out = norm.sf((edge - means) / spread) + norm.cdf((-edge - means) / spread)
        return float(self._at.mass @ out)

    def bound_for(self, share: float, to_spend: float) -> float:
        """The bound that is crossed at the share with a given probability."""
        if to_spend <= self.exit_at(share, _WIDEST):
            return _WIDEST
        return float(brentq(lambda bound: self.exit_at(share, bound) - to_spend, 0.0, _WIDEST, xtol=1e-10))

    def go_on(self, share: float, bound: float) -> None:
        """Keeps what is within the bound at the share."""
        edge = min(bound, _WIDEST) * sqrt(share)
        points = np.linspace(-edge, edge, _GRID)
        density = norm.pdf(points[:, None], self._means(share), sqrt(share - self._share)) @ self._at.mass
        self._at = _Step(points, density * _simpson(points[1] - points[0]))
        self._share = share

    def _means(self, share: float) -> Floats:
        means: Floats = self._at.points + self._drift * (share - self._share)
        return means


def _simpson(step: float) -> Floats:
    """Weights of Simpson's rule over the grid."""
    weights = np.full(_GRID, 2.0)
    weights[1::2] = 4.0
    weights[[0, -1]] = 1.0
    return weights * step / 3
