"""The topic and the tables that Flink writes without end: Dagster observes them, it does not make them."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from dagster_project.lake import OWNERS, Lake, spec_of
from dagster_project.stream_watch import TABLES, TOPIC, look


@dg.multi_observable_source_asset(  # type: ignore[untyped-decorator]
    specs=[
        dg.AssetSpec(
            key=TOPIC,
            description="CloudEvents of every agent conversation, keyed by conversation (E1, E2).",
            group_name="kafka",
            owners=OWNERS,
            tags={"layer": "kafka"},
            kinds={"kafka"},
        ),
        *(spec_of(table, deps=[TOPIC], kinds={"flink", "iceberg"}) for table in TABLES),
    ]
)
def stream(lake: Lake) -> Iterator[dg.ObserveResult]:
    """Reads offsets from the broker, and rows, snapshots and ages of the tables from the catalog."""
    with lake.open() as (connection, catalog):
        for seen in look(connection, catalog, datetime.now(UTC)):
            yield dg.ObserveResult(
                asset_key=seen.key, metadata=seen.metadata, data_version=dg.DataVersion(seen.version)
            )
