"""Decides when new events are built, and which days: at most one build at a time, none in vain."""

from collections.abc import Sequence

from msgspec import Struct, structs


class Cursor(Struct, frozen=True, kw_only=True):
    """What the sensor remembers.

    Attributes:
        built: Snapshot of ``silver.events`` up to which everything is built; None before the first.
        asked: Snapshot up to which the build that was asked for goes; None where none is open.
        asked_at: When it was asked for, seconds since the epoch.
        tries: How often it was asked for without success.
    """

    built: int | None = None
    asked: int | None = None
    asked_at: float = 0.0
    tries: int = 0

    @property
    def token(self) -> str:
        """Names the build that is open, for its runs' tags."""
        return f"{self.asked}-{self.tries}"


class Ask(Struct, frozen=True, kw_only=True):
    """A build to ask for."""

    cursor: Cursor


class Wait(Struct, frozen=True, kw_only=True):
    """Nothing to do, and why."""

    cursor: Cursor
    why: str


def settle(cursor: Cursor, states: Sequence[bool | None]) -> Cursor:
    """Takes note of how the open build's runs ended.

    Args:
        cursor: The cursor before.
        states: For each run whether it succeeded; None while it is under way.
    """
    if cursor.asked is None or None in states:
        return cursor
    if states and all(states):
        return Cursor(built=cursor.asked, asked_at=cursor.asked_at)
    return structs.replace(cursor, asked=None, tries=cursor.tries + 1)


def decide(cursor: Cursor, newest: int | None, now: float, every_s: float) -> Ask | Wait:
    """What to do about the newest snapshot of ``silver.events``.

    A build that failed is asked for again with whatever came since, each time after twice the
    wait, up to 32 times the least one.

    Args:
        cursor: The cursor after :func:`settle`.
        newest: The newest snapshot; None where there is none.
        now: Seconds since the epoch.
        every_s: Least time between two builds, seconds.
    """
    if cursor.asked is not None:
        return Wait(cursor=cursor, why=f"the build up to snapshot {cursor.asked} is under way")
    if newest is None or newest == cursor.built:
        return Wait(cursor=cursor, why=f"nothing new since snapshot {newest}")
    wait_s = cursor.asked_at + every_s * 2 ** min(cursor.tries, 5) - now
    if wait_s > 0:
        return Wait(cursor=cursor, why=f"snapshot {newest} is new; the next build is due in {wait_s:.0f} s")
    return Ask(cursor=structs.replace(cursor, asked=newest, asked_at=now))
