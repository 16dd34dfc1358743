"""Canaries (spec F2): gold is not built from silver in which somebody can be read."""

import dagster as dg

from dagster_project.lake import Lake
from pipelines.pii.canaries import CanaryReport, look_in_gold, look_in_silver
from streaming.contract.canaries import CanarySettings


@dg.asset_check(
    asset=["silver", "conversations"],
    additional_deps=[["silver", "turns"], ["silver", "events"]],
    blocking=True,
    description="No made-up person who was planted in the stream can be read in turns or conversations.",
)
def canaries_stay_masked(lake: Lake) -> dg.AssetCheckResult:
    """Looks through silver for the canaries of all its partitions."""
    with lake.open() as (connection, catalog):
        return _judged(look_in_silver(connection, catalog, CanarySettings().seed))


@dg.asset_check(
    asset=["gold", "agent_daily"],
    description="No made-up person who was planted in the stream can be read in any table of gold.",
)
def canaries_stay_out_of_gold(lake: Lake) -> dg.AssetCheckResult:
    """Looks through gold for the same canaries, in case it reads what is not masked."""
    with lake.open() as (connection, catalog):
        return _judged(look_in_gold(connection, catalog, CanarySettings().seed))


def _judged(report: CanaryReport) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=not report.leaks,
        description=report.message,
        metadata={
            "partitions": len(report.partitions),
            "partitions_with_canaries": len(report.seeded),
            "leaks": len(report.leaks),
        },
    )
