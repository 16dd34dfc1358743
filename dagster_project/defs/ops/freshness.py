"""How long rows took from the producers to each table."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from pipelines.derived_tables import FRESHNESS
from pipelines.freshness import publish_freshness

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


@dg.multi_asset(specs=[spec_of(FRESHNESS, deps=_MEASURED, kinds={"duckdb", "iceberg"})])
def freshness(lake: Lake) -> dg.MaterializeResult[None]:
    """Measures every table of bronze, silver and gold against its target."""
    with lake.open() as (connection, catalog):
        measured = publish_freshness(connection, catalog, now=datetime.now(UTC))
        seconds: dict[str, Any] = {
            f"p99_s/{row.table_name}": row.p99_s for row in measured if row.p99_s is not None
        }
        return dg.MaterializeResult(
            asset_key=["ops", "freshness"],
            metadata={**snapshot_metadata(catalog, FRESHNESS.name), **seconds},
        )
