"""What a faultless stream makes of records, station by station; tests then plant faults."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.tables import BRONZE, DEAD_LETTERS, SILVER
from streaming.contract.cloudevents import Record, decode, encode
from streaming.contract.events import AgentEvent
from streaming.contract.header_text import encode_headers
from streaming.contract.payloads import PAYLOADS
from streaming.errors import MalformedEventError
from streaming.receipts import ReceiptLedger

TOPIC = "agent.events"
GROUP = "_0"
"""Of all tenants: which one it is matters to the stream's files alone."""
HANDED_OVER = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Delivery:
    """A record and where the broker put it."""

    record: Record
    partition: int
    offset: int
    broker_time: datetime

    @property
    def event_id(self) -> str:
        return dict(self.record.headers).get("ce_id", b"").decode()

    @property
    def coordinates(self) -> dict[str, Any]:
        return {
            "topic": TOPIC,
            "kafka_partition": self.partition,
            "kafka_offset": self.offset,
            "broker_time": self.broker_time,
        }

    def again(self, offset: int) -> "Delivery":
        """The same event a second time in the log."""
        return replace(self, offset=offset)


def deliver(
    events: Iterable[AgentEvent | Record], *, partitions: int = 2, since: datetime = HANDED_OVER
) -> list[Delivery]:
    """Puts records into the log, one each millisecond, by turns into the partitions."""
    return [
        Delivery(
            record=event if isinstance(event, Record) else encode(event),
            partition=i % partitions,
            offset=i // partitions,
            broker_time=since + timedelta(milliseconds=i),
        )
        for i, event in enumerate(events)
    ]


@dataclass
class Stations:
    """What is at each station of the stream."""

    receipts: list[Delivery] = field(default_factory=list)
    bronze: list[Delivery] = field(default_factory=list)
    silver: list[Delivery] = field(default_factory=list)
    dead_letters: list[Delivery] = field(default_factory=list)

    def write(self, catalog: SqlCatalog, receipts_dir: Path | None = None, segment: str = "p1") -> None:
        """Appends everything to the tables, and the receipts to a producer's ledger."""
        append(catalog, BRONZE.name, [bronze_row(d) for d in self.bronze])
        append(catalog, SILVER.name, [silver_row(d) for d in self.silver])
        append(catalog, DEAD_LETTERS.name, [dead_letter_row(d) for d in self.dead_letters])
        if receipts_dir is not None:
            write_receipts(receipts_dir, segment, self.receipts)


def flow(deliveries: Iterable[Delivery]) -> Stations:
    """The stations after a stream without faults."""
    stations, seen = Stations(), set[str]()
    for delivery in deliveries:
        stations.receipts.append(delivery)
        stations.bronze.append(delivery)
        try:
            decode(delivery.record)
        except MalformedEventError:
            stations.dead_letters.append(delivery)
            continue
        if delivery.event_id not in seen:
            stations.silver.append(delivery)
        seen.add(delivery.event_id)
    return stations


def append(catalog: SqlCatalog, name: str, rows: list[dict[str, Any]]) -> None:
    """Appends rows to a table as one snapshot."""
    table = catalog.load_table(name)
    if rows:
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))


def write_receipts(folder: Path, producer: str, deliveries: Iterable[Delivery]) -> None:
    """Writes a segment of a producer's ledger, with the producer's own code."""
    ledger = ReceiptLedger(folder, producer, segment_rows=1_000_000, segment_seconds=1e9)
    for d in deliveries:
        ms = int(d.broker_time.timestamp() * 1_000)
        ledger.record(d.event_id, TOPIC, d.partition, d.offset, ms)
    ledger.write_segment()


def read_receipts(folder: Path) -> int:
    """How many receipts the ledger of a folder holds."""
    return sum(pq.read_metadata(path).num_rows for path in folder.glob("*/*.parquet"))


def bronze_row(delivery: Delivery) -> dict[str, Any]:
    envelope = {name: value.decode() for name, value in delivery.record.headers}
    return {
        **delivery.coordinates,
        **_raw(delivery),
        "event_id": envelope.get("ce_id"),
        "event_type": envelope.get("ce_type"),
        "tenant_id": envelope.get("ce_tenantid"),
        "conversation_id": envelope.get("ce_subject"),
        "tenant_group": GROUP,
    }


def silver_row(delivery: Delivery) -> dict[str, Any]:
    event = decode(delivery.record)
    return {
        "event_id": event.id,
        "event_type": event.type,
        "schema_version": PAYLOADS[event.type].VERSION,
        "event_time": datetime.fromtimestamp(event.time_ns // 1_000 / 1e6, UTC),
        "event_time_ns": event.time_ns,
        "tenant_id": event.tenant_id,
        "conversation_id": event.conversation_id,
        "turn": event.turn,
        "agent_version": event.agent_version,
        "experiments": msgspec.json.encode(event.experiments).decode(),
        "trace_id": event.trace_id,
        "span_id": event.span_id,
        "payload": delivery.record.value.decode(),
        **delivery.coordinates,
        "ingested_at": delivery.broker_time + timedelta(seconds=1),
        "tenant_group": GROUP,
    }


def dead_letter_row(delivery: Delivery) -> dict[str, Any]:
    return {**delivery.coordinates, **_raw(delivery), "reason": "invalid payload"}


def _raw(delivery: Delivery) -> dict[str, Any]:
    return {
        "ingested_at": delivery.broker_time + timedelta(seconds=1),
        "record_key": delivery.record.key,
        "record_value": delivery.record.value,
        "headers": encode_headers(delivery.record.headers),
    }
