"""Schemas and partitioning of the tables that the lake computes, stated once."""

from typing import Final

from pyiceberg.types import (
    BooleanType,
    DoubleType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
)

from pipelines.table_definition import Column, TableDefinition, partitioning_of, schema_of


def _list_of(element: IcebergType, element_id: int) -> ListType:
    return ListType(element_id=element_id, element_type=element, element_required=False)


def _list_of_structs(element_id: int, members: tuple[Column, ...]) -> ListType:
    fields = (
        NestedField(field_id=element_id + place, name=name, field_type=kind, required=False, doc=doc)
        for place, (name, kind, doc) in enumerate(members, start=1)
    )
    return _list_of(StructType(*fields), element_id)


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
    (
        "tool_counts",
        MapType(key_id=102, key_type=StringType(), value_id=103, value_type=LongType(), value_required=False),
        "calls that ended, by tool",
    ),
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
        ("experiments", StringType(), "JSON object: variant by experiment"),
        ("trace_id", StringType(), "W3C trace id"),
        ("customer_message", StringType(), "what the customer said, PII masked"),
        ("agent_response", StringType(), "what the agent answered, PII masked; null where it did not"),
        ("response_ms", DoubleType(), "from the message to the answer, milliseconds"),
        *_USED,
        *_EXTENT,
    )
)
_TOOL_LOG: Final = _list_of_structs(
    110,
    (
        ("turn", IntegerType(), "turn of the call"),
        ("tool", StringType(), "name of the tool"),
        ("effect", StringType(), "what the tool may do"),
        ("ok", BooleanType(), "whether the call succeeded"),
        ("error_type", StringType(), "kind of the failure, null where there was none"),
        ("duration_ms", DoubleType(), "duration of the call, milliseconds"),
    ),
)
_MODEL_LOG: Final = _list_of_structs(
    120,
    (
        ("turn", IntegerType(), "turn of the call"),
        ("model", StringType(), "the model that answered"),
        ("input_tokens", LongType(), "tokens read"),
        ("output_tokens", LongType(), "tokens written"),
        ("cost_usd", DoubleType(), "cost of the call, US dollars"),
        ("duration_ms", DoubleType(), "duration of the call, milliseconds"),
    ),
)
_DELAYED: Final[tuple[Column, ...]] = (
    ("reward", DoubleType(), "newest grade named task_reward, null where there is none"),
    ("hallucination", DoubleType(), "newest grade named hallucination, 0 to 1; null where not judged"),
    ("csat", DoubleType(), "newest grade named csat, null where there is none"),
    ("rating", IntegerType(), "the customer's newest rating, 1 to 5"),
    ("feedback_comment", StringType(), "what the customer wrote with it, PII masked"),
    ("feedback_at", TimestamptzType(), "when it came"),
    ("refund_settled", BooleanType(), "whether the newest outcome named refund_settled is above 0"),
    ("refund_settled_at", TimestamptzType(), "when that was told"),
    ("recontacted_within_24h", BooleanType(), "whether the customer came back; null where unknown who it is"),
    ("recontact_at", TimestamptzType(), "when the customer came back within 24 hours"),
)
_conversations = schema_of(
    (
        *_WHOSE,
        ("customer_key", StringType(), "pseudonym of the customer, null where it was not told"),
        ("agent_version", StringType(), "version of the agent's configuration, that of the first event"),
        ("agent_versions", _list_of(StringType(), 104), "versions seen, each once, by name"),
        ("agent_name", StringType(), "name of the agent"),
        ("channel", StringType(), "where the customer came in"),
        ("scenario", StringType(), "the recorded or simulated task, null for real customers"),
        (
            "complexity",
            StringType(),
            "low, middle or high, by the customer's first message; null where there is none",
        ),
        ("complexity_rule", IntegerType(), "version of the rule that said so"),
        ("experiments", StringType(), "JSON object: variant by experiment"),
        ("exposures", _list_of(StringType(), 105), "variants met, as experiment=variant"),
        ("trace_id", StringType(), "W3C trace id"),
        ("started_at", TimestamptzType(), "time of the first event"),
        ("first_message_at", TimestamptzType(), "when the customer first said something"),
        ("ended_at", TimestamptzType(), "when it was told to be over, null where it was not"),
        ("last_contact_at", TimestamptzType(), "time of the last event before what came afterwards"),
        ("last_event_at", TimestamptzType(), "time of the last event, delayed outcomes included"),
        ("duration_ms", DoubleType(), "from the first event to the end, milliseconds"),
        ("handle_ms", DoubleType(), "from the first message to the last contact, milliseconds"),
        ("outcome", StringType(), "resolved, escalated, abandoned, failed or unknown; null while it runs"),
        ("outcome_rule", IntegerType(), "version of the rule that said so"),
        ("outcome_told", StringType(), "the outcome as the runtime told it"),
        ("outcome_reason", StringType(), "why it ended"),
        ("handover_reason", StringType(), "why it went to a human, null where it did not"),
        ("handover_summary", StringType(), "what the human was told, PII masked"),
        *_DELAYED,
        ("turns", LongType(), "customer messages"),
        ("steps", LongType(), "steps of the loop as the runtime counted them"),
        ("responses", LongType(), "answers to the customer"),
        ("first_response_ms", DoubleType(), "from the first message to its answer, milliseconds"),
        ("total_response_ms", DoubleType(), "time that the customer waited for answers, milliseconds"),
        ("response_ms", _list_of(DoubleType(), 101), "duration of every answer in order, milliseconds"),
        *_USED,
        ("tool_log", _TOOL_LOG, "every tool call that ended, in order"),
        ("model_log", _MODEL_LOG, "every model call that ended, in order"),
        ("guardrails", _list_of(StringType(), 106), "guardrails that stepped in, each once, as layer/name"),
        ("error_types", _list_of(StringType(), 107), "kinds of the errors, each once"),
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
_GOLD_COUNTS: Final[tuple[Column, ...]] = tuple(
    (name, LongType(), doc)
    for name, doc in (
        ("silver", "events of conversations that silver holds"),
        ("conversations", "of these, events that silver.conversations counts"),
        ("gold", "of these, events that gold.agent_daily counts"),
        ("waiting", "events that no build has seen yet"),
        ("overdue", "of these, events that wait longer than they may"),
        ("lost_before_conversations", "events of conversations that count fewer than there are"),
        ("lost_before_gold", "events of days and versions of which gold counts fewer"),
        ("doubled", "events of conversations or days that count more than there are"),
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
_gold_accounting = schema_of(
    (
        ("topic", StringType(), "Kafka topic; none where a row counts events that silver has not"),
        ("kafka_partition", IntegerType(), "Kafka partition, -1 where there is none"),
        ("hour", TimestamptzType(), "hour of broker_time"),
        *_GOLD_COUNTS,
        ("balanced", BooleanType(), "nothing lost, doubled or overdue"),
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

_tenants = schema_of(
    (
        ("tenant_id", StringType(), "the company whose customers talk"),
        ("tier", StringType(), "its tier in that time; unlisted where the registry says none"),
        ("valid_from", TimestamptzType(), "since when"),
        ("valid_to", TimestamptzType(), "up to when; null where it still is"),
    )
)

ONE_WRITER: Final = {"commit.retry.num-retries": "0"}
"""Properties of tables whose next rows depend on what they hold: a commit that meets another one fails."""

TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "silver.turns": ("customer_message", "agent_response"),
    "silver.conversations": ("feedback_comment", "handover_summary", "handover_reason", "outcome_reason"),
}
"""Columns that hold what people or models wrote, by table: there may be names in them."""

TURNS: Final = TableDefinition(
    name="silver.turns",
    doc="One row a turn: a customer's message and what the agent did about it (F2)",
    schema=_turns,
    partitioning=partitioning_of(_turns, day_of="started_at", identity=("tenant_id",)),
    properties=ONE_WRITER,
)
CONVERSATIONS: Final = TableDefinition(
    name="silver.conversations",
    doc="One row a conversation (F2)",
    schema=_conversations,
    partitioning=partitioning_of(_conversations, day_of="started_at", identity=("tenant_id",)),
    properties=ONE_WRITER,
)
ACCOUNTING: Final = TableDefinition(
    name="ops.accounting",
    doc="What became of every record, by topic partition and hour (F4)",
    schema=_accounting,
)
GOLD_ACCOUNTING: Final = TableDefinition(
    name="ops.gold_accounting",
    doc="What became of every event between silver and gold, by topic partition and hour (F4)",
    schema=_gold_accounting,
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
TENANTS: Final = TableDefinition(
    name="gold.tenants",
    doc="The tier of every tenant through time: one row a tenant and period, without gaps or overlaps",
    schema=_tenants,
    properties=ONE_WRITER,
)
