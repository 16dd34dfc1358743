"""A journal of delivery receipts in a memory-mapped file.

What stands in the mapping belongs to the kernel: it survives the end of the process,
however that comes. A row is 64 bytes.
"""

import fcntl
import mmap
import os
import struct
from collections.abc import Sequence
from itertools import repeat, starmap
from pathlib import Path
from typing import Final, Self

import pyarrow as pa
import pyarrow.compute as pc

from streaming.errors import TerminalError

SUFFIX: Final = ".journal"
_TIME: Final = pa.timestamp("us", "UTC")
SCHEMA: Final = pa.schema(
    [
        ("event_id", pa.string()),
        ("topic", pa.string()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("broker_time", _TIME),
        ("acked_at", _TIME),
        ("producer_id", pa.string()),
    ]
)
_MAGIC: Final = b"TSRECPT1"
_HEADER: Final = struct.Struct("<8sQ256s")
_HEADER_BYTES: Final = 512
_ID_BYTES: Final = 36
_ROW: Final = struct.Struct("<36siqqq")
"""Event id, partition, offset, broker time in ms, time of the ack in ns; 64 bytes."""


class JournalError(TerminalError):
    """A file that is not a journal of receipts."""


class ReceiptJournal:
    """A fixed number of rows; a row counts once its last field, the time of the ack, is there.

    Holds an exclusive lock on its file while open: a journal that can be locked has no owner
    any more. The number of the journal is the number of the segment that it becomes.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._map = mmap.mmap(descriptor, 0)
        magic, capacity, topic = _HEADER.unpack_from(self._map)
        if magic != _MAGIC or len(self._map) != _HEADER_BYTES + capacity * _ROW.size:
            raise JournalError(f"{path}: not a journal of receipts; move it away and start again")
        self.topic: str = topic.rstrip(b"\0").decode()
        self.capacity: int = capacity
        self.rows = 0

    @classmethod
    def create(cls, path: Path, topic: str, rows: int) -> Self:
        """A new journal; its space is reserved, so that it cannot run out half-way.

        Raises:
            OSError: The disk is full.
        """
        opening = path.with_suffix(".opening")
        descriptor = os.open(opening, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.posix_fallocate(descriptor, 0, _HEADER_BYTES + rows * _ROW.size)
        os.pwrite(descriptor, _HEADER.pack(_MAGIC, rows, topic.encode()), 0)
        opening.rename(path)
        return cls(path, descriptor)

    @classmethod
    def adopt(cls, path: Path) -> Self | None:
        """The journal of a process that is gone; None where its owner lives.

        Raises:
            JournalError: It is not a journal.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            journal = cls(path, descriptor)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except (ValueError, struct.error) as cause:
            os.close(descriptor)
            raise JournalError(f"{path}: not a journal of receipts ({cause})") from cause
        journal.rows = journal._written()
        return journal

    @property
    def room(self) -> int:
        """Rows that are left."""
        return self.capacity - self.rows

    def extend(
        self,
        event_ids: Sequence[bytes],
        partitions: Sequence[int],
        offsets: Sequence[int],
        broker_ms: Sequence[int],
        acked_ns: int,
    ) -> None:
        """Notes receipts; the caller has looked whether there is room.

        Raises:
            JournalError: An event id is longer than a UUID; nothing was noted.
        """
        longest = max(event_ids, key=len, default=b"")
        if len(longest) > _ID_BYTES:
            raise JournalError(f"event id {longest[:100]!r} is longer than a UUID; the ledger takes UUIDs")
        rows = zip(event_ids, partitions, offsets, broker_ms, repeat(acked_ns), strict=False)
        packed = b"".join(starmap(_ROW.pack, rows))
        at = _HEADER_BYTES + self.rows * _ROW.size
        self._map[at : at + len(packed)] = packed
        self.rows += len(event_ids)

    def table(self, producer_id: str) -> pa.Table:
        """The rows as a segment of the ledger."""
        taken = self._map[_HEADER_BYTES : _HEADER_BYTES + self.rows * _ROW.size]
        rows = pa.Array.from_buffers(pa.binary(_ROW.size), self.rows, [None, pa.py_buffer(taken)])
        ids = pc.binary_slice(rows, 0, 36).cast(pa.binary()).cast(pa.string())
        columns = [
            pc.utf8_rtrim(ids, "\0"),
            pa.repeat(pa.scalar(self.topic, pa.string()), self.rows),
            pc.binary_slice(rows, 36, 40).view(pa.int32()),
            pc.binary_slice(rows, 40, 48).view(pa.int64()),
            pc.binary_slice(rows, 48, 56).view(pa.timestamp("ms", "UTC")).cast(_TIME),
            pc.binary_slice(rows, 56, 64).view(pa.timestamp("ns", "UTC")).cast(_TIME, safe=False),
            pa.repeat(pa.scalar(producer_id, pa.string()), self.rows),
        ]
        return pa.table(columns, schema=SCHEMA)

    def remove(self) -> None:
        """Closes it and removes its file: its rows are elsewhere now."""
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Lets go of the file and of its lock."""
        self._map.close()
        os.close(self._descriptor)

    def _written(self) -> int:
        rows = range(self.capacity)
        return next((row for row in rows if not self._acked_ns(row)), self.capacity)

    def _acked_ns(self, row: int) -> int:
        at = _HEADER_BYTES + row * _ROW.size
        return int(_ROW.unpack_from(self._map, at)[-1])
