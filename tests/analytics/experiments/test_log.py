"""The log is read right whatever came twice or late."""

from collections import defaultdict
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from analytics.experiments.log import ExperimentLog, read_log
from analytics.experiments.plan import Metric
from tests.analytics.experiments.made_log import END, RESOLUTION, START, connected, made_log, plan
from tests.analytics.experiments.plain_log import plain_sums, read_sums

pytestmark = pytest.mark.spec("H1", "H3")
COST = Metric(name="cost", outcome="cost_usd", better="lower", covariate_h=168, role="secondary")
PLAN = plan(RESOLUTION, COST)


def read(exposures: pa.Table, outcomes: pa.Table, complete_through: object = END) -> ExperimentLog:
    return read_log(connected(exposures, outcomes), PLAN, complete_through=complete_through)


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def rounded(log: ExperimentLog) -> list[object]:
    """The sums without the noise of adding in another order."""
    numbers = [
        (s, (s.parts.n, s.parts.x, s.parts.xx, s.parts.y, s.parts.xy, s.covariate.xy)) for s in log.sums
    ]
    return [
        (s.metric, s.variant, s.day, s.dimension, s.stratum, *(round(value, 6) for value in values))
        for s, values in numbers
    ]


def test_sums_are_those_of_a_plain_loop() -> None:
    exposures, outcomes = made_log(600)
    first = {row["unit"]: row for row in exposures.to_pylist()}
    totals = defaultdict[tuple[str, str], float](float)
    for row in outcomes.to_pylist():
        exposed = first[row["unit"]]
        if exposed["exposed_at"] <= row["occurred_at"] < exposed["exposed_at"] + timedelta(hours=24):
            totals[row["unit"], row["outcome"]] += row["value"]
    log = read(exposures, outcomes)
    for variant in ("control", "warm"):
        units = [unit for unit, row in first.items() if row["variant"] == variant]
        mine = [s for s in log.sums if (s.metric, s.variant, s.dimension) == ("resolution", variant, "")]
        assert sum(s.parts.n for s in mine) == len(units) == log.units[variant]
        assert sum(s.parts.x for s in mine) == sum(totals[unit, "resolved"] for unit in units)
        products = sum(totals[unit, "resolved"] * totals[unit, "conversations"] for unit in units)
        assert sum(s.parts.xy for s in mine) == products
        cost = [s for s in log.sums if (s.metric, s.variant, s.dimension) == ("cost", variant, "")]
        assert sum(s.parts.x for s in cost) == pytest.approx(sum(totals[unit, "cost_usd"] for unit in units))
        before = pc.sum(outcomes.filter(pc.starts_with(outcomes["event_id"], "3-"))["value"]).as_py()
    assert sum(s.covariate.y for s in log.sums if s.metric == "cost" and not s.dimension) == pytest.approx(
        before
    )


@pytest.mark.spec("H2", "H3")
def test_every_sum_of_every_stratum_is_that_of_a_plain_loop() -> None:
    exposures, outcomes = made_log(500)
    other = pc.if_else(pc.equal(exposures["variant"], "warm"), "control", "warm")
    moved = exposures.set_column(1, "variant", other).slice(0, 30)
    later = pc.add(exposures["exposed_at"], pa.scalar(timedelta(hours=30)))
    again = exposures.set_column(3, "exposed_at", later).slice(100, 100)
    tiers = pa.array(["big", "small", None, "middle", "big"] * 100)
    exposures = exposures.set_column(5, "tenant_tier", tiers).cast(exposures.schema)
    exposures = shuffled(pa.concat_tables([exposures, moved, again]), 5)
    outcomes = shuffled(pa.concat_tables([outcomes, outcomes.slice(0, 700), outcomes.slice(0, 90)]), 6)
    days = timedelta(days=9)
    several = plan(
        RESOLUTION,
        COST,
        Metric(name="any", outcome="resolved", count="any", window_h=24.5, role="secondary"),
        Metric(name="share", outcome="conversations", per="conversations", role="secondary"),
        Metric(name="slow", outcome="cost_usd", window_h=60, covariate_h=48, role="secondary"),
    )
    log = read_log(connected(exposures, outcomes), several, complete_through=START + days)
    sums, ages = read_sums(log)
    expected, expected_ages = plain_sums(exposures, outcomes, several, START + days)
    assert sums.keys() == expected.keys()
    assert {dimension for _, _, _, dimension, _ in sums} == {"", "complexity", "tenant_tier", "topic", "hour"}
    for key, of in expected.items():
        assert sums[key] == pytest.approx(of, abs=1e-9), key
    assert ages.keys() == expected_ages.keys()
    for key, of in expected_ages.items():
        assert ages[key] == pytest.approx(of[:2], abs=1e-9), key


def test_events_that_come_twice_or_in_another_order_change_nothing() -> None:
    exposures, outcomes = made_log(800)
    twice = shuffled(pa.concat_tables([exposures, exposures.slice(0, 500)]), 1)
    outcomes_twice = shuffled(pa.concat_tables([outcomes, outcomes.slice(0, 900)]), 2)
    again = read(twice, outcomes_twice)
    assert rounded(again) == rounded(read(exposures, outcomes))
    assert again.mixed == 0


def test_late_events_are_counted_as_if_they_had_been_in_time() -> None:
    exposures, outcomes = made_log(800)
    early = read(exposures.slice(0, 600), outcomes.slice(0, 1_000))
    late = read(exposures, outcomes)
    assert sum(early.units.values()) == 600
    assert sum(late.units.values()) == 800
    assert rounded(late) == rounded(read(shuffled(exposures, 3), shuffled(outcomes, 4)))


def test_a_user_counts_once_the_window_has_passed_and_never_before() -> None:
    exposures, outcomes = made_log(800)
    half = START + timedelta(days=7)
    log = read(exposures, outcomes, half)
    old_enough = sum(t + timedelta(hours=24) <= half for t in exposures["exposed_at"].to_pylist())
    assert sum(s.parts.n for s in log.sums if s.metric == "cost" and not s.dimension) == old_enough
    assert sum(log.units.values()) == sum(t <= half for t in exposures["exposed_at"].to_pylist())


def test_users_who_met_several_variants_are_counted_and_left_out() -> None:
    exposures, outcomes = made_log(800)
    moved = exposures.slice(0, 20)
    other = pc.if_else(pc.equal(moved["variant"], "warm"), "control", "warm")
    moved = moved.set_column(1, "variant", other)
    log = read(pa.concat_tables([exposures, moved]), outcomes)
    assert log.mixed == 20
    assert sum(log.units.values()) == 780


def test_strata_add_up_to_all_users() -> None:
    log = read(*made_log(800))
    for dimension, names in {"complexity": {"high", "low"}, "topic": {"refund", "delivery"}}.items():
        strata = [s for s in log.sums if s.metric == "cost" and s.dimension == dimension]
        assert {s.stratum for s in strata} == names
        assert sum(s.parts.n for s in strata) == 800
    assert {s.dimension for s in log.sums} == {"", "complexity", "topic", "hour"}, "tiers are unknown"
