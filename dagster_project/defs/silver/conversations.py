"""Turns and conversations, rebuilt from the events of silver (spec F2)."""

from collections.abc import Iterator

import dagster as dg

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, TURNS

_TABLES = (TURNS, CONVERSATIONS)
_DEPS = [["silver", "events"], ["ops", "accounting"]]


class ConversationsConfig(dg.Config):
    """How much to compute."""

    whole: bool = False
    """Compute every conversation anew, not only those whose events changed."""


@dg.multi_asset(specs=[spec_of(table, deps=_DEPS, kinds={"duckdb", "iceberg"}) for table in _TABLES])
def conversations(lake: Lake, config: ConversationsConfig) -> Iterator[dg.MaterializeResult[None]]:
    """Rebuilds conversations whose events changed, from one snapshot of them, once the books balance."""
    with lake.open() as (connection, catalog):
        done = rebuild_conversations(connection, catalog, whole=config.whole)
        for table, written in zip(_TABLES, (done.turns, done.conversations), strict=True):
            yield dg.MaterializeResult(
                asset_key=table.name.split("."),
                metadata={
                    **snapshot_metadata(catalog, table.name),
                    "rows_written": written.rows,
                    "conversations_touched": done.touched,
                    "whole_build": done.whole,
                },
            )
