"""The ledger of delivery receipts: what the broker acknowledged, on disk.

The lake loads its segments into a table, and the accounting holds the table against
bronze: an event that has a receipt and is not in bronze is lost (spec E3, F4).
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA: Final = pa.schema(
    [
        ("event_id", pa.string()),
        ("topic", pa.string()),
        ("kafka_partition", pa.int32()),
        ("kafka_offset", pa.int64()),
        ("broker_time", pa.timestamp("us", "UTC")),
        ("acked_at", pa.timestamp("us", "UTC")),
        ("producer_id", pa.string()),
    ]
)


class ReceiptLedger:
    """Writes receipts into Parquet segments, each complete or not there.

    Args:
        folder: Where the producers' folders are.
        producer_id: The producer; its segments are ``<folder>/<producer_id>/<n>.parquet``.
        segment_rows: Receipts after which a segment is written.
        segment_seconds: Age after which a segment is written, whatever its size.
    """

    def __init__(
        self, folder: Path, producer_id: str, *, segment_rows: int = 50_000, segment_seconds: float = 2.0
    ) -> None:
        self._folder = folder / producer_id
        self._folder.mkdir(parents=True, exist_ok=True)
        self._producer_id = producer_id
        self._segment_rows = segment_rows
        self._segment_seconds = segment_seconds
        self._rows: list[tuple[str, str, int, int, int, int]] = []
        self._next_segment = len(list(self._folder.glob("*.parquet")))
        self._opened = time.monotonic()

    def record(self, event_id: str, topic: str, partition: int, offset: int, broker_time_ms: int) -> None:
        """Notes that the broker has the event."""
        self._rows.append((event_id, topic, partition, offset, broker_time_ms, time.time_ns()))
        if len(self._rows) >= self._segment_rows or time.monotonic() - self._opened >= self._segment_seconds:
            self.write_segment()

    def write_segment(self) -> None:
        """Puts what was noted since the last segment on disk."""
        self._opened = time.monotonic()
        if not self._rows:
            return
        path = self._folder / f"{self._next_segment:06d}.parquet"
        partial = path.with_suffix(".tmp")
        pq.write_table(pa.table(self._columns(), schema=SCHEMA), partial, compression="zstd")
        partial.rename(path)
        self._next_segment += 1
        self._rows.clear()

    def _columns(self) -> list["pa.Array[Any]"]:
        ids, topics, partitions, offsets, broker_ms, acked_ns = zip(*self._rows, strict=True)
        return [
            pa.array(ids, pa.string()),
            pa.array(topics, pa.string()),
            pa.array(partitions, pa.int32()),
            pa.array(offsets, pa.int64()),
            pa.array([1_000 * ms for ms in broker_ms], pa.int64()).cast(SCHEMA.field("broker_time").type),
            pa.array([ns // 1_000 for ns in acked_ns], pa.int64()).cast(SCHEMA.field("acked_at").type),
            pa.array([self._producer_id] * len(ids), pa.string()),
        ]


def new_producer_id(started: datetime | None = None, *, pid: int) -> str:
    """An id that no other producer process has: its start and its process id."""
    return f"{(started or datetime.now(UTC)):%Y%m%dT%H%M%S%f}-{pid}"
