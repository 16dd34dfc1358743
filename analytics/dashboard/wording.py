"""Numbers and changes as people read them."""

from datetime import date
from enum import Enum
from typing import Final, NamedTuple

UNKNOWN: Final = "–"
_SIGNS: Final = {1: "+", -1: "−", 0: "±"}


class Better(Enum):
    """Which direction of a change is good news."""

    HIGHER = 1
    NEITHER = 0
    LOWER = -1


class Change(NamedTuple):
    """A change in words; ``news`` is "good", "bad" or "none"."""

    text: str
    news: str


NO_CHANGE: Final = Change("", "none")


def count(value: float | None) -> str:
    """A count, such as 1,365; one decimal where it is a mean below 100."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.1f}"


def share(value: float | None) -> str:
    """A share as per cent."""
    return UNKNOWN if value is None else f"{100 * value:.1f} %"


def duration(milliseconds: float | None) -> str:
    """A time in the unit that reads best."""
    if milliseconds is None:
        return UNKNOWN
    return f"{milliseconds:.0f} ms" if milliseconds < 1_000 else f"{milliseconds / 1_000:.1f} s"


def dollars(value: float | None) -> str:
    """An amount; small ones to a tenth of a cent."""
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.3f}"


def weekday(day: date) -> str:
    """A day, such as Sun 8 Nov 2026."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def points(now: float | None, before: float | None, better: Better) -> Change:
    """The change of a share, in percentage points."""
    if now is None or before is None:
        return NO_CHANGE
    return _change(round(100 * (now - before), 1), "points", better)


def relative(now: float | None, before: float | None, better: Better) -> Change:
    """The change of an amount, in per cent of what it was."""
    if now is None or not before:
        return NO_CHANGE
    return _change(round(100 * (now / before - 1), 1), "%", better)


def _change(by: float, unit: str, better: Better) -> Change:
    direction = (by > 0) - (by < 0)
    verdict = direction * better.value
    news = "good" if verdict > 0 else "bad" if verdict < 0 else "none"
    return Change(f"{_SIGNS[direction]}{abs(by):,.1f} {unit}", news)
