"""What moves a judge beside the quality of a conversation: place, length, its own family.

Each effect is estimated beside the truth, so that a longer conversation that is better counts as better
and not as longer; and each can be taken out.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import norm, t

from analytics.statistics.errors import TooFewError

_MOST_STEPS: Final = 50
_SEPARATED: Final = 15.0
"""Log odds beyond which a fit runs away: the data separate."""


class Effect(Struct, frozen=True, kw_only=True):
    """An effect with its interval.

    Attributes:
        estimate: Log odds for choices, points of the scale for scores.
        error: Standard error.
        low: Lower end of the 95 % interval.
        high: Upper end of it.
    """

    estimate: float
    error: float
    low: float
    high: float


class LengthControl(Struct, frozen=True, kw_only=True):
    """Scores with what their length did to them taken out.

    Attributes:
        effect: Points of the scale for a conversation twice as long, of the same quality.
        adjusted: Each score at the mean length, not rounded.
    """

    effect: Effect
    adjusted: NDArray[np.float64]


class ChoiceEffects(Struct, frozen=True, kw_only=True):
    """What moves a choice between two conversations, in log odds of choosing the first.

    Attributes:
        position: Of standing first.
        quality: Of being better by one, in truth.
        length: Of being twice as long.
        family: Of being by the judge's own family where the other is not; None where that never happens.
        raw: Share of the choices for the longer one, ties left out.
        controlled: The same share where both were equally long and neither stood first.
        n: Choices.
    """

    position: Effect
    quality: Effect
    length: Effect
    family: Effect | None
    raw: float
    controlled: float
    n: int


def length_control(
    scores: NDArray[np.float64], doublings: NDArray[np.float64], truth: NDArray[np.float64]
) -> LengthControl:
    """Least squares of the score on length and truth; the part of the length is taken out.

    Args:
        scores: Of each conversation.
        doublings: Its length, log2.
        truth: Its true quality, on any scale.

    Raises:
        TooFewError: There are fewer than four conversations, or all are equally long.
    """
    n = len(scores)
    if n < 4 or np.ptp(doublings) == 0:
        raise TooFewError(f"{n} conversations of one length, or fewer than four, show no effect of length")
    centred = doublings - doublings.mean()
    columns = [np.ones(n), centred, *([truth] if np.ptp(truth) else [])]
    x = np.column_stack(columns)
    coefficients, *_ = np.linalg.lstsq(x, scores, rcond=None)
    residuals = scores - x @ coefficients
    dof = n - x.shape[1]
    covariance = np.linalg.inv(x.T @ x) * float(residuals @ residuals) / dof
    effect = _effect(coefficients[1], covariance[1, 1], float(t.isf(0.025, dof)))
    return LengthControl(effect=effect, adjusted=scores - effect.estimate * centred)


def choice_effects(
    chose_first: Sequence[bool],
    quality: NDArray[np.float64],
    doublings: NDArray[np.float64],
    own_family: NDArray[np.float64],
    pairs: Sequence[int],
) -> ChoiceEffects:
    """Logistic regression of choices on differences, first minus second (cf. Dubois et al. 2024).

    Args:
        chose_first: Whether the judge preferred the one that stood first; ties are left out before.
        quality: Difference of true quality.
        doublings: Difference of length, log2.
        own_family: 1 where only the first is by the judge's own family, -1 where only the second, else 0.
        pairs: Which pair each choice is of: what a judge sees in a pair, it sees in both orders, so the
            errors are clustered by pair (Liang and Zeger 1986).

    Raises:
        TooFewError: There are too few choices, or they never vary in what they depend on.
    """
    chosen = np.asarray(chose_first, dtype=np.float64)
    with_family = bool(np.any(own_family))
    x = np.column_stack(
        [np.ones(len(chosen)), quality, doublings, *([own_family] if with_family else [])]
    ).astype(np.float64)
    coefficients, covariance = _logistic(x, chosen, np.unique(pairs, return_inverse=True)[1])
    z = float(norm.isf(0.025))
    position, better, longer, *family = (
        _effect(value, variance, z)
        for value, variance in zip(coefficients, covariance.diagonal(), strict=True)
    )
    sign = np.sign(doublings)
    told = sign != 0
    chose_longer = np.where(sign > 0, chosen, 1 - chosen)
    # equally long, and no place: only quality and family are left
    without = x @ (coefficients * np.array([0, 1, 0, *([1] if with_family else [])]))
    fair = np.where(sign > 0, expit(without), 1 - expit(without))
    return ChoiceEffects(
        position=position,
        quality=better,
        length=longer,
        family=family[0] if family else None,
        raw=float(chose_longer[told].mean()),
        controlled=float(fair[told].mean()),
        n=len(chosen),
    )


def _logistic(
    x: NDArray[np.float64], y: NDArray[np.float64], clusters: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Coefficients by Newton's method, and their covariance clustered."""
    groups = int(clusters.max()) + 1
    if groups <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise TooFewError(f"{groups} pairs cannot tell {x.shape[1]} effects apart: more, and more varied")
    coefficients = np.zeros(x.shape[1])
    for _ in range(_MOST_STEPS):
        chance = expit(x @ coefficients)
        information = x.T @ (x * (chance * (1 - chance))[:, None])
        step = np.linalg.solve(information, x.T @ (y - chance))
        coefficients = coefficients + step
        if np.abs(coefficients).max() > _SEPARATED:
            break
        if np.abs(step).max() < 1e-10:
            bread = np.linalg.inv(information)
            return coefficients, bread @ _scatter(x * (y - chance)[:, None], clusters) @ bread
    raise TooFewError("the choices follow from one cause without exception: the effects have no size")


def _scatter(scores: NDArray[np.float64], clusters: NDArray[np.intp]) -> NDArray[np.float64]:
    """The outer product of the clusters' scores, corrected for few clusters and many effects."""
    n, k = scores.shape
    groups = int(clusters.max()) + 1
    sums = np.zeros((groups, k))
    np.add.at(sums, clusters, scores)
    product: NDArray[np.float64] = groups / (groups - 1) * (n - 1) / (n - k) * (sums.T @ sums)
    return product


def _effect(estimate: float, variance: float, quantile: float) -> Effect:
    error = float(np.sqrt(variance))
    return Effect(
        estimate=float(estimate),
        error=error,
        low=float(estimate) - quantile * error,
        high=float(estimate) + quantile * error,
    )
