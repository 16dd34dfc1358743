"""What happens to a canary next: a function of what was counted (spec M1, M2).

Worse is rolled back. Better, or no worse than acceptable, is promoted when the bake time is over
and the delayed outcomes agree. Everything else holds: no data is no proof, and neither is a
difference that nobody could have seen.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from analytics.delivery.evidence import Counts, Observed, Pair
from analytics.delivery.findings import Finding, find, look_level
from analytics.delivery.stages import DELAYED, FALSE_ROLL_BACK, TRIGGERS, Stage, Trigger

_NOTHING = Pair(Counts(0, 0), Counts(0, 0))


class Decision(Struct, frozen=True, kw_only=True):
    """What happens next.

    Attributes:
        action: Roll back, hold the stage, or promote to the next one.
        admits: Whether the canary goes on getting new conversations meanwhile.
        reasons: Why.
        findings: Every trigger with its interval.
        delayed: The same of delayed outcomes.
    """

    action: Literal["roll_back", "hold", "promote"]
    admits: bool
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...]
    delayed: tuple[Finding, ...]


def decide(
    stage: Stage,
    observed: Observed,
    *,
    triggers: Sequence[Trigger] = TRIGGERS,
    delayed: Sequence[Trigger] = DELAYED,
) -> Decision:
    """Decides, once a minute.

    Args:
        stage: Where the canary is.
        observed: What was counted until now.
        triggers: What is watched.
        delayed: What is watched by the second clock.
    """
    # half by the windows, half by the whole stage
    alpha = FALSE_ROLL_BACK / 2 / (len(triggers) + len(delayed))
    per_look = look_level(alpha, observed.minutes, stage.bake_min)
    now = tuple(
        find(
            one,
            observed.stage.get(one.name, _NOTHING),
            observed.windows.get(one.name, _NOTHING),
            tolerance=stage.tolerance,
            alpha=alpha,
            look_alpha=per_look,
        )
        for one in triggers
    )
    later = tuple(
        find(
            one,
            pair,
            pair,
            tolerance=stage.tolerance,
            alpha=alpha,
            look_alpha=0.0,
            span="of all that are old enough",
        )
        for one in delayed
        for pair in [observed.delayed.get(one.name, _NOTHING)]
    )
    action, admits, reasons = _action(stage, observed, now, later)
    return Decision(action=action, admits=admits, reasons=reasons, findings=now, delayed=later)


def _action(
    stage: Stage, observed: Observed, now: Sequence[Finding], later: Sequence[Finding]
) -> tuple[Literal["roll_back", "hold", "promote"], bool, tuple[str, ...]]:
    if fired := [one for one in (*now, *later) if one.state == "fires"]:
        return "roll_back", False, tuple(f"{one.trigger}: {one.why}" for one in fired)
    if spent := _spent(stage, observed):
        return "hold", False, spent
    waiting = list[str]()
    if observed.minutes < stage.bake_min:
        waiting.append(f"baked {observed.minutes} of {stage.bake_min} minutes")
    needed = (*now, *later) if stage.needs_delayed else now
    waiting += [f"{one.trigger}: {one.state}, {one.why}" for one in needed if one.state != "clear"]
    return ("hold", True, tuple(waiting)) if waiting else ("promote", True, ("every trigger is clear",))


def _spent(stage: Stage, observed: Observed) -> tuple[str, ...]:
    """What the canary has risked of what the stage may risk, where that is all of it."""
    reasons = list[str]()
    if observed.money_usd >= stage.money_usd:
        reasons.append(f"moved {observed.money_usd:,.0f} of {stage.money_usd:,.0f} US dollars")
    if observed.irreversible >= stage.irreversible:
        reasons.append(f"took {observed.irreversible:,} of {stage.irreversible:,} irreversible actions")
    return tuple(reasons)
