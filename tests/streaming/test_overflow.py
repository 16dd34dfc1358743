"""The sample that is kept of an overflow: spec E3."""

import random
from collections import Counter
from statistics import fmean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.overflow import DropTally, WeightedSample

WEIGHTS = {"error": 5.0, "tool": 1.0, "message": 1.0, "ended": 10.0}


def stream(seed: int, length: int) -> list[str]:
    return random.Random(seed).choices(list(WEIGHTS), weights=[2, 70, 25, 3], k=length)


@pytest.mark.spec("E3")
@pytest.mark.parametrize("weights", [dict.fromkeys(WEIGHTS, 1.0), WEIGHTS], ids=["plain", "weighted"])
def test_the_rate_of_the_stream_is_kept(weights: dict[str, float]) -> None:
    sample = WeightedSample[str](0.01, 10_000, random.Random(1).random)
    kinds = stream(2, 200_000)
    for kind in kinds:
        sample.offer(kind, weights[kind])
    assert len(sample) == pytest.approx(2_000, rel=0.1)


@pytest.mark.spec("E3")
@pytest.mark.parametrize(("rate", "capacity"), [(0.01, 10_000), (0.05, 40), (1.0, 50), (0.2, 1)], ids=str)
def test_counts_by_type_are_estimated_without_bias(rate: float, capacity: int) -> None:
    kinds = stream(3, 3_000)
    truth = Counter(kinds)
    estimates: dict[str, list[float]] = {kind: [] for kind in truth}
    for seed in range(400):
        sample = WeightedSample[str](rate, capacity, random.Random(seed).random)
        for kind in kinds:
            sample.offer(kind, WEIGHTS[kind])
        kept = sample.take()
        for kind in truth:
            estimates[kind].append(sum(k.weight for k in kept if k.item == kind))
    for kind, runs in estimates.items():
        standard_error = stdev(runs) / len(runs) ** 0.5
        assert abs(fmean(runs) - truth[kind]) < 4 * standard_error + 1e-9, kind


@pytest.mark.spec("E3")
def test_a_heavier_type_is_kept_more_often_and_stands_for_fewer() -> None:
    sample = WeightedSample[str](0.01, 100_000, random.Random(5).random)
    kinds = ["error", "tool"] * 50_000
    for kind in kinds:
        sample.offer(kind, WEIGHTS[kind])
    kept = sample.take()
    counts = Counter(k.item for k in kept)
    assert counts["error"] == pytest.approx(5 * counts["tool"], rel=0.25)
    weights = {kind: fmean(k.weight for k in kept if k.item == kind) for kind in counts}
    assert weights["tool"] == pytest.approx(5 * weights["error"], rel=0.01)


@pytest.mark.spec("E3")
@given(
    weights=st.lists(st.floats(0.01, 100), max_size=200),
    rate=st.floats(0.01, 1),
    capacity=st.integers(1, 20),
    seed=st.integers(0, 1000),
)
@settings(deadline=None)
def test_every_item_is_either_kept_or_handed_back(
    weights: list[float], rate: float, capacity: int, seed: int
) -> None:
    sample = WeightedSample[int](rate, capacity, random.Random(seed).random)
    handed_back = [back for item, w in enumerate(weights) if (back := sample.offer(item, w)) is not None]
    assert len(sample) <= capacity
    kept = sample.take()
    assert sorted(handed_back + [k.item for k in kept]) == list(range(len(weights)))
    assert [k.item for k in kept] == sorted(k.item for k in kept)
    assert all(k.weight >= 1 for k in kept)
    assert len(sample) == 0


@given(seed=st.integers(0, 1000), length=st.integers(0, 50))
def test_at_rate_one_everything_is_kept_and_stands_for_itself(seed: int, length: int) -> None:
    sample = WeightedSample[int](1.0, 50, random.Random(seed).random)
    assert [back for item in range(length) if (back := sample.offer(item)) is not None] == []
    assert [tuple(k) for k in sample.take()] == [(item, 1.0) for item in range(length)]


def test_a_tally_counts_by_tenant_and_type_and_starts_anew() -> None:
    tally = DropTally()
    assert not tally
    for tenant, kind in [("a", "x"), ("a", "x"), ("b", "x"), ("a", "y")]:
        tally.add(tenant, kind)
    assert tally
    assert tally.take() == {"a": {"x": 2, "y": 1}, "b": {"x": 1}}
    assert not tally
    assert tally.take() == {}
