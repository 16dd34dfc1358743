"""Planted biases are found at the size that was planted, and not where none was: spec G2."""

import pytest

from analytics.judge.planted import PLANTED
from analytics.judge.report import planted_row

PAIRS = 600
WIDE = 1.6
"""Half of an interval is widened by this: of thirty intervals of 95 % one or two miss."""


@pytest.mark.spec("G2")
@pytest.mark.parametrize("name", PLANTED)
async def test_a_planted_bias_is_found_at_its_size(name: str) -> None:
    found, taste = await planted_row(name, PAIRS, seed=11), PLANTED[name]
    assert found.effects.family is not None
    for effect, planted in [
        (found.effects.position, taste.position),
        (found.effects.quality, taste.quality),
        (found.effects.length, taste.length),
        (found.effects.family, taste.family),
        (found.length_points, taste.length_points),
    ]:
        half = WIDE * (effect.high - effect.estimate)
        assert effect.estimate == pytest.approx(planted, abs=half)
    noticed = [
        effect.low > 0
        for effect in (
            found.effects.position,
            found.effects.length,
            found.effects.family,
            found.length_points,
        )
    ]
    planted = [taste.position, taste.length, taste.family, taste.length_points]
    assert all(seen for seen, size in zip(noticed, planted, strict=True) if size), (
        "what is there is significant"
    )
    if taste.quality:
        assert found.lenience == pytest.approx(taste.lenience, abs=0.05)


@pytest.mark.spec("G2")
async def test_what_a_bias_costs_is_seen_in_the_right_measure() -> None:
    fair, first, random, lenient = [
        await planted_row(name, PAIRS, seed=12) for name in ("fair", "prefers the first", "random", "lenient")
    ]
    assert first.place.low > 0.6 > fair.place.high
    assert first.place.turned > fair.place.turned
    assert random.weighted.low < 0 < random.weighted.high
    assert lenient.weighted.high < fair.weighted.low


@pytest.mark.spec("G2")
async def test_the_share_of_the_longer_is_told_with_and_without_its_length() -> None:
    found = await planted_row("prefers the longer", PAIRS, seed=13)
    assert found.effects.raw > 0.58
    assert found.effects.controlled == pytest.approx(0.5, abs=0.04)
