"""What the broker acknowledged, as the producers were told."""

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from pipelines.receipts import load_receipts
from pipelines.tables import RECEIPTS


@dg.multi_asset(
    specs=[
        spec_of(
            RECEIPTS,
            deps=[["kafka", "agent_events"]],
            kinds={"python", "iceberg"},
            freshness_policy=None,  # producers leave their ledgers when they please
        )
    ]
)
def delivery_receipts(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult[None]:
    """Loads the ledgers' segments that the table lacks; each segment goes in once."""
    with lake.step(context) as (connection, catalog):
        loaded = load_receipts(connection, catalog, lake.settings().receipts_dir)
        return dg.MaterializeResult(
            asset_key=["bronze", "delivery_receipts"],
            metadata={
                **snapshot_metadata(catalog, RECEIPTS.name),
                "segments_loaded": loaded.segments,
                "rows_loaded": loaded.rows,
            },
        )
