"""What an agent may do: nothing that was not granted (spec A5)."""

from collections.abc import Iterable
from typing import Final, Protocol

from msgspec import Struct

from agent_runtime.clock import Clock
from agent_runtime.emitter import Emitter
from agent_runtime.errors import TerminalError
from streaming.contract import payloads as p

LONGEST_ELEVATION_S: Final = 900.0
"""An elevation ends after a quarter of an hour at the latest."""


class Allows(Protocol):
    """Decides what may be done."""

    def allows(self, permission: str) -> bool:
        """Whether something may be done now."""
        ...


class ElevationError(TerminalError):
    """An elevation that lasts too long, or of which nobody says who grants it and why."""


class Elevation(Struct, frozen=True, kw_only=True):
    """A permission for a short while."""

    actor: str
    until_ns: int


class Permissions:
    """The permissions of an agent in one conversation.

    Args:
        granted: What the agent may do by its configuration.
        emitter: Where decisions are told.
        clock: Ends elevations.
    """

    def __init__(self, granted: Iterable[str], emitter: Emitter, clock: Clock) -> None:
        self._granted = frozenset(granted)
        self._elevated: dict[str, Elevation] = {}
        self._emitter = emitter
        self._clock = clock

    def elevate(self, permission: str, *, actor: str, reason: str, for_s: float) -> None:
        """Grants a permission for a while; told as an ``audit_decision``.

        Args:
            permission: What may be done.
            actor: Who grants it.
            reason: Why.
            for_s: For how long, seconds, at most :data:`LONGEST_ELEVATION_S`.

        Raises:
            ElevationError: It lasts too long, or actor or reason are missing.
        """
        if not 0 < for_s <= LONGEST_ELEVATION_S:
            message = f"an elevation lasts up to {LONGEST_ELEVATION_S:g} s, not {for_s:g}: ask again later"
            raise ElevationError(message)
        if not actor or not reason:
            raise ElevationError("an elevation needs somebody who grants it, and a reason")
        until_ns = self._clock.now_ns() + int(for_s * 1e9)
        self._elevated[permission] = Elevation(actor=actor, until_ns=until_ns)
        self._decided(f"elevated:{permission}", actor, f"for {for_s:g} s: {reason}")

    def revoke(self, permission: str, *, actor: str, reason: str) -> None:
        """Ends an elevation early."""
        if self._elevated.pop(permission, None):
            self._decided(f"revoked:{permission}", actor, reason)

    def allows(self, permission: str) -> bool:
        """Whether something may be done now; what is done by an elevation is told each time."""
        if permission in self._granted:
            return True
        elevation = self._elevated.get(permission)
        if elevation is None:
            return False
        if self._clock.now_ns() >= elevation.until_ns:
            del self._elevated[permission]
            self._decided(f"lapsed:{permission}", "runtime", "the time of the elevation is over")
            return False
        self._decided(f"used:{permission}", elevation.actor, "done by an elevation")
        return True

    def _decided(self, decision: str, actor: str, reason: str) -> None:
        self._emitter.emit(p.AuditDecision(decision=decision, actor=actor, reason=reason))


class NarrowedPermissions:
    """What an agent may do on behalf of another one: what it was given, as far as the other may as well.

    Args:
        granted: What it was given.
        within: What the other one may do now, elevations included.
    """

    def __init__(self, granted: Iterable[str], within: Allows) -> None:
        self._granted = frozenset(granted)
        self._within = within

    def allows(self, permission: str) -> bool:
        """See :class:`Allows`."""
        return permission in self._granted and self._within.allows(permission)
