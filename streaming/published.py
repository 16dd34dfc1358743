"""A producer's state in a file, for those who look from outside its process (spec E7).

One JSON file a producer, replaced whole at most once a second. Its time tells whether the
producer still lives: one that was killed stops writing, one that ends in order says so.
"""

import logging
import time
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

from streaming.metrics import ProducerMetrics

EVERY_S: Final = 1.0
"""Seconds between two writes."""
LOST_AFTER_S: Final = 10.0
"""Age in seconds at which the word of a producer that says it runs is no longer taken."""
FORGOTTEN_AFTER_S: Final = 3600.0
"""Age in seconds at which a producer that is gone is no longer told of."""

Presence = Literal["running", "ended", "lost"]

_log = logging.getLogger(__name__)


class PublishedState(Struct, frozen=True, kw_only=True):
    """What a producer wrote about itself last.

    Attributes:
        producer_id: Its name in the ledger.
        written_at: When, in seconds since the epoch.
        ended: Whether it wrote this at its orderly end.
        metrics: Its state then.
    """

    producer_id: str
    written_at: float
    ended: bool
    metrics: ProducerMetrics

    def presence(self, now: float) -> Presence:
        """Whether it runs, ended in order, or was lost: it should have written and did not."""
        if self.ended:
            return "ended"
        return "running" if now - self.written_at <= LOST_AFTER_S else "lost"


class Publisher:
    """Writes the state of one producer. A disk that is full is told in the log and costs no event.

    Args:
        folder: Where producers publish; it is made, and cleared of what is forgotten.
        producer_id: The producer.
    """

    def __init__(self, folder: Path, producer_id: str) -> None:
        self._path = folder / f"{producer_id}.json"
        self._producer_id = producer_id
        self._written = -EVERY_S
        self._told = False
        folder.mkdir(parents=True, exist_ok=True)
        _forget(folder, time.time())

    def due(self, now: float) -> bool:
        """Whether it is time to write; ``now`` is of the monotonic clock."""
        return now - self._written >= EVERY_S

    def write(self, metrics: ProducerMetrics, *, ended: bool = False) -> None:
        """Replaces the file."""
        self._written = time.monotonic()
        state = PublishedState(
            producer_id=self._producer_id, written_at=time.time(), ended=ended, metrics=metrics
        )
        partial = self._path.with_suffix(".tmp")
        try:
            partial.write_bytes(msgspec.json.encode(state))
            partial.replace(self._path)
        except OSError as trouble:
            if not self._told:
                _log.warning("metrics of producer %s are not published: %s", self._producer_id, trouble)
            self._told = True
        else:
            self._told = False


def published(folder: Path, now: float) -> list[PublishedState]:
    """What producers wrote about themselves, newest first, without those that are forgotten.

    Args:
        folder: Where they publish; it need not exist.
        now: Seconds since the epoch.
    """
    states = [state for path in folder.glob("*.json") if (state := _read(path)) is not None]
    remembered = [state for state in states if now - state.written_at <= FORGOTTEN_AFTER_S]
    return sorted(remembered, key=lambda state: (-state.written_at, state.producer_id))


def _read(path: Path) -> PublishedState | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=PublishedState)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as unreadable:
        _log.warning("%s is not a producer's state: %s", path, unreadable)
        return None


def _forget(folder: Path, now: float) -> None:
    for path in [*folder.glob("*.json"), *folder.glob("*.tmp")]:
        try:
            if now - path.stat().st_mtime > FORGOTTEN_AFTER_S:
                path.unlink()
        except FileNotFoundError:  # another producer was quicker
            continue
