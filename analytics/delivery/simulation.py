"""Plays canaries against made-up traffic: how long a stage takes, what it misses, whom it wrongs."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from analytics.delivery.decision import decide
from analytics.delivery.evidence import Counts, Observed, Pair
from analytics.delivery.stages import DELAYED, TRIGGERS, Stage, Trigger

Sums = NDArray[np.int64]
"""Running totals by minute: control's cases, control's wrong ones, the canary's cases, its wrong ones."""
_DELAY_MIN = 1_440


class Traffic(Struct, frozen=True, kw_only=True):
    """Conversations as they come.

    Attributes:
        per_minute: Conversations that end a minute, both versions.
        shares: By trigger, the share of cases that go wrong in control.
        harm: By trigger, how much more of them go wrong in the canary.
    """

    per_minute: float
    shares: Mapping[str, float]
    harm: Mapping[str, float] = {}


class Ended(Struct, frozen=True, kw_only=True):
    """How a stage ended, and after how many minutes."""

    action: Literal["roll_back", "hold", "promote"]
    minutes: int
    reasons: tuple[str, ...]


def play_stage(stage: Stage, traffic: Traffic, rng: np.random.Generator, *, most_min: int) -> Ended:
    """Plays one stage, decided every minute, until it promotes, rolls back, or the minutes are over.

    Args:
        stage: Which.
        traffic: What comes.
        rng: Where chance comes from.
        most_min: Minutes after which it is left as it is.
    """
    sums = {one.name: _sums(one, stage, traffic, rng, most_min) for one in (*TRIGGERS, *DELAYED)}
    reasons: tuple[str, ...] = ()
    for minute in range(1, most_min + 1):
        decision = decide(stage, _observed(sums, minute))
        if decision.action != "hold":
            return Ended(action=decision.action, minutes=minute, reasons=decision.reasons)
        reasons = decision.reasons
    return Ended(action="hold", minutes=most_min, reasons=reasons)


def _sums(one: Trigger, stage: Stage, traffic: Traffic, rng: np.random.Generator, minutes: int) -> Sums:
    cases = rng.poisson(traffic.per_minute, minutes)
    canary = rng.binomial(cases, stage.share)
    share = traffic.shares[one.name]
    columns = [
        cases - canary,
        rng.binomial(cases - canary, share),
        canary,
        rng.binomial(canary, share + traffic.harm.get(one.name, 0.0)),
    ]
    return np.concatenate([np.zeros((1, 4), np.int64), np.cumsum(np.column_stack(columns), axis=0)])


def _observed(sums: Mapping[str, Sums], minute: int) -> Observed:
    known = max(minute - _DELAY_MIN, 0)
    return Observed(
        minutes=minute,
        windows={one.name: _between(sums[one.name], minute - one.window_min, minute) for one in TRIGGERS},
        stage={one.name: _between(sums[one.name], 0, minute) for one in TRIGGERS},
        delayed={one.name: _between(sums[one.name], 0, known) for one in DELAYED},
    )


def _between(sums: Sums, start: int, stop: int) -> Pair:
    control_n, control_bad, canary_n, canary_bad = map(int, sums[stop] - sums[max(start, 0)])
    return Pair(Counts(control_n, control_bad), Counts(canary_n, canary_bad))
