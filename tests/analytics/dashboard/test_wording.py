"""Numbers as people read them, and which changes are good news."""

import pytest

from analytics.dashboard.wording import Better, Change, count, dollars, duration, points, relative, share


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (count(1365), "1,365"),
        (count(62.0), "62"),
        (count(62.25), "62.2"),
        (count(None), "–"),
        (share(0.9449), "94.5 %"),
        (duration(999.4), "999 ms"),
        (duration(7276.5), "7.3 s"),
        (duration(None), "–"),
        (dollars(0), "$0.00"),
        (dollars(0.1523), "$0.152"),
        (dollars(1234.5), "$1,234.50"),
    ],
)
def test_numbers_are_short(text: str, said: str) -> None:
    assert text == said


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (points(0.95, 0.90, Better.HIGHER), Change("+5.0 points", "good")),
        (points(0.90, 0.95, Better.HIGHER), Change("−5.0 points", "bad")),
        (points(0.90, 0.95, Better.LOWER), Change("−5.0 points", "good")),
        (points(0.9001, 0.9, Better.LOWER), Change("±0.0 points", "none")),
        (points(None, 0.9, Better.LOWER), Change("", "none")),
        (relative(150, 100, Better.NEITHER), Change("+50.0 %", "none")),
        (relative(150, 100, Better.LOWER), Change("+50.0 %", "bad")),
        (relative(150, 0, Better.LOWER), Change("", "none")),
    ],
)
def test_a_change_says_whether_it_is_good_news(change: Change, expected: Change) -> None:
    assert change == expected
