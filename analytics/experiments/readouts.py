"""Read-outs: experiments of the lake judged, and the verdicts kept in gold (spec H2, H3)."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Any, Final

import duckdb
import pyarrow as pa
from msgspec import Struct, json
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysFalse
from pyiceberg.types import DoubleType, IntegerType, ListType, LongType, StringType, TimestamptzType

from analytics.experiments.log import read_log
from analytics.experiments.plan import Plan
from analytics.experiments.verdicts import Comparison, Verdict, judge
from pipelines.derived_tables import CONVERSATIONS, TENANTS
from pipelines.facts import table_facts
from pipelines.partition_overwrite import prepared
from pipelines.row_filters import equal
from pipelines.table_definition import TableDefinition, schema_of
from pipelines.tables import SILVER
from pipelines.views import refresh
from pipelines.writing import append_rows

_SQL: Final = files("analytics.experiments").joinpath("sql")
_LOGS: Final = tuple(
    _SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8") for name in ("exposure_log", "outcome_log")
)
_SOURCES: Final = (SILVER, CONVERSATIONS, TENANTS)

READOUTS: Final = TableDefinition(
    name="gold.experiment_readouts",
    doc="What may be said of one metric of one treatment of one experiment, as last read.",
    schema=schema_of(
        (
            ("experiment", StringType(), "key of the experiment"),
            ("metric", StringType(), "name of the metric"),
            ("role", StringType(), "primary, guardrail or secondary"),
            ("control", StringType(), "the variant that is compared with"),
            ("treatment", StringType(), "the variant"),
            ("decision", StringType(), "better, worse, inconclusive, waiting or invalid"),
            ("reasons", ListType(100, StringType(), element_required=False), "why"),
            (
                "dimensions",
                ListType(101, StringType(), element_required=False),
                "dimensions whose strata were compared for a contradiction",
            ),
            ("method", StringType(), "how the interval was made"),
            ("confidence", DoubleType(), "of the interval, at all looks together"),
            ("looks", IntegerType(), "looks so far"),
            ("estimate", DoubleType(), "treatment minus control; null before the first look"),
            ("low", DoubleType(), "lower end of the interval"),
            ("high", DoubleType(), "upper end of the interval"),
            ("p_value", DoubleType(), "two-sided; null where the design has bounds instead"),
            (
                "power",
                DoubleType(),
                "probability that the look sees the minimum effect; null where the metric has none",
            ),
            ("detectable", DoubleType(), "effect that the look sees with the planned power"),
            ("control_n", LongType(), "users of the control at the look"),
            ("treatment_n", LongType(), "users of the treatment at the look"),
            ("plan", StringType(), "fingerprint of the plan"),
            ("snapshots", StringType(), "JSON object: snapshot by table that was read"),
            ("complete_through", TimestamptzType(), "through when the log was taken to be complete"),
            ("read_at", TimestamptzType(), "when this was computed"),
        )
    ),
)


class Readout(Struct, frozen=True, kw_only=True):
    """An experiment as it was read."""

    plan: Plan
    comparisons: Sequence[Comparison]
    read_at: datetime


def read_experiment(
    connection: duckdb.DuckDBPyConnection,
    catalog: SqlCatalog,
    plan: Plan,
    *,
    complete_through: datetime,
    now: datetime,
) -> Readout:
    """Judges an experiment by the lake as it is now.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        plan: The pre-registration.
        complete_through: Later exposures, and users whose window ends later, are left out.
        now: The time of the read-out.
    """
    for derived in (CONVERSATIONS, TENANTS):
        prepared(catalog, derived)
    refresh(connection, catalog)
    snapshots = {one.name: table_facts(catalog.load_table(one.name)).snapshot_id for one in _SOURCES}
    for statement in _LOGS:
        connection.execute(statement)
    log = read_log(connection, plan, complete_through=complete_through)
    return Readout(plan=plan, comparisons=judge(plan, log, snapshots), read_at=now)


def publish_readout(catalog: SqlCatalog, readout: Readout) -> int:
    """Replaces the experiment's rows of ``gold.experiment_readouts`` in one commit; how many there are."""
    table = prepared(catalog, READOUTS)
    rows = [_row(one.verdict, readout.read_at) for one in readout.comparisons]
    made = pa.Table.from_pylist(rows, table.schema().as_arrow())
    reader = pa.RecordBatchReader.from_batches(made.schema, made.to_batches())
    earlier = equal("experiment", readout.plan.experiment)
    read_before = table.scan(row_filter=earlier, limit=1).to_arrow().num_rows > 0
    return append_rows(table, reader, delete=earlier if read_before else AlwaysFalse())


def _row(verdict: Verdict, read_at: datetime) -> dict[str, Any]:
    same = {name: getattr(verdict, name) for name in _SAME}
    return {
        **same,
        "reasons": list(verdict.reasons),
        "dimensions": list(verdict.dimensions),
        "plan": verdict.origin.plan,
        "snapshots": json.encode(verdict.origin.snapshots).decode(),
        "complete_through": verdict.origin.complete_through,
        "read_at": read_at,
    }


_SAME: Final = [field.name for field in READOUTS.schema.fields if field.name in Verdict.__struct_fields__]
