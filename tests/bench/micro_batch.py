"""The peer that teams write first: a consumer that appends micro-batches with pyiceberg.

It guarantees less than the stream job: a crash between the append and the offset commit
doubles a batch, its memory of event ids is lost with the process, and dead letters have
no table. It masks e-mail addresses only.
"""

import time
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Consumer, Message
from pyiceberg.catalog.sql import SqlCatalog

from streaming.settings import StreamingSettings

BATCH_ROWS = 250_000
EMAIL = r"[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"


def consume_into(catalog: SqlCatalog, settings: StreamingSettings, records: int, silver: bool) -> float:
    """Consumes so many records into ``peer.bronze`` and ``peer.silver``; returns seconds."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.bootstrap_servers,
            "group.id": f"peer-{time.time_ns()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    consumer.subscribe([settings.topic])
    seen: set[str] = set()
    done, started = 0, time.monotonic()
    while done < records:
        batch: list[Message] = []
        while len(batch) < min(BATCH_ROWS, records - done):
            batch += consumer.consume(10_000, timeout=1.0)
        _append(catalog, batch, seen, silver=silver)
        consumer.commit(asynchronous=False)
        done += len(batch)
    seconds = time.monotonic() - started
    consumer.close()
    return seconds


def _append(catalog: SqlCatalog, batch: list[Message], seen: set[str], *, silver: bool) -> None:
    rows = pa.Table.from_pylist([_row(message) for message in batch])
    _table(catalog, "peer.bronze", rows.schema).append(rows)
    if not silver:
        return
    first = [event_id not in seen and not seen.add(event_id) for event_id in rows["event_id"].to_pylist()]  # type: ignore[func-returns-value]
    kept = rows.filter(pa.array(first))
    payload = pc.replace_substring_regex(kept["value"].cast(pa.string()), EMAIL, "[EMAIL]")
    kept = kept.drop_columns(["value", "headers"]).append_column("payload", payload)
    _table(catalog, "peer.silver", kept.schema).append(kept)


def _row(message: Message) -> dict[str, Any]:
    headers = dict(message.headers() or [])
    time_ms = message.timestamp()[1]
    return {
        "topic": message.topic(),
        "kafka_partition": message.partition(),
        "kafka_offset": message.offset(),
        "broker_time": datetime.fromtimestamp(time_ms / 1000, UTC),
        "value": message.value(),
        "headers": str(headers),
        **{name: headers[f"ce_{key}"].decode() for name, key in _ENVELOPE.items()},  # type: ignore[union-attr]
    }


_ENVELOPE = {
    "event_id": "id",
    "event_type": "type",
    "event_time": "time",
    "tenant_id": "tenantid",
    "conversation_id": "subject",
    "turn": "turn",
    "traceparent": "traceparent",
    "agent_version": "agentversion",
}


def _table(catalog: SqlCatalog, name: str, schema: pa.Schema) -> Any:
    catalog.create_namespace_if_not_exists("peer")
    return catalog.create_table_if_not_exists(name, schema=schema)
