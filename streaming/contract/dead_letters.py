"""A record that the stream refused, as it was produced, and what marks its replay (spec F2)."""

from datetime import datetime
from typing import Final

from msgspec import Struct

REPLAY_OF: Final = "ce_replayof"
"""Header of a replay: the coordinates of the dead letter, as :attr:`DeadLetter.place` gives them."""
REPLAY_REPAIR: Final = "ce_replayrepair"
"""Header of a replay: the name of the repair that made it of the dead letter."""


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A record that is not a valid event.

    Attributes:
        topic: Where it came from.
        partition: Where it came from.
        offset: Where it came from.
        broker_time: When the producer handed it over.
        reason: Why it is not an event.
        key: As produced.
        value: As produced; None for a tombstone.
        headers: As produced.
    """

    topic: str
    partition: int
    offset: int
    broker_time: datetime
    reason: str
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes | None]

    @property
    def place(self) -> str:
        """Its coordinates, ``topic/partition/offset``."""
        return f"{self.topic}/{self.partition}/{self.offset}"
