"""What the counts say of one trigger: it fires, it is clear, it is open, or there is no data."""

from math import exp, log, pi, sqrt
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from scipy.stats import binom, hypergeom

from analytics.delivery.evidence import Counts, Pair
from analytics.delivery.stages import FALSE_PROMOTION, LEAST_CASES, Trigger
from analytics.statistics.power import detectable_effect
from analytics.statistics.sequential import best_ratio, sequence_critical

State = Literal["fires", "clear", "inconclusive", "no data"]
_RATIOS: Final = np.array([1.5, 2.0, 3.0, 5.0, 10.0, 30.0])
"""How much more often a rare thing may happen, for the mixture that tests it."""
_DECIDES_AT: Final = 3.5
"""Standard errors in the harm that is looked for when the confidence sequence is narrowest."""


class Finding(Struct, frozen=True, kw_only=True):
    """One trigger at one look.

    Attributes:
        trigger: Its name.
        state: What follows.
        why: In words, with the span of time that it follows from.
        harm: The canary's share of wrong cases less control's (or less the limit), whole stage.
        low: Lower end of its interval, valid at all looks.
        high: Upper end of it.
        detectable: The harm that this look would see 80 % of the time.
        control: Cases of control in the stage.
        canary: Cases of the canary in the stage.
    """

    trigger: str
    state: State
    why: str
    harm: float
    low: float
    high: float
    detectable: float
    control: Counts
    canary: Counts


def find(
    trigger: Trigger,
    whole: Pair,
    window: Pair,
    *,
    tolerance: float,
    alpha: float,
    look_alpha: float,
    span: str = "since the stage began",
) -> Finding:
    """Judges one trigger.

    Args:
        trigger: Which.
        whole: Since the stage began.
        window: The trigger's last minutes.
        tolerance: Of the stage.
        alpha: Probability that it ever fires by the whole stage though nothing is worse.
        look_alpha: The same by the window, of this look alone.
        span: What ``whole`` is of, in words.
    """
    acceptable = trigger.acceptable * tolerance
    harm, error = _harm(trigger, whole)
    # fixed beforehand: narrowest when the harm that is looked for can just be told from none
    planned = max(acceptable, trigger.margin, 0.01) / _DECIDES_AT
    critical = {
        level: sequence_critical(error, best_ratio(level) * planned**2, level)
        for level in (2 * alpha, 2 * FALSE_PROMOTION)
    }
    low, high = harm - critical[2 * alpha] * error, harm + critical[2 * FALSE_PROMOTION] * error
    state, why = _state(
        trigger,
        whole,
        window,
        low=low,
        high=high,
        acceptable=acceptable,
        alpha=alpha,
        look_alpha=look_alpha,
        span=span,
    )
    return Finding(
        trigger=trigger.name,
        state=state,
        why=why,
        harm=harm,
        low=low,
        high=high,
        detectable=detectable_effect(error, critical[2 * alpha]),
        control=whole.control,
        canary=whole.canary,
    )


def _state(
    trigger: Trigger,
    whole: Pair,
    window: Pair,
    *,
    low: float,
    high: float,
    acceptable: float,
    alpha: float,
    look_alpha: float,
    span: str,
) -> tuple[State, str]:
    if _harm(trigger, window)[0] >= trigger.margin and window_p(trigger, window) < look_alpha:
        return "fires", f"{_shares(trigger, window)} in the last {trigger.window_min} minutes"
    if _harm(trigger, whole)[0] >= trigger.margin and (
        rare_ratio(whole) >= 1 / alpha if trigger.rare else low > 0
    ):
        return "fires", f"{_shares(trigger, whole)} {span}"
    if not window.canary.n or not window.control.n:
        return "no data", f"nothing was counted in the last {trigger.window_min} minutes"
    if min(whole.canary.n, whole.control.n) < LEAST_CASES:
        return "no data", f"{whole.canary.n} and {whole.control.n} cases, {LEAST_CASES} are the least"
    if high < acceptable:
        return "clear", f"harm below {high:+.2%}, {acceptable:.2%} is acceptable"
    return "inconclusive", f"harm may be {high:+.2%}, {acceptable:.2%} is acceptable"


def window_p(trigger: Trigger, window: Pair) -> float:
    """Exact one-sided p against a canary with more wrong cases (Fisher; binomial against a limit)."""
    canary, control = window.canary, window.control
    if not canary.n:
        return 1.0
    if trigger.limit is not None:
        return float(binom.sf(canary.bad - 1, canary.n, trigger.limit))
    cases, bad = canary.n + control.n, canary.bad + control.bad
    return float(hypergeom.sf(canary.bad - 1, cases, bad, canary.n))


def rare_ratio(whole: Pair) -> float:
    """Likelihood ratio of some larger rates against an equal one, given where each wrong case fell.

    A mixture over ratios above 1: a test martingale where the canary's rate is equal or lower,
    so that it ever exceeds 1 / alpha with probability alpha at most (Ville).
    """
    cases = whole.canary.n + whole.control.n
    if not whole.canary.n or not whole.control.n:
        return 1.0
    share = whole.canary.n / cases
    there = _RATIOS * share / (_RATIOS * share + 1 - share)
    logs = whole.canary.bad * np.log(there / share) + whole.control.bad * np.log((1 - there) / (1 - share))
    return exp(min(float(np.logaddexp.reduce(logs)) - log(len(_RATIOS)), 700.0))


def look_level(alpha: float, minutes: int, bake_min: int) -> float:
    """What one look a minute may spend: alpha over all looks, however long the stage lasts.

    Each further length of the bake time spends less: 6 / π² · 1 / k² of it in the k-th one.
    """
    length = max(minutes - 1, 0) // bake_min + 1
    return alpha / bake_min * 6 / (pi * length) ** 2


def _harm(trigger: Trigger, pair: Pair) -> tuple[float, float]:
    """The harm and its standard error."""
    if trigger.limit is None:
        return pair.harm, pair.error
    return pair.canary.share - trigger.limit, sqrt(pair.canary.variance)


def _shares(trigger: Trigger, pair: Pair) -> str:
    against = f"{pair.control.share:.2%}" if trigger.limit is None else f"a limit of {trigger.limit:.2%}"
    return f"{trigger.bad}: {pair.canary.share:.2%} against {against}"
