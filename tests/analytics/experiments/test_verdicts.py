"""What may be said, and when: looks, refusals, contradictions, and what every verdict carries."""

from datetime import date, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics.experiments.errors import PeekingRefusedError, PlanError
from analytics.experiments.log import EXPOSURE_LOG, OUTCOME_LOG, read_log
from analytics.experiments.looks import Standing, fixed_look, looks_of
from analytics.experiments.plan import AlwaysValid, FixedHorizon, GroupSequential, Metric, Plan
from analytics.experiments.verdicts import Verdict, judge
from analytics.statistics.differences import Difference
from tests.analytics.experiments.made_log import END, RESOLUTION, START, connected, made_log, plan

Log = tuple[pa.Table, pa.Table]
BETTER = made_log(effect=0.06)
NONE = made_log()


def verdicts(log: Log, of: Plan, complete_through: object = END) -> dict[str, Verdict]:
    read = read_log(connected(*log), of, complete_through=complete_through)
    return {one.verdict.metric: one.verdict for one in judge(of, read, {"silver.events": 7})}


def only(log: Log, of: Plan, complete_through: object = END) -> Verdict:
    [verdict] = verdicts(log, of, complete_through).values()
    return verdict


@pytest.mark.spec("H2")
@pytest.mark.parametrize(
    "design",
    [
        FixedHorizon(units=3_000),
        AlwaysValid(units=3_000),
        GroupSequential(units=3_000, shares=(0.5, 1.0)),
        GroupSequential(units=3_000, shares=(0.25, 0.5, 0.75, 1.0), spending="pocock"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_every_verdict_has_interval_power_detectable_effect_and_origin(design: AlwaysValid) -> None:
    found = only(BETTER, plan(design=design))
    assert found.decision == "better"
    assert found.low is not None
    assert found.high is not None
    assert 0 < found.low < found.estimate < found.high
    assert found.power is not None
    assert 0 < found.power <= 1
    assert found.detectable is not None
    assert found.detectable > 0
    assert found.confidence == 0.95
    assert (found.p_value is None) == isinstance(design, GroupSequential)
    assert found.origin.snapshots == {"silver.events": 7}
    assert found.origin.complete_through == END
    assert found.origin.plan == plan(design=design).fingerprint


@pytest.mark.spec("H2")
def test_a_plain_test_before_its_time_is_refused() -> None:
    early = Standing(
        day=date(2026, 11, 3), difference=Difference(estimate=0.1, error=0.01), control_n=500, treatment_n=510
    )
    with pytest.raises(PeekingRefusedError, match="500 of 3000 users a variant on 2026-11-03"):
        fixed_look(FixedHorizon(units=3_000), early, 0.05)
    found = only(BETTER, plan(design=FixedHorizon(units=3_000)), START + timedelta(days=5))
    assert (found.decision, found.estimate, found.p_value) == ("waiting", None, None), "nothing to peek at"


@pytest.mark.spec("H2")
def test_a_plain_test_says_the_same_whenever_it_is_read_after_its_one_look() -> None:
    first = only(BETTER, plan(design=FixedHorizon(units=2_000)), START + timedelta(days=10))
    later = only(BETTER, plan(design=FixedHorizon(units=2_000)))
    assert first.estimate == later.estimate
    assert first.p_value == later.p_value


@pytest.mark.spec("H2")
def test_without_a_difference_the_design_waits_then_ends_inconclusive() -> None:
    assert only(NONE, plan(), START + timedelta(days=5)).decision == "waiting"
    ended = only(NONE, plan(design=AlwaysValid(units=3_000)))
    assert ended.decision == "inconclusive"
    assert ended.reasons == ("the design ended and the interval includes no difference",)


@pytest.mark.spec("H2")
def test_a_plan_is_made_before_the_first_exposure_or_its_verdict_is_invalid() -> None:
    late = msgspec.structs.replace(plan(), registered_at=START + timedelta(days=3))
    found = only(BETTER, late)
    assert found.decision == "invalid"
    assert "registered after the first exposure" in found.reasons[0]


@pytest.mark.spec("H2")
@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"metrics": ()}, "no metric is primary"),
        ({"metrics": (RESOLUTION, RESOLUTION)}, "two metrics have one name"),
        ({"shares": {"control": 1.0}}, "two variants or more"),
        ({"metrics": (Metric(name="cost", outcome="cost_usd"),)}, "no minimum effect"),
        ({"design": GroupSequential(units=100, shares=(0.5, 0.4))}, "do not rise"),
    ],
)
def test_a_plan_that_cannot_be_carried_out_is_refused(changes: dict[str, object], why: str) -> None:
    with pytest.raises(PlanError, match=why):
        msgspec.structs.replace(plan(), **changes)


@pytest.mark.spec("H3")
def test_a_sample_ratio_mismatch_makes_every_verdict_invalid() -> None:
    exposures, outcomes = BETTER
    kept = pc.or_(pc.equal(exposures["variant"], "warm"), pa.array(np.arange(exposures.num_rows) % 5 > 0))
    found = only((exposures.filter(kept), outcomes), plan())
    assert found.decision == "invalid"
    assert "sample-ratio mismatch" in found.reasons[0]


@pytest.mark.spec("H3")
def test_a_ratio_that_is_looked_at_every_day_has_to_be_further_off() -> None:
    exposures, outcomes = BETTER
    warm = exposures.filter(pc.equal(exposures["variant"], "warm"))
    control = exposures.filter(pc.equal(exposures["variant"], "control")).slice(0, warm.num_rows - 300)
    log = pa.concat_tables([warm, control]), outcomes
    fixed = only(log, plan(design=FixedHorizon(units=3_000)))
    assert fixed.decision == "invalid"  # p 0.0006, at the one look of the design
    assert only(log, plan(design=AlwaysValid(units=3_000))).decision == "better"


@pytest.mark.spec("H3")
def test_cuped_narrows_the_interval_and_keeps_the_effect() -> None:
    log = made_log(cost_effect=0.02)
    plain = Metric(name="cost", outcome="cost_usd", better="lower", minimum_effect=0.02)
    design = FixedHorizon(units=3_900)
    before = only(log, plan(plain, design=design))
    after = only(log, plan(msgspec.structs.replace(plain, covariate_h=168.0), design=design))
    assert after.high - after.low < 0.9 * (before.high - before.low)
    # a user has two conversations on average
    assert after.low < 0.04 < after.high
    assert before.low < 0.04 < before.high


@pytest.mark.spec("H3")
def test_several_primary_metrics_share_alpha() -> None:
    cost = Metric(name="cost", outcome="cost_usd", better="lower", minimum_effect=0.02)
    found = verdicts(BETTER, plan(RESOLUTION, cost))
    assert {one.confidence for one in found.values()} == {0.975}
    single = only(BETTER, plan(RESOLUTION))
    assert found["resolution"].high - found["resolution"].low > single.high - single.low


@pytest.mark.spec("H3")
def test_a_guardrail_that_becomes_worse_holds_the_gain() -> None:
    log = made_log(effect=0.06, cost_effect=0.1)
    cost = Metric(name="cost", outcome="cost_usd", better="lower", role="guardrail")
    found = verdicts(log, plan(RESOLUTION, cost))
    assert found["cost"].decision == "worse"
    assert found["resolution"].decision == "inconclusive"
    assert found["resolution"].reasons[-1] == "guardrails became worse: cost"


@pytest.mark.spec("H3")
def test_simpsons_paradox_is_inconclusive_and_names_the_stratum() -> None:
    exposures, outcomes = NONE
    variants = np.array(exposures["variant"].to_pylist())
    rng = np.random.default_rng(3)
    # the warm tone met easy cases more often; within each complexity it does harm
    high = rng.random(len(variants)) < np.where(variants == "warm", 0.2, 0.8)
    resolved = rng.random(len(variants)) < np.where(high, 0.5, 0.9) - 0.06 * (variants == "warm")
    exposures = exposures.set_column(4, "complexity", pa.array(np.where(high, "high", "low")))
    outcomes = pa.table(
        {
            "event_id": [f"r{number}" for number in range(len(variants))],
            "unit": exposures["unit"],
            "outcome": ["resolved"] * len(variants),
            "value": resolved.astype(float),
            "occurred_at": pc.add(exposures["exposed_at"], pa.scalar(timedelta(hours=1))),
        },
        schema=OUTCOME_LOG,
    )
    metric = Metric(name="resolved", outcome="resolved", count="any", minimum_effect=0.02)
    found = only((exposures.cast(EXPOSURE_LOG), outcomes), plan(metric, design=FixedHorizon(units=3_900)))
    assert found.estimate is not None
    assert found.estimate > 0
    assert found.decision == "inconclusive"
    assert "Simpson's paradox" in found.reasons[-1]
    assert "complexity" in found.reasons[-1]
    assert "high" in found.reasons[-1]


@pytest.mark.spec("H3")
@pytest.mark.parametrize("fades", [True, False])
def test_an_effect_that_fades_with_the_users_days_is_seen(fades: bool) -> None:
    exposures, _ = NONE
    units, days = exposures.num_rows, 6
    rng = np.random.default_rng(4)
    warm = np.array(exposures["variant"].to_pylist()) == "warm"
    parts = list[pa.Table]()
    for day in range(days):
        effect = 0.5 * warm * (0.5**day if fades else 1)
        at = pc.add(exposures["exposed_at"], pa.scalar(timedelta(days=day, hours=2)))
        parts.append(
            pa.table(
                {
                    "event_id": [f"{day}-{number}" for number in range(units)],
                    "unit": exposures["unit"],
                    "outcome": ["messages"] * units,
                    "value": rng.poisson(2, units) + effect,
                    "occurred_at": at,
                },
                schema=OUTCOME_LOG,
            )
        )
    metric = Metric(name="messages", outcome="messages", window_h=24.0 * days, minimum_effect=0.1)
    found = only((exposures, pa.concat_tables(parts)), plan(metric), END + timedelta(days=days)).novelty
    assert found is not None
    assert found.early_days == 3
    assert (found.change.p_value < 0.001) is fades


@pytest.mark.spec("H2")
@pytest.mark.parametrize("overrun", [0.9, 1.0, 1.7])
def test_a_group_sequential_design_ends_where_its_maximum_is_reached(overrun: float) -> None:
    days = [
        Standing(
            day=date(2026, 11, day),
            difference=Difference(estimate=0.0, error=1 / (day * overrun)),
            control_n=int(100 * day * overrun),
            treatment_n=int(100 * day * overrun),
        )
        for day in range(1, 11)
    ]
    looks = looks_of(GroupSequential(units=1_000, shares=(0.3, 0.6, 1.0)), days, 0.05)
    assert [look.last for look in looks] == ([False, False] if overrun < 1 else [False, False, True])
