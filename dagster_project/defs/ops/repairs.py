"""Late duplicates leave silver before anybody counts (spec E5)."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from pipelines.derived_tables import REPAIRS
from pipelines.repair import remove_late_duplicates
from pipelines.soundness import key_faults
from pipelines.tables import SILVER


@dg.multi_asset(
    specs=[spec_of(REPAIRS, deps=[["silver", "events"]], kinds={"python", "iceberg"})],
    check_specs=[
        dg.AssetCheckSpec(
            "event_id_is_unique",
            asset=["ops", "repairs"],
            description="No event stands in silver.events twice any more; where one does, the books block.",
        )
    ],
)
def repairs(
    context: dg.AssetExecutionContext, lake: Lake
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Removes rows of events that silver already had, and tells which."""
    with lake.step(context) as (connection, catalog):
        done = remove_late_duplicates(connection, catalog, now=datetime.now(UTC))
        faults = key_faults(connection, catalog, SILVER.name, ["event_id"])
        facts = snapshot_metadata(catalog, REPAIRS.name)
    yield dg.MaterializeResult(
        asset_key=["ops", "repairs"],
        metadata={**facts, "rows_removed": done.removed, "commits": done.commits},
    )
    yield dg.AssetCheckResult(
        asset_key=["ops", "repairs"],
        check_name="event_id_is_unique",
        passed=not (faults.missing or faults.repeated),
        description=f"{faults.repeated:,} rows too many, {faults.missing:,} rows without an id",
    )
