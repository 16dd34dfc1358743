"""The tier of every tenant through time, from the registry (spec H3)."""

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.policies import FOLLOW
from pipelines.derived_tables import TENANTS
from pipelines.tenants import publish_tenants, read_tenants


@dg.multi_asset(
    specs=[
        spec_of(TENANTS, deps=[["silver", "conversations"]], kinds={"iceberg"}, automation_condition=FOLLOW)
    ]
)
def tenants(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult[None]:
    """Publishes the registry, with those tenants of the conversations that it does not list."""
    with lake.step(context) as (_, catalog):
        written = publish_tenants(catalog, read_tenants(lake.settings().tenants))
        facts = snapshot_metadata(catalog, TENANTS.name)
    return dg.MaterializeResult(
        asset_key=["gold", "tenants"], metadata={**facts, "rows_written": written.rows}
    )
