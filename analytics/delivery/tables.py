"""The table of canary decisions, stated once (spec M1)."""

from typing import Final

from pyiceberg.types import (
    BooleanType,
    DoubleType,
    IntegerType,
    ListType,
    LongType,
    NestedField,
    StringType,
    StructType,
    TimestamptzType,
)

from pipelines.derived_tables import ONE_WRITER
from pipelines.table_definition import Column, TableDefinition, schema_of

_FINDING: Final[tuple[Column, ...]] = (
    ("trigger", StringType(), "its name"),
    ("delayed", BooleanType(), "whether it is of the second clock"),
    ("state", StringType(), "fires, clear, inconclusive or no data"),
    ("why", StringType(), "in words"),
    ("harm", DoubleType(), "canary's share of wrong cases less control's, or less the limit"),
    ("low", DoubleType(), "lower end of its interval, valid at all looks"),
    ("high", DoubleType(), "upper end of it"),
    ("detectable", DoubleType(), "harm that this look would see 80 % of the time"),
    ("control_n", LongType(), "cases of control in the stage; of a delayed one, those old enough"),
    ("control_bad", LongType(), "wrong ones of these"),
    ("canary_n", LongType(), "the same of the canary"),
    ("canary_bad", LongType(), "wrong ones of these"),
    ("window_control_n", LongType(), "cases of control in the trigger's last minutes; null where delayed"),
    ("window_control_bad", LongType(), "wrong ones of these"),
    ("window_canary_n", LongType(), "the same of the canary"),
    ("window_canary_bad", LongType(), "wrong ones of these"),
)
_findings = ListType(
    element_id=101,
    element_type=StructType(
        *(
            NestedField(field_id=110 + place, name=name, field_type=kind, required=False, doc=doc)
            for place, (name, kind, doc) in enumerate(_FINDING)
        )
    ),
    element_required=False,
)
_decisions = schema_of(
    (
        ("canary_id", StringType(), "one version beside another, once"),
        ("canary", StringType(), "agent version that is tried"),
        ("control", StringType(), "agent version that it is compared with"),
        ("action", StringType(), "start, hold, promote or roll_back"),
        ("stage", StringType(), "stage that was decided about; of a start, the first one"),
        ("stage_began_at", TimestamptzType(), "when it began"),
        ("next_stage", StringType(), "stage from now on; null after the last one and after a roll-back"),
        ("share", DoubleType(), "of new conversations that the canary is to get from now on, 0 to 1"),
        ("admits", BooleanType(), "whether the canary goes on getting new conversations"),
        ("reasons", ListType(100, StringType(), element_required=False), "why"),
        ("minutes", IntegerType(), "minutes of the stage that were counted"),
        ("findings", _findings, "every trigger, with the counts that it was judged from"),
        ("money_usd", DoubleType(), "what the canary's actions moved in this stage, US dollars"),
        ("irreversible", LongType(), "actions of the canary in this stage that cannot be taken back"),
        ("unpriced", LongType(), "actions in this stage of which no rule says how much they moved"),
        ("snapshots", StringType(), "JSON object: snapshot by table that was counted from"),
        ("complete_through", TimestamptzType(), "through when these were taken to be complete"),
        ("code_commit", StringType(), "commit of the code that decided"),
        ("decided_at", TimestamptzType(), "when this was decided"),
    )
)

CANARY_DECISIONS: Final = TableDefinition(
    name="gold.canary_decisions",
    doc="Every decision about a canary, with the counts that it was made from (M1, M2)",
    schema=_decisions,
    properties=ONE_WRITER,
)
