"""The tables that Flink writes without end: Dagster observes them, it does not make them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from dagster_project.lake import Lake, age_metadata, snapshot_metadata, spec_of
from pipelines.tables import BRONZE, DEAD_LETTERS, SILVER

_TABLES = (BRONZE, SILVER, DEAD_LETTERS)


@dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]
    specs=[spec_of(table, deps=[["kafka", "agent_events"]], kinds={"flink", "iceberg"}) for table in _TABLES]
)
def streamed_tables(lake: Lake) -> Iterator[dg.ObserveResult]:
    """Reads row counts, snapshots and the newest record of each table from the catalog."""
    with lake.open() as (connection, catalog):
        now = datetime.now(UTC)
        for table in _TABLES:
            metadata = snapshot_metadata(catalog, table.name)
            yield dg.ObserveResult(
                asset_key=table.name.split("."),
                metadata={**metadata, **age_metadata(connection, table.name, now)},
                data_version=dg.DataVersion(str(metadata.get("snapshot_id", "empty"))),
            )
