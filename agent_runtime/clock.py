"""Clocks: real ones pass by themselves, replayed ones by what the record says."""

import asyncio
import time
from typing import Final, Protocol


class Clock(Protocol):
    """Tells the time of a conversation, ns since the epoch."""

    def now_ns(self) -> int:
        """The time; every reading is later than the one before."""
        ...

    def advance(self, duration_ns: int) -> None:
        """Lets recorded time pass. A real clock ignores this."""
        ...

    async def sleep(self, duration_ns: int) -> None:
        """Waits; a replayed clock only says that it did."""
        ...


class SystemClock:
    """The time of the machine, made strictly increasing."""

    def __init__(self) -> None:
        self._last = 0

    def now_ns(self) -> int:
        """See :class:`Clock`."""
        self._last = max(time.time_ns(), self._last + 1)
        return self._last

    def advance(self, duration_ns: int) -> None:
        """See :class:`Clock`."""

    async def sleep(self, duration_ns: int) -> None:
        """See :class:`Clock`."""
        await asyncio.sleep(duration_ns / 1e9)


class ReplayClock:
    """A time that starts where it is told and moves only when it is told.

    Args:
        start_ns: First reading, ns since the epoch.
    """

    TICK_NS: Final = 1_000
    """How much each reading adds, so that events keep their order at microseconds."""

    def __init__(self, start_ns: int) -> None:
        self._now = start_ns

    def now_ns(self) -> int:
        """See :class:`Clock`."""
        self._now += self.TICK_NS
        return self._now

    def advance(self, duration_ns: int) -> None:
        """See :class:`Clock`."""
        self._now += duration_ns

    async def sleep(self, duration_ns: int) -> None:
        """See :class:`Clock`."""
        self._now += duration_ns
