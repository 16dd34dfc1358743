"""How long rows took from the producers to each table."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.plots import table
from dagster_project.policies import FOLLOW_GOLD
from pipelines.derived_tables import FRESHNESS
from pipelines.freshness import Freshness, publish_freshness

_MEASURED = [
    ["bronze", "events"],
    ["silver", "events"],
    ["silver", "dead_letters"],
    ["silver", "turns"],
    ["silver", "conversations"],
    ["gold", "agent_daily"],
    ["gold", "cost_daily"],
    ["gold", "drop_off_daily"],
    ["gold", "tool_daily"],
]


@dg.multi_asset(
    specs=[spec_of(FRESHNESS, deps=_MEASURED, kinds={"duckdb", "iceberg"}, automation_condition=FOLLOW_GOLD)],
    check_specs=[
        dg.AssetCheckSpec(
            "every_table_is_within_its_target",
            asset=["ops", "freshness"],
            description="99 of 100 rows were readable in time: bronze 60 s, silver 5 min, gold 15 min.",
        )
    ],
)
def freshness(
    context: dg.AssetExecutionContext, lake: Lake
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Measures every table of bronze, silver and gold against its target."""
    with lake.step(context) as (connection, catalog):
        measured = publish_freshness(connection, catalog, now=datetime.now(UTC))
        facts = snapshot_metadata(catalog, FRESHNESS.name)
    seconds: dict[str, Any] = {
        f"p99_s/{row.table_name}": row.p99_s for row in measured if row.p99_s is not None
    }
    yield dg.MaterializeResult(
        asset_key=["ops", "freshness"], metadata={**facts, **seconds, "measured": _table(measured)}
    )
    late = [row for row in measured if row.within_target is False]
    yield dg.AssetCheckResult(
        asset_key=["ops", "freshness"],
        check_name="every_table_is_within_its_target",
        passed=not late,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(f"{r.table_name}: p99 {r.p99_s:,.1f} s > {r.target_s:g} s" for r in late)
        or None,
    )


def _table(measured: Sequence[Freshness]) -> dg.MarkdownMetadataValue:
    columns = ("table", "rows", "p50 s", "p99 s", "target s")
    rows = [(r.table_name, f"{r.rows:,}", _s(r.p50_s), _s(r.p99_s), f"{r.target_s:g}") for r in measured]
    return table("Seconds from the producer to the row in the table", columns, rows)


def _s(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:,.1f}"
