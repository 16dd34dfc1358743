"""Turns and conversations, rebuilt from the events of silver (spec F2)."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, TURNS

_TABLES = (TURNS, CONVERSATIONS)
_DEPS = [["silver", "events"], ["ops", "accounting"]]


@dg.multi_asset(specs=[spec_of(table, deps=_DEPS, kinds={"duckdb", "iceberg"}) for table in _TABLES])
def conversations(lake: Lake) -> Iterator[dg.MaterializeResult[None]]:
    """Rebuilds both tables from one snapshot of the events, once the books balance."""
    with lake.open() as (connection, catalog):
        rebuild_conversations(connection, catalog)
        for table in _TABLES:
            yield dg.MaterializeResult(
                asset_key=table.name.split("."), metadata=snapshot_metadata(catalog, table.name)
            )
