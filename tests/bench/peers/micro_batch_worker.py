"""``python -m …micro_batch_worker NAMESPACE GROUP``: a consumer that appends micro-batches.

What a team writes first: read for a while, append to both tables with pyiceberg, commit
the offsets, go on. It ends on SIGTERM with what it has read.
"""

import faulthandler
import signal
import sys
import time
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.measured import COMMIT_INTERVAL_S
from tests.bench.peers.rows import Record, bronze_rows, silver_rows
from tests.bench.peers.tables import tables_of

_BATCH_RECORDS: Final = 200_000
_POLL_RECORDS: Final = 5_000


class MicroBatches:
    """Records since the last commit, and the ids of all events before."""

    def __init__(self, catalog: SqlCatalog, namespace: str) -> None:
        names = tables_of(namespace)
        self._bronze = catalog.load_table(names.bronze)
        self._silver = catalog.load_table(names.silver or "")
        self._seen: set[bytes] = set()
        self._since = time.monotonic()
        self.records: list[Record] = []

    @property
    def due(self) -> bool:
        """Whether it is time to commit."""
        waited = time.monotonic() - self._since
        return waited >= COMMIT_INTERVAL_S or len(self.records) >= _BATCH_RECORDS

    def read(self, consumer: Consumer) -> None:
        """Takes what the broker has, half a second at most."""
        read_at = time.time()
        # Apart from the next line: a rebalance inside commits, and begins a new list of records.
        messages = consumer.consume(_POLL_RECORDS, timeout=0.5)
        self.records += [_record(message, read_at) for message in messages]

    def commit(self, consumer: Consumer) -> None:
        """Appends to bronze and silver, then tells the broker; a crash in between doubles the batch."""
        records, self.records = self.records, []
        if records:
            self._bronze.append(bronze_rows(records, self._bronze.schema().as_arrow()))
            if events := [record for record in records if record.is_event and self._is_new(record)]:
                self._silver.append(silver_rows(events, self._silver.schema().as_arrow()))
            _commit_offsets(consumer, _behind(records))
        self._since = time.monotonic()

    def _is_new(self, record: Record) -> bool:
        before = len(self._seen)
        self._seen.add(record.event_id or b"")
        return len(self._seen) > before


def main(namespace: str, group: str) -> int:
    """Consumes until SIGTERM."""
    faulthandler.register(signal.SIGQUIT)
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    streaming = StreamingSettings()
    batches = MicroBatches(open_catalog(LakeSettings()), namespace)
    consumer = Consumer(
        {
            "bootstrap.servers": streaming.bootstrap_servers,
            "group.id": group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    # What was read of partitions that go to another process is committed before they go.
    consumer.subscribe([streaming.topic], on_revoke=lambda given, _partitions: batches.commit(given))
    while not stopping:
        batches.read(consumer)
        if batches.due:
            batches.commit(consumer)
    batches.commit(consumer)
    consumer.close()
    return 0


def _record(message: Message, read_at: float) -> Record:
    if (error := message.error()) is not None:
        raise RuntimeError(f"the topic cannot be read: {error.str()}")
    return Record(
        topic=message.topic() or "",
        partition=message.partition() or 0,
        offset=message.offset() or 0,
        broker_time_ms=message.timestamp()[1],
        read_at=read_at,
        key=message.key(),
        value=message.value(),
        headers=message.headers() or [],  # type: ignore[arg-type]
    )


def _commit_offsets(consumer: Consumer, offsets: list[TopicPartition]) -> None:
    # A partition that is refused raises nothing by itself.
    for committed in consumer.commit(offsets=offsets, asynchronous=False) or []:
        if committed.error is not None:
            raise RuntimeError(
                f"offset {committed.offset} of partition {committed.partition} was not committed, "
                f"its records are doubled: {committed.error.str()}"
            )


def _behind(records: list[Record]) -> list[TopicPartition]:
    last = {(record.topic, record.partition): record.offset for record in records}
    return [TopicPartition(topic, partition, offset + 1) for (topic, partition), offset in last.items()]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
