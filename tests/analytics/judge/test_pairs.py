"""Pairs in both orders: spec G2."""

import pytest

from analytics.judge.pairs import PairVerdict, position_bias
from analytics.statistics.errors import TooFewError


def pair(forward: str, backward: str) -> PairVerdict:
    return PairVerdict(a="a", b="b", forward=forward, backward=backward)  # type: ignore[arg-type]


@pytest.mark.spec("G2")
def test_a_judge_that_goes_by_quality_alone_has_no_bias_and_no_doubt_about_it() -> None:
    found = position_bias([pair("first", "second"), pair("second", "first")] * 10)
    assert (found.first, found.low, found.high, found.turned) == (0.5, 0.5, 0.5, 0.0)


@pytest.mark.spec("G2")
def test_a_judge_that_always_takes_the_first_turns_with_every_order() -> None:
    found = position_bias([pair("first", "first")] * 10)
    assert (found.first, found.turned, found.pairs) == (1.0, 1.0, 10)


@pytest.mark.spec("G2")
def test_ties_are_no_choices() -> None:
    found = position_bias([pair("first", "tie"), pair("tie", "tie"), pair("second", "tie")])
    assert (found.first, found.turned, found.pairs) == (0.5, 0.0, 3)
    with pytest.raises(TooFewError, match="1 pairs with no choice"):
        position_bias([pair("tie", "tie")])
