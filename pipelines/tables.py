"""Schemas and partitioning of the tables that the stream writes, stated once.

Flink and Python share them through the catalog: the lake creates the tables, the
Flink job only inserts. Append-only, format v2: what pyiceberg can read (ADR 002).
"""

from typing import Final

from pyiceberg.types import (
    BinaryType,
    BooleanType,
    IntegerType,
    ListType,
    LongType,
    StringType,
    TimestamptzType,
)

from pipelines.table_definition import Column, TableDefinition, partitioning_of, schema_of

_COORDINATES: Final[tuple[Column, ...]] = (
    ("topic", StringType(), "Kafka topic"),
    ("kafka_partition", IntegerType(), "Kafka partition"),
    ("kafka_offset", LongType(), "Kafka offset"),
    ("broker_time", TimestamptzType(), "timestamp of the record: when the producer handed it over"),
)
_INGESTED: Final[Column] = ("ingested_at", TimestamptzType(), "when the stream engine read the record")
_TENANT_GROUP: Final[Column] = (
    "tenant_group",
    StringType(),
    "which tenants share files: a big one has its own, the small ones are spread over some (ADR 010)",
)
_RAW: Final[tuple[Column, ...]] = (
    ("record_key", BinaryType(), "key as produced"),
    ("record_value", BinaryType(), "value as produced"),
    ("headers", StringType(), "headers as produced, a JSON object: streaming/contract/header_text.py"),
)

_bronze = schema_of(
    (
        *_COORDINATES,
        _INGESTED,
        *_RAW,
        ("event_id", StringType(), "ce_id, null where the header is missing"),
        ("event_type", StringType(), "ce_type"),
        ("tenant_id", StringType(), "ce_tenantid"),
        ("conversation_id", StringType(), "ce_subject"),
        _TENANT_GROUP,
    )
)
_silver = schema_of(
    (
        ("event_id", StringType(), "UUIDv7; unique in this table"),
        ("event_type", StringType(), "type of the contract"),
        ("schema_version", IntegerType(), "version of the type's schema"),
        ("event_time", TimestamptzType(), "when it happened, microseconds"),
        ("event_time_ns", LongType(), "when it happened, ns since the epoch"),
        ("tenant_id", StringType(), "the company whose customer talks"),
        ("conversation_id", StringType(), "the conversation"),
        ("turn", IntegerType(), "customer messages so far"),
        ("agent_version", StringType(), "version of the agent's configuration"),
        ("experiments", StringType(), "JSON object: variant by experiment"),
        ("trace_id", StringType(), "W3C trace id"),
        ("span_id", StringType(), "W3C span id"),
        ("payload", StringType(), "JSON object, structured PII masked"),
        *_COORDINATES,
        _INGESTED,
        _TENANT_GROUP,
    )
)
_dead_letters = schema_of(
    (
        *_COORDINATES,
        _INGESTED,
        ("reason", StringType(), "why the record is not an event"),
        *_RAW,
    )
)
_receipts = schema_of(
    (
        ("event_id", StringType(), "the event that the broker acknowledged"),
        *_COORDINATES,
        ("acked_at", TimestamptzType(), "when the producer learned of it"),
        ("producer_id", StringType(), "the producer process"),
        ("segment", StringType(), "file of the ledger; a segment is loaded once"),
    )
)

_STREAMED: Final = {
    # Ids, times and texts have no two values alike: a column gives up on a dictionary after 64 KiB.
    "write.parquet.dict-size-bytes": "65536",
    "write.parquet.compression-level": "1",
}
"""How the stream writes: its cost is the cost of Parquet."""
_UNSORTED: Final = ("headers", "record_key", "record_value")
"""Columns whose smallest and largest value tell a reader nothing."""


def _without_bounds(*columns: str) -> dict[str, str]:
    return {f"write.parquet.stats-enabled.column.{column}": "false" for column in columns}


_finished_conversations = schema_of(
    (
        ("tenant_id", StringType(), "the company whose customer talks"),
        ("conversation_id", StringType(), "the conversation"),
        (
            "revision",
            IntegerType(),
            "1 for the first row; a higher one stands for those of its time before it",
        ),
        ("started_at", TimestamptzType(), "its first event"),
        ("ended_at", TimestamptzType(), "its last event"),
        ("end_said", BooleanType(), "an event said that it was over; else it was silent for the gap"),
        ("events", IntegerType(), "events, each once"),
        ("duplicates", IntegerType(), "records of events that had come already"),
        ("out_of_order", IntegerType(), "events that came after one that happened later"),
        ("turns", IntegerType(), "customer messages"),
        ("agent_version", StringType(), "version of the agent at its end"),
        ("event_ids", ListType(100, StringType(), element_required=False), "in the order of their times"),
        ("event_types", ListType(101, StringType(), element_required=False), "in the same order"),
        ("event_times_ns", ListType(102, LongType(), element_required=False), "in the same order"),
        ("finished_at", TimestamptzType(), "when the row was made"),
    )
)
_late_events = schema_of(
    (
        ("tenant_id", StringType(), "the company whose customer talks"),
        ("conversation_id", StringType(), "the conversation that was let go"),
        ("event_id", StringType(), "the event; silver.events has it"),
        ("event_type", StringType(), "type of the contract"),
        ("event_time", TimestamptzType(), "when it happened"),
        ("kafka_partition", IntegerType(), "Kafka partition"),
        ("kafka_offset", LongType(), "Kafka offset"),
        ("noticed_at", TimestamptzType(), "when the job saw it"),
    )
)

BRONZE: Final = TableDefinition(
    name="bronze.events",
    doc="Bytes as produced and broker coordinates, append-only (F1)",
    schema=_bronze,
    partitioning=partitioning_of(_bronze, day_of="broker_time", identity=("tenant_group",)),
    properties={**_STREAMED, **_without_bounds(*_UNSORTED)},
)
SILVER: Final = TableDefinition(
    name="silver.events",
    doc="Deduplicated, validated, masked events (F2)",
    schema=_silver,
    partitioning=partitioning_of(_silver, day_of="event_time", identity=("tenant_group",)),
    properties={**_STREAMED, **_without_bounds("payload", "trace_id", "span_id")},
)
DEAD_LETTERS: Final = TableDefinition(
    name="silver.dead_letters",
    doc="Records that are not valid events, with the reason and the raw bytes (F2)",
    schema=_dead_letters,
    partitioning=partitioning_of(_dead_letters, day_of="broker_time"),
    properties={**_STREAMED, **_without_bounds(*_UNSORTED)},
)
RECEIPTS: Final = TableDefinition(
    name="bronze.delivery_receipts",
    doc="What the broker acknowledged, as the producers were told (E3)",
    schema=_receipts,
    partitioning=partitioning_of(_receipts, day_of="acked_at"),
)
FINISHED_CONVERSATIONS: Final = TableDefinition(
    name="silver.finished_conversations",
    doc="Conversations that are over, their events in order (E4); written where the session job runs",
    schema=_finished_conversations,
    partitioning=partitioning_of(_finished_conversations, day_of="started_at"),
)
LATE_EVENTS: Final = TableDefinition(
    name="silver.late_events",
    doc="Events that came after the session job had let their conversation go (E4)",
    schema=_late_events,
    partitioning=partitioning_of(_late_events, day_of="noticed_at"),
)
STREAM_TABLES: Final = (BRONZE, SILVER, DEAD_LETTERS, RECEIPTS, FINISHED_CONVERSATIONS, LATE_EVENTS)
