"""Schemas and partitioning of the tables that the lake computes, stated once."""

from typing import Final

from pyiceberg.types import (
    BooleanType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    StringType,
    TimestamptzType,
)

from pipelines.table_definition import Column, TableDefinition, partitioning_of, schema_of


def _list_of(element: IcebergType, element_id: int) -> ListType:
    return ListType(element_id=element_id, element_type=element, element_required=False)


_WHOSE: Final[tuple[Column, ...]] = (
    ("tenant_id", StringType(), "the company whose customer talks"),
    ("conversation_id", StringType(), "the conversation"),
)
_USED: Final[tuple[Column, ...]] = (
    ("model_calls", LongType(), "answers of models"),
    ("model_ms", DoubleType(), "time spent in models, milliseconds"),
    ("input_tokens", LongType(), "tokens read by models"),
    ("output_tokens", LongType(), "tokens written by models"),
    ("tokens_estimated", BooleanType(), "whether any token count is an estimate"),
    ("cost_usd", DoubleType(), "cost of the model calls, US dollars"),
    ("tool_calls", LongType(), "tool calls that ended"),
    ("tool_errors", LongType(), "tool calls that ended without success"),
    ("tool_ms", DoubleType(), "time spent in tools, milliseconds"),
    ("tools", _list_of(StringType(), 100), "tools called, each once, by name"),
    ("reasoning_steps", LongType(), "thoughts told"),
    ("guardrails_triggered", LongType(), "times that a guardrail stepped in"),
    ("errors", LongType(), "failures that were not a tool's own answer"),
    ("handed_over", BooleanType(), "whether it went to a human"),
)
_EXTENT: Final[tuple[Column, ...]] = (
    ("events", LongType(), "distinct events"),
    ("data_through", TimestamptzType(), "newest broker_time of its events"),
)

_turns = schema_of(
    (
        *_WHOSE,
        ("turn", IntegerType(), "customer messages so far, from 1"),
        ("agent_version", StringType(), "version of the agent's configuration"),
        ("started_at", TimestamptzType(), "when the customer's message came"),
        ("ended_at", TimestamptzType(), "time of the turn's last event"),
        ("customer_message", StringType(), "what the customer said, structured PII masked"),
        ("agent_response", StringType(), "what the agent answered, null where it did not"),
        ("response_ms", DoubleType(), "from the message to the answer, milliseconds"),
        *_USED,
        *_EXTENT,
    )
)
_conversations = schema_of(
    (
        *_WHOSE,
        ("agent_version", StringType(), "version of the agent's configuration"),
        ("agent_name", StringType(), "name of the agent"),
        ("channel", StringType(), "where the customer came in"),
        ("scenario", StringType(), "the recorded or simulated task, null for real customers"),
        ("experiments", StringType(), "JSON object: variant by experiment"),
        ("trace_id", StringType(), "W3C trace id"),
        ("started_at", TimestamptzType(), "time of the first event"),
        ("ended_at", TimestamptzType(), "when it ended, null while it runs"),
        ("duration_ms", DoubleType(), "from the first event to the end, milliseconds"),
        ("outcome", StringType(), "resolved, escalated, abandoned or failed; null while it runs"),
        ("outcome_reason", StringType(), "why it ended"),
        ("handover_reason", StringType(), "why it went to a human, null where it did not"),
        ("reward", DoubleType(), "newest grade named task_reward, null where there is none"),
        ("rating", IntegerType(), "the customer's newest rating, 1 to 5"),
        ("turns", LongType(), "customer messages"),
        ("steps", LongType(), "steps of the loop as the runtime counted them"),
        ("responses", LongType(), "answers to the customer"),
        ("first_response_ms", DoubleType(), "from the first message to its answer, milliseconds"),
        ("response_ms", _list_of(DoubleType(), 101), "duration of every answer in order, milliseconds"),
        *_USED,
        *_EXTENT,
    )
)
_COUNTS: Final[tuple[Column, ...]] = tuple(
    (name, LongType(), doc)
    for name, doc in (
        ("acked", "records that the broker acknowledged"),
        ("bronze", "records in bronze"),
        ("silver", "of these, events that silver holds"),
        ("duplicates", "of these, events that silver holds under other coordinates"),
        ("dead_letters", "of these, records among the dead letters"),
        ("unacked", "records in bronze without a receipt"),
        ("lost_before_bronze", "records acknowledged, or seen downstream, that bronze lacks"),
        ("lost_after_bronze", "records in bronze that are nowhere downstream"),
        ("lost", "records lost before or after bronze"),
        ("doubled", "coordinates or event ids once too often where they must be once"),
        ("offset_gaps", "offsets missing in bronze before one of this hour's records"),
        ("in_flight", "records too new to have reached the next station"),
    )
)
_accounting = schema_of(
    (
        ("topic", StringType(), "Kafka topic"),
        ("kafka_partition", IntegerType(), "Kafka partition"),
        ("hour", TimestamptzType(), "hour of broker_time"),
        *_COUNTS,
        ("balanced", BooleanType(), "nothing lost, doubled, skipped or without a receipt"),
        ("accounted_at", TimestamptzType(), "when this was computed"),
    )
)
_freshness = schema_of(
    (
        ("table_name", StringType(), "the table"),
        ("measured_at", TimestamptzType(), "when this was computed"),
        ("rows", LongType(), "rows measured"),
        ("p50_s", DoubleType(), "median seconds from broker_time to the commit that shows the row"),
        ("p99_s", DoubleType(), "99th percentile of the same"),
        ("max_s", DoubleType(), "greatest of the same"),
        ("target_s", DoubleType(), "what the 99th percentile may be"),
        ("within_target", BooleanType(), "whether it is; null where nothing was measured"),
    )
)
_replays = schema_of(
    (
        ("topic", StringType(), "Kafka topic of the dead letter"),
        ("kafka_partition", IntegerType(), "its partition"),
        ("kafka_offset", LongType(), "its offset"),
        ("replay_topic", StringType(), "Kafka topic of the record that replays it"),
        ("replay_partition", IntegerType(), "partition of that record"),
        ("replay_offset", LongType(), "offset of that record"),
        ("event_id", StringType(), "id that the record carries"),
        ("repair", StringType(), "what was repaired"),
        ("replayed_at", TimestamptzType(), "when the record was handed over"),
    )
)
_repairs = schema_of(
    (
        ("event_id", StringType(), "the event"),
        ("topic", StringType(), "Kafka topic of the row that was removed"),
        ("kafka_partition", IntegerType(), "its partition"),
        ("kafka_offset", LongType(), "its offset"),
        ("broker_time", TimestamptzType(), "its broker_time"),
        ("kept_topic", StringType(), "Kafka topic of the row that stays"),
        ("kept_partition", IntegerType(), "its partition"),
        ("kept_offset", LongType(), "its offset"),
        ("kept_broker_time", TimestamptzType(), "its broker_time"),
        ("same_payload", BooleanType(), "whether both rows say the same"),
        ("repaired_at", TimestamptzType(), "when the repair found it"),
    )
)
_waterfall = schema_of(
    (
        ("hop", StringType(), "part of the way"),
        ("place", IntegerType(), "order of the hops, from 1"),
        ("hour", TimestamptzType(), "hour of broker_time"),
        ("over_s", DoubleType(), "seconds that the hop took more than; null below zero (clocks that differ)"),
        ("up_to_s", DoubleType(), "seconds that the hop took at most"),
        ("events", LongType(), "events of that hour in that bucket"),
        ("measured_at", TimestamptzType(), "when this was computed"),
    )
)

TURNS: Final = TableDefinition(
    name="silver.turns",
    doc="One row a turn: a customer's message and what the agent did about it (F2)",
    schema=_turns,
    partitioning=partitioning_of(_turns, day_of="started_at", identity=("tenant_id",)),
)
CONVERSATIONS: Final = TableDefinition(
    name="silver.conversations",
    doc="One row a conversation (F2)",
    schema=_conversations,
    partitioning=partitioning_of(_conversations, day_of="started_at", identity=("tenant_id",)),
)
ACCOUNTING: Final = TableDefinition(
    name="ops.accounting",
    doc="What became of every record, by topic partition and hour (F4)",
    schema=_accounting,
)
FRESHNESS: Final = TableDefinition(
    name="ops.freshness",
    doc="How long rows took from the producer to each table",
    schema=_freshness,
)
REPLAYS: Final = TableDefinition(
    name="ops.dead_letter_replays",
    doc="Which dead letter was produced again, as which record (E5)",
    schema=_replays,
)
REPAIRS: Final = TableDefinition(
    name="ops.repairs",
    doc="Rows that silver held of an event that it already had, and that a repair removed (E5)",
    schema=_repairs,
)
WATERFALL: Final = TableDefinition(
    name="gold.freshness_waterfall",
    doc="How long each hop of an event's way took: histograms by hop and hour (E7)",
    schema=_waterfall,
)
