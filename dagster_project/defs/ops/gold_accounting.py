"""Accounting goes on to gold (spec F4): what silver has, the conversations and gold count, once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import msgspec

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.plots import table
from dagster_project.policies import FOLLOW_GOLD
from pipelines.derived_tables import GOLD_ACCOUNTING
from pipelines.freshness import TARGETS_S
from pipelines.gold_accounting import account_gold, gold_totals

_KEY = dg.AssetKey(["ops", "gold_accounting"])
_DEPS = [["silver", "events"], ["silver", "conversations"], ["gold", "agent_daily"]]


class GoldAccountingConfig(dg.Config):
    """How strictly to account."""

    may_wait_s: float = TARGETS_S["gold"]
    """Age up to which events may wait for a build, seconds; 0 lets none wait."""


@dg.multi_asset(
    specs=[
        spec_of(GOLD_ACCOUNTING, deps=_DEPS, kinds={"duckdb", "iceberg"}, automation_condition=FOLLOW_GOLD)
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "gold_counts_what_silver_has",
            asset=_KEY,
            blocking=True,
            description=(
                "By topic partition and hour: events of silver = events of conversations = events of"
                " gold; none waits for a build longer than gold's target."
            ),
        )
    ],
)
def gold_accounting(
    context: dg.AssetExecutionContext, lake: Lake, config: GoldAccountingConfig
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Compares what silver has with what the conversations and gold say that they were made of."""
    may_wait = timedelta(seconds=config.may_wait_s) if config.may_wait_s else None
    with lake.step(context) as (connection, catalog):
        account_gold(connection, catalog, now=datetime.now(UTC), may_wait=may_wait)
        totals = gold_totals(connection, catalog)
        facts = snapshot_metadata(catalog, GOLD_ACCOUNTING.name)
    counts = msgspec.to_builtins(totals)
    books = table("What became of every event of silver", ("count", "events"), list(counts.items()))
    yield dg.MaterializeResult(
        asset_key=_KEY, metadata={**facts, **counts, "verdict": totals.message, "books": books}
    )
    yield dg.AssetCheckResult(
        asset_key=_KEY,
        check_name="gold_counts_what_silver_has",
        passed=totals.balanced,
        description=totals.message,
        metadata=counts,
    )
