"""A circuit breaker: what fails again and again is left alone for a while (spec A10).

Source: M. Nygard, Release It!, circuit breaker.
"""

import time
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half_open"]


class CircuitBreaker:
    """Opens after failures in a row; after a while lets one call try, and closes where it succeeds.

    Args:
        failures: How many in a row open it.
        open_s: How long it stays open, seconds.
        clock_s: What the time is measured with, seconds.
    """

    def __init__(
        self, *, failures: int = 5, open_s: float = 30.0, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._open_s = open_s
        self._clock_s = clock_s
        self._failures = 0
        self._opened_s: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        """``closed``: calls pass. ``open``: none does. ``half_open``: one may try."""
        if self._opened_s is None:
            return "closed"
        return "half_open" if self._clock_s() - self._opened_s >= self._open_s else "open"

    def admit(self) -> bool:
        """Whether a call may pass; who was admitted reports how it went, by one of the methods below."""
        if self.state == "closed":
            return True
        if self.state == "open" or self._trying:
            return False
        self._trying = True
        return True

    def succeeded(self) -> None:
        """The call was answered."""
        self._failures, self._opened_s, self._trying = 0, None, False

    def failed(self) -> None:
        """The call failed, and the other side is to blame."""
        self._failures += 1
        self._trying = False
        if self._opened_s is not None or self._failures >= self._limit:
            self._opened_s = self._clock_s()

    def unknown(self) -> None:
        """The call says nothing about the other side: it was cancelled, or the caller was to blame."""
        self._trying = False
