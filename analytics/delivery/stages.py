"""The stages of a canary and the triggers that watch them, stated once (spec M1, M2)."""

from typing import Final

from msgspec import Struct


class Trigger(Struct, frozen=True, kw_only=True):
    """Something that must not become worse than in control.

    Attributes:
        name: Its name.
        bad: What a wrong case is.
        margin: How much larger the canary's share of wrong cases must be to roll back.
        window_min: The last minutes in which that is looked for, beside the whole stage.
        acceptable: Promotion needs proof that the harm is below this, times the stage's tolerance.
        limit: A share that the canary's must not exceed, whatever control's is; instead of control.
        rare: Whether wrong cases are so rare that their count is tested and no normal distribution.
    """

    name: str
    bad: str
    margin: float
    window_min: int
    acceptable: float
    limit: float | None = None
    rare: bool = False


LATENCY_MARGIN_MS: Final = 500.0
"""How much slower than control's p95 an answer is that counts as slow, milliseconds."""
LATENCY_LIMIT: Final = 0.05
"""Share of slow answers above which p95 is that much above control's."""

TRIGGERS: Final = (
    Trigger(name="resolution", bad="ended without resolution", margin=0.02, window_min=15, acceptable=0.02),
    Trigger(
        name="safety",
        bad="a safety violation",
        margin=1e-4,
        window_min=5,
        acceptable=1e-3,  # 1 in 10,000 is not disproved by any traffic of a day
        rare=True,
    ),
    Trigger(
        name="latency",
        bad=f"slower than control's p95 + {LATENCY_MARGIN_MS:.0f} ms",
        margin=0.0,
        window_min=10,
        acceptable=0.0,
        limit=LATENCY_LIMIT,
    ),
    Trigger(name="errors", bad="ended in an error", margin=0.005, window_min=5, acceptable=0.005),
)
"""Those of spec M2, all against control at the same time."""

DELAYED: Final = (
    Trigger(
        name="escalation_24h",
        bad="with a human within 24 hours",
        margin=0.02,
        window_min=1_440,
        acceptable=0.02,
    ),
    Trigger(name="csat", bad="rated 1 or 2", margin=0.02, window_min=1_440, acceptable=0.05),
)
"""Outcomes that come later: a clock of their own (spec M1)."""


class Stage(Struct, frozen=True, kw_only=True):
    """A share of the conversations, for a while.

    Attributes:
        name: Its name.
        share: Of conversations that the canary gets, 0 to 1.
        bake_min: Minutes that it lasts at least.
        tolerance: What the triggers' acceptable harm is multiplied with: a small share risks little,
            and cannot prove much.
        needs_delayed: Whether promotion waits for the delayed outcomes.
        money_usd: Beyond this the canary gets no more conversations in this stage, US dollars.
        irreversible: The same of actions that cannot be taken back.
    """

    name: str
    share: float
    bake_min: int
    tolerance: float
    needs_delayed: bool
    money_usd: float
    irreversible: int


STAGES: Final = (
    Stage(
        name="1 %",
        share=0.01,
        bake_min=60,
        tolerance=5,
        needs_delayed=False,
        money_usd=1_000,
        irreversible=50,
    ),
    Stage(
        name="5 %",
        share=0.05,
        bake_min=240,
        tolerance=3,
        needs_delayed=False,
        money_usd=10_000,
        irreversible=500,
    ),
    Stage(
        name="25 %",
        share=0.25,
        bake_min=1_440,
        tolerance=1.5,
        needs_delayed=True,
        money_usd=100_000,
        irreversible=5_000,
    ),
    Stage(
        name="50 %",
        share=0.5,
        bake_min=1_440,
        tolerance=1,
        needs_delayed=True,
        money_usd=500_000,
        irreversible=25_000,
    ),
)
"""After the last one everybody gets the version."""

FALSE_ROLL_BACK: Final = 0.01
"""Probability that a stage rolls back a version that is no worse, all triggers and looks together."""
FALSE_PROMOTION: Final = 0.05
"""Probability that a trigger is cleared at any look though the harm is what is not acceptable."""
LEAST_CASES: Final = 50
"""Cases of either version in a stage below which there is no data to speak of."""
