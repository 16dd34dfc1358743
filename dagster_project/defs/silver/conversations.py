"""Turns and conversations, rebuilt from the events of silver (spec F2)."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project.lake import Lake, day_metadata, snapshot_metadata, spec_of
from dagster_project.partitions import DAILY, ONE_RUN, beyond, days_of
from pipelines.conversations import Rebuilt, rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, TURNS

_TABLES = (TURNS, CONVERSATIONS)
_DEPS = [["silver", "events"], ["ops", "accounting"]]


class ConversationsConfig(dg.Config):
    """How much to compute, beside the conversations whose events changed."""

    anew: bool = True
    """Compute every conversation of the run's days anew; without it, only those that changed."""
    whole: bool = False
    """Compute every conversation of all days anew."""


@dg.multi_asset(
    specs=[spec_of(table, deps=_DEPS, kinds={"duckdb", "iceberg"}) for table in _TABLES],
    partitions_def=DAILY,
    backfill_policy=ONE_RUN,
)
def conversations(
    context: dg.AssetExecutionContext, lake: Lake, config: ConversationsConfig
) -> Iterator[dg.MaterializeResult[None]]:
    """Brings turns and conversations up to date, from one snapshot of the events, once the books balance."""
    days = days_of(context)
    with lake.step(context) as (connection, catalog):
        done = rebuild_conversations(
            connection, catalog, days=days if config.anew else None, whole=config.whole
        )
        facts = {
            table.name: {**snapshot_metadata(catalog, table.name), **day_metadata(catalog, table.name)}
            for table in _TABLES
        }
    for table, written in zip(_TABLES, (done.turns, done.conversations), strict=True):
        key = dg.AssetKey(table.name.split("."))
        told = _told(done) | {
            **facts[table.name],
            "rows_written": written.rows,
            "days": str(days),
            "days_written": ", ".join(map(str, written.days)) or "none",
        }
        for other in beyond(days, written.days):
            context.log_event(dg.AssetMaterialization(key, metadata=told, partition=other))
        yield dg.MaterializeResult(asset_key=key, metadata=told)


def _told(done: Rebuilt) -> dict[str, Any]:
    return {"conversations_touched": done.touched, "whole_build": done.whole}
