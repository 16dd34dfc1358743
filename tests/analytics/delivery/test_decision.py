"""What a canary decision is, by the counts: M2's triggers, holds, the second clock, limited exposure."""

import msgspec
import numpy as np
import pytest

from analytics.delivery.decision import Decision, decide
from analytics.delivery.evidence import Counts, Observed, Pair
from analytics.delivery.findings import look_level, rare_ratio, window_p
from analytics.delivery.simulation import Traffic, play_stage
from analytics.delivery.stages import DELAYED, FALSE_ROLL_BACK, STAGES, TRIGGERS

ONE, FIVE, QUARTER, HALF = STAGES
SHARES = {
    "resolution": 0.2,
    "safety": 2e-4,
    "latency": 0.02,
    "errors": 0.01,
    "escalation_24h": 0.1,
    "csat": 0.15,
}
"""What goes wrong in control."""


def pair(name: str, canary_n: int, harm: float = 0.0, times: float = 19.0) -> Pair:
    n = round(canary_n * times)
    bad = round(n * SHARES[name]), round(canary_n * (SHARES[name] + harm))
    return Pair(Counts(n, bad[0]), Counts(canary_n, bad[1]))


def observed(
    minutes: int = 2_000,
    *,
    canary_n: int = 40_000,
    window_n: int = 500,
    harm: dict[str, float] | None = None,
    late_harm: dict[str, float] | None = None,
) -> Observed:
    """The same share of everything goes wrong all the time, plus harm."""
    harms, late = harm or {}, late_harm or {}
    return Observed(
        minutes=minutes,
        windows={one.name: pair(one.name, window_n, harms.get(one.name, 0.0)) for one in TRIGGERS},
        stage={one.name: pair(one.name, canary_n, harms.get(one.name, 0.0)) for one in TRIGGERS},
        delayed={one.name: pair(one.name, canary_n, late.get(one.name, 0.0)) for one in DELAYED},
    )


def states(decision: Decision) -> dict[str, str]:
    return {one.trigger: one.state for one in (*decision.findings, *decision.delayed)}


@pytest.mark.spec("M1")
def test_no_harm_and_enough_data_promote_after_the_bake_time() -> None:
    assert decide(HALF, observed()).action == "promote"
    early = decide(HALF, observed(HALF.bake_min - 1))
    assert (early.action, early.reasons) == ("hold", ("baked 1439 of 1440 minutes",))


@pytest.mark.spec("M2")
@pytest.mark.parametrize(
    ("trigger", "harm"), [("resolution", 0.15), ("safety", 0.03), ("latency", 0.10), ("errors", 0.06)]
)
def test_each_trigger_rolls_back_by_its_last_minutes(trigger: str, harm: float) -> None:
    quiet = observed(30)
    windows = {**quiet.windows, trigger: pair(trigger, 500, harm)}
    found = decide(FIVE, msgspec.structs.replace(quiet, windows=windows))
    assert found.action == "roll_back"
    assert not found.admits
    [reason] = found.reasons
    window = next(one.window_min for one in TRIGGERS if one.name == trigger)
    assert reason.startswith(f"{trigger}: ")
    assert reason.endswith(f"in the last {window} minutes")


@pytest.mark.spec("M2")
def test_windows_and_margins_are_those_of_the_specification() -> None:
    told = {one.name: (one.margin, one.window_min, one.limit) for one in TRIGGERS}
    assert told == {
        "resolution": (0.02, 15, None),
        "safety": (1e-4, 5, None),
        "latency": (0.0, 10, 0.05),
        "errors": (0.005, 5, None),
    }


@pytest.mark.spec("M2")
@pytest.mark.parametrize(
    ("trigger", "harm"), [("resolution", 0.03), ("safety", 0.002), ("latency", 0.04), ("errors", 0.008)]
)
def test_a_harm_too_small_for_the_window_rolls_back_by_the_whole_stage(trigger: str, harm: float) -> None:
    found = decide(FIVE, observed(harm={trigger: harm}))
    assert found.action == "roll_back"
    assert found.reasons[0].endswith("since the stage began")


@pytest.mark.spec("M2")
def test_a_sure_harm_below_the_margin_does_not_roll_back() -> None:
    found = decide(HALF, observed(canary_n=2_000_000, harm={"resolution": 0.01}))
    assert found.findings[0].low > 0
    assert found.action == "promote"


@pytest.mark.spec("M1")
def test_inconclusive_holds() -> None:
    found = decide(FIVE, observed(canary_n=300))
    assert found.action == "hold"
    assert states(found)["resolution"] == "inconclusive"
    assert "resolution: inconclusive, harm may be" in found.reasons[0]
    assert found.findings[0].detectable > FIVE.tolerance * 0.02, "and the verdict says what it could not see"


@pytest.mark.spec("M1")
@pytest.mark.parametrize("gone", ["everything", "the canary's last minutes", "one trigger", "control"])
def test_no_data_holds(gone: str) -> None:
    whole = observed()
    empty = Counts(0, 0)
    match gone:
        case "everything":
            less = msgspec.structs.replace(whole, windows={}, stage={}, delayed={})
        case "the canary's last minutes":
            windows = {name: Pair(one.control, empty) for name, one in whole.windows.items()}
            less = msgspec.structs.replace(whole, windows=windows)
        case "one trigger":
            stage = {name: one for name, one in whole.stage.items() if name != "safety"}
            less = msgspec.structs.replace(whole, stage=stage)
        case _:
            stage = {name: Pair(empty, one.canary) for name, one in whole.stage.items()}
            less = msgspec.structs.replace(whole, stage=stage)
    found = decide(HALF, less)
    assert found.action == "hold"
    assert "no data" in states(found).values()


@pytest.mark.spec("M1")
def test_delayed_outcomes_are_a_second_clock() -> None:
    whole = observed()
    unknown = msgspec.structs.replace(whole, delayed={})
    assert decide(FIVE, unknown).action == "promote", "a small stage does not wait for them"
    held = decide(QUARTER, unknown)
    assert held.action == "hold"
    assert {one.split(":")[0] for one in held.reasons} == {"escalation_24h", "csat"}
    late = decide(FIVE, observed(late_harm={"escalation_24h": 0.04}))
    assert late.action == "roll_back", "bad news counts in every stage"


@pytest.mark.spec("M1")
@pytest.mark.parametrize(
    ("risked", "reason"),
    [
        ({"money_usd": 10_000.0}, "moved 10,000 of 10,000 US dollars"),
        ({"irreversible": 700}, "took 700 of 500 irreversible actions"),
    ],
)
def test_exposure_is_limited_in_money_and_irreversible_actions(risked: dict[str, float], reason: str) -> None:
    found = decide(FIVE, msgspec.structs.replace(observed(), **risked))
    assert (found.action, found.admits, found.reasons) == ("hold", False, (reason,))
    harmful = decide(FIVE, msgspec.structs.replace(observed(harm={"errors": 0.02}), **risked))
    assert harmful.action == "roll_back", "harm comes first"


@pytest.mark.spec("M2")
def test_the_looks_of_any_length_spend_no_more_than_the_level() -> None:
    spent = sum(look_level(0.01, minute, 60) for minute in range(1, 200_000))
    assert 0.0099 < spent <= 0.01


@pytest.mark.spec("M2")
def test_the_window_is_an_exact_test() -> None:
    """The lady tasting tea (Fisher 1935): 3 of 4 right, p 17 / 70."""
    resolution = TRIGGERS[0]
    assert window_p(resolution, Pair(Counts(4, 1), Counts(4, 3))) == pytest.approx(17 / 70)
    assert window_p(resolution, Pair(Counts(4, 1), Counts(0, 0))) == 1.0


@pytest.mark.spec("M2")
def test_the_test_of_rare_events_is_valid_at_every_look() -> None:
    rng = np.random.default_rng(8)
    crossed = 0
    for _ in range(400):
        canary = np.cumsum(rng.random(300) < 0.2)
        crossed += any(
            rare_ratio(Pair(Counts(80_000, n + 1 - int(k)), Counts(20_000, int(k)))) >= 20
            for n, k in enumerate(canary)
        )
    assert crossed / 400 <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


@pytest.mark.spec("M1", "M2")
def test_quiet_traffic_is_promoted_and_planted_regressions_are_rolled_back() -> None:
    rng = np.random.default_rng(9)

    def ended(harm: dict[str, float]) -> list[str]:
        traffic = Traffic(per_minute=500, shares=SHARES, harm=harm)
        return [play_stage(FIVE, traffic, rng, most_min=400).action for _ in range(8)]

    assert ended({}) == ["promote"] * 8
    assert ended({"resolution": 0.10}) == ["roll_back"] * 8
    assert ended({"errors": 0.03}) == ["roll_back"] * 8
    assert FALSE_ROLL_BACK <= 0.01
