"""The ledger of delivery receipts: what the broker acknowledged, on disk.

The lake loads its segments into a table, and the accounting holds the table against
bronze: an event that has a receipt and is not in bronze is lost (spec E3, F4).

A receipt goes into a memory-mapped journal first and into a Parquet segment seconds later.
Kill the process at any point: what it had noted is in the journal, and the next producer
of the folder, or :func:`recover_receipts`, makes a segment of it. Unknown stays only what
the broker acknowledged and the process had not read yet.
"""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from streaming.journal import SCHEMA, SUFFIX, ReceiptJournal

__all__ = ["SCHEMA", "ReceiptLedger", "new_producer_id", "recover_receipts"]

_MOST_SEALED: Final = 8
"""Full journals that may wait for their segment before :meth:`ReceiptLedger.record` writes one itself."""

_PARQUET: Final[dict[str, Any]] = {
    "compression": "zstd",
    "use_dictionary": ["topic", "producer_id"],
    "column_encoding": dict.fromkeys(
        ("kafka_partition", "kafka_offset", "broker_time", "acked_at"), "DELTA_BINARY_PACKED"
    ),
}


class ReceiptLedger:
    """Writes receipts into Parquet segments, each complete or not there.

    Args:
        folder: Where the producers' folders are.
        producer_id: The producer; its segments are ``<folder>/<producer_id>/<n>.parquet``.
        segment_rows: Receipts after which a segment is due.
        segment_seconds: Age after which a segment is due, whatever its size.
    """

    def __init__(
        self, folder: Path, producer_id: str, *, segment_rows: int = 50_000, segment_seconds: float = 2.0
    ) -> None:
        self._folder = folder / producer_id
        self._folder.mkdir(parents=True, exist_ok=True)
        self._producer_id = producer_id
        self._segment_rows = segment_rows
        self._segment_seconds = segment_seconds
        self._open: ReceiptJournal | None = None
        self._sealed: list[ReceiptJournal] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._opened = time.monotonic()
        recover_receipts(folder, producer_id)
        self.next_segment = _next_segment(self._folder)

    @property
    def unwritten(self) -> int:
        """Receipts in journals, not in a segment yet."""
        with self._lock:
            return sum(j.rows for j in [*self._sealed, *([self._open] if self._open else [])])

    def record(self, event_id: str, topic: str, partition: int, offset: int, broker_time_ms: int) -> None:
        """Notes that the broker has the event; errors as for :meth:`record_all`."""
        self.record_all([event_id.encode()], topic, [partition], [offset], [broker_time_ms])

    def record_all(
        self,
        event_ids: Sequence[bytes],
        topic: str,
        partitions: Sequence[int],
        offsets: Sequence[int],
        broker_times_ms: Sequence[int],
    ) -> None:
        """Notes that the broker has some events, all of them or, if it fails, none.

        Raises:
            JournalError: An event id is longer than a UUID.
            OSError: The disk is full.
        """
        acked_ns, count = time.time_ns(), len(event_ids)
        with self._lock:
            journal = self._open
            if journal is None or journal.room < count or journal.topic != topic:
                journal = self._next_journal(topic, max(count, self._segment_rows))
            journal.extend(event_ids, partitions, offsets, broker_times_ms, acked_ns)
        if len(self._sealed) > _MOST_SEALED:
            self._write_sealed()

    def write_due(self) -> None:
        """Puts on disk what is due by number or age."""
        if time.monotonic() - self._opened >= self._segment_seconds:
            self.write_segment()
        elif self._sealed:
            self._write_sealed()

    def write_segment(self) -> None:
        """Puts what was noted since the last segment on disk."""
        with self._lock:
            self._seal()
            self._opened = time.monotonic()
        self._write_sealed()

    def _seal(self) -> None:
        if self._open is not None:
            self._sealed.append(self._open)
            self._open = None

    def _next_journal(self, topic: str, rows: int) -> ReceiptJournal:
        self._seal()
        path = self._folder / f"{self.next_segment:06d}{SUFFIX}"
        self._open = ReceiptJournal.create(path, topic, rows)
        self.next_segment += 1
        return self._open

    def _write_sealed(self) -> None:
        with self._writing:
            while self._sealed:
                _write(self._sealed[0], self._producer_id)
                with self._lock:
                    self._sealed.pop(0)


def recover_receipts(folder: Path, producer_id: str = "*") -> int:
    """Makes segments of the journals that dead producers left behind.

    Args:
        folder: Where the producers' folders are.
        producer_id: Of this producer alone.

    Returns:
        Receipts recovered.

    Raises:
        JournalError: A file is not a journal.
    """
    recovered = 0
    for path in sorted(folder.glob(f"{producer_id}/*{SUFFIX}")):
        journal = ReceiptJournal.adopt(path)
        if journal is not None:
            recovered += journal.rows
            _write(journal, path.parent.name)
    return recovered


def new_producer_id(started: datetime | None = None, *, pid: int) -> str:
    """An id that no other producer process has: its start and its process id."""
    return f"{(started or datetime.now(UTC)):%Y%m%dT%H%M%S%f}-{pid}"


def _write(journal: ReceiptJournal, producer_id: str) -> None:
    """Makes a segment of a journal; done again after a crash, it makes the same segment."""
    if journal.rows:
        segment = journal.path.with_suffix(".parquet")
        partial = journal.path.with_suffix(".tmp")
        pq.write_table(journal.table(producer_id), partial, **_PARQUET)
        partial.rename(segment)
    journal.remove()


def _next_segment(folder: Path) -> int:
    taken = (int(path.stem) for path in folder.iterdir() if path.stem.isdigit())
    return 1 + max(taken, default=-1)
