"""How long each hop of an event's way took, from its own time to gold (spec E7)."""

from datetime import UTC, datetime

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.policies import FOLLOW_GOLD
from pipelines.derived_tables import WATERFALL
from pipelines.waterfall import publish_waterfall

_HOPS = [
    ["bronze", "delivery_receipts"],
    ["bronze", "events"],
    ["silver", "events"],
    ["silver", "conversations"],
    ["gold", "agent_daily"],
]


@dg.multi_asset(
    specs=[spec_of(WATERFALL, deps=_HOPS, kinds={"duckdb", "iceberg"}, automation_condition=FOLLOW_GOLD)]
)
def freshness_waterfall(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult[None]:
    """Measures the hours of the last day anew; older hours stay as they were measured."""
    with lake.step(context) as (connection, catalog):
        publish_waterfall(connection, catalog, now=datetime.now(UTC))
        return dg.MaterializeResult(
            asset_key=["gold", "freshness_waterfall"], metadata=snapshot_metadata(catalog, WATERFALL.name)
        )
