"""Records that were read and not yet written, and the rows that they become."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from tests.bench.peers.masking import masked

REQUIRED: Final = frozenset(
    f"ce_{name}"
    for name in (
        *("id", "type", "dataschema", "time"),
        *("tenantid", "subject", "turn", "agentversion", "traceparent"),
    )
)
"""Headers without which a record is no event."""

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_US: Final = pa.timestamp("us", tz="UTC")


class Record(NamedTuple):
    """A Kafka record; ``broker_time_ms`` and ``read_at`` (s) are since the epoch."""

    topic: str
    partition: int
    offset: int
    broker_time_ms: int
    read_at: float
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]

    @property
    def event_id(self) -> bytes | None:
        """The id of its event."""
        return next((value for name, value in self.headers if name == "ce_id"), None)

    @property
    def is_event(self) -> bool:
        """Whether it has an envelope, and a JSON object for a payload."""
        if self.value is None or not REQUIRED.issubset(dict(self.headers)):
            return False
        try:
            return isinstance(_decode(self.value), dict)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return False


def bronze_rows(records: Sequence[Record], schema: pa.Schema) -> pa.Table:
    """Rows of bronze: the records as they came."""
    envelopes = [{name: value.decode() for name, value in record.headers} for record in records]
    return _table(
        schema,
        {
            **_coordinates(records),
            "record_key": [record.key for record in records],
            "record_value": [record.value for record in records],
            "headers": [_encode(envelope) for envelope in envelopes],
            "event_id": [envelope.get("ce_id") for envelope in envelopes],
            "event_type": [envelope.get("ce_type") for envelope in envelopes],
            "tenant_id": [envelope.get("ce_tenantid") for envelope in envelopes],
            "conversation_id": [envelope.get("ce_subject") for envelope in envelopes],
            "tenant_group": [_group((envelope.get("ce_tenantid") or "").encode()) for envelope in envelopes],
        },
    )


def silver_rows(events: Sequence[Record], schema: pa.Schema) -> pa.Table:
    """Rows of silver: events with their envelope in columns and their payload masked.

    Raises:
        pa.ArrowInvalid: A time or a number in a header cannot be read.
    """
    envelopes = [dict(event.headers) for event in events]
    columns = {name: pa.array([e[f"ce_{name}"] for e in envelopes], pa.string()) for name in _READ}
    time = columns["time"].cast(pa.timestamp("ns", tz="UTC"))
    return _table(
        schema,
        {
            **_coordinates(events),
            "event_id": columns["id"],
            "event_type": columns["type"],
            "schema_version": pc.replace_substring_regex(columns["dataschema"], r"^.*:", "").cast(pa.int32()),
            "event_time": pc.floor_temporal(time, unit="microsecond").cast(_US),
            "event_time_ns": time.cast(pa.int64()),
            "tenant_id": columns["tenantid"],
            "conversation_id": columns["subject"],
            "turn": columns["turn"].cast(pa.int32()),
            "agent_version": columns["agentversion"],
            "experiments": [e.get("ce_experiments", b"{}") for e in envelopes],
            "trace_id": pc.utf8_slice_codeunits(columns["traceparent"], 3, 35),
            "span_id": pc.utf8_slice_codeunits(columns["traceparent"], 36, 52),
            "payload": [masked((event.value or b"").decode()) for event in events],
            "tenant_group": [_group(e["ce_tenantid"]) for e in envelopes],
        },
    )


_READ: Final = sorted(name.removeprefix("ce_") for name in REQUIRED)


def _group(tenant: bytes) -> str:
    """As many groups as ours by default; which tenant is in which one does not matter here."""
    return f"_{zlib.crc32(tenant) % 8}"


def _coordinates(records: Sequence[Record]) -> dict[str, Any]:
    return {
        "topic": [record.topic for record in records],
        "kafka_partition": [record.partition for record in records],
        "kafka_offset": [record.offset for record in records],
        "broker_time": _times(record.broker_time_ms * 1_000 for record in records),
        "ingested_at": _times(int(record.read_at * 1_000_000) for record in records),
    }


def _times(microseconds: Iterable[int]) -> pa.Array:
    return pa.array(list(microseconds), pa.int64()).cast(_US)


def _table(schema: pa.Schema, columns: dict[str, Any]) -> pa.Table:
    arrays = [
        values.cast(field.type) if isinstance(values, pa.Array) else pa.array(values, field.type)
        for field in schema
        for values in (columns[field.name],)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
