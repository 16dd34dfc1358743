"""Late duplicates leave silver before anybody counts (spec E5)."""

from datetime import UTC, datetime

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from pipelines.derived_tables import REPAIRS
from pipelines.repair import remove_late_duplicates


@dg.multi_asset(specs=[spec_of(REPAIRS, deps=[["silver", "events"]], kinds={"python", "iceberg"})])
def repairs(lake: Lake) -> dg.MaterializeResult[None]:
    """Removes rows of events that silver already had, and tells which."""
    with lake.open() as (connection, catalog):
        done = remove_late_duplicates(connection, catalog, now=datetime.now(UTC))
        return dg.MaterializeResult(
            asset_key=["ops", "repairs"],
            metadata={
                **snapshot_metadata(catalog, REPAIRS.name),
                "rows_removed": done.removed,
                "commits": done.commits,
            },
        )
