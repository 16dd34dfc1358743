"""The canary that runs, decided about after every build of the conversations (spec M1, M2)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import dagster as dg

from analytics.delivery.errors import DecidedMeanwhileError, NoCanaryError
from analytics.delivery.history import Canary, Row, canary_of, read_rows
from analytics.delivery.running import decide_by_tables
from analytics.delivery.tables import CANARY_DECISIONS
from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.plots import intervals, table
from dagster_project.policies import FOLLOW

KEY: Final = dg.AssetKey(["gold", "canary_decisions"])
CHECK: Final = "not_rolled_back"


@dg.multi_asset(
    specs=[
        spec_of(
            CANARY_DECISIONS,
            deps=[["silver", "events"], ["silver", "turns"], ["silver", "conversations"]],
            kinds={"duckdb", "iceberg"},
            automation_condition=FOLLOW,
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            CHECK, asset=KEY, description="The newest canary runs, or was promoted: it was not rolled back."
        )
    ],
)
def canary_decisions(
    context: dg.AssetExecutionContext, lake: Lake
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Decides about the canary that runs, if one does, and shows the newest."""
    with lake.step(context) as (connection, catalog):
        try:
            decide_by_tables(connection, catalog, now=datetime.now(UTC))
        except NoCanaryError as nothing:
            context.log.info("%s", nothing)
        except DecidedMeanwhileError as meanwhile:
            raise dg.RetryRequested(max_retries=3, seconds_to_wait=2) from meanwhile
        canaries = read_rows(catalog)
        facts = snapshot_metadata(catalog, CANARY_DECISIONS.name)
    if not canaries:
        yield dg.MaterializeResult(asset_key=KEY, metadata={**facts, "canary": "none was ever started"})
        yield _check(None, ())
        return
    [*_, rows] = canaries.values()
    newest = canary_of(rows)
    yield dg.MaterializeResult(asset_key=KEY, metadata={**facts, **_told(newest, rows)})
    yield _check(newest, rows[-1].reasons)


def _told(canary: Canary, rows: list[Row]) -> dict[str, Any]:
    last = rows[-1]
    harms = {
        f"{one.trigger}, {one.state}": (one.low, one.harm, one.high)
        for one in last.findings
        if one.control_n and one.canary_n
    }
    columns = ("decided at", "stage", "minutes", "action", "why")
    history = [
        (f"{one.decided_at:%Y-%m-%d %H:%M}", one.stage, one.minutes, one.action, "; ".join(one.reasons))
        for one in rows[-20:]
    ]
    told: dict[str, Any] = {
        "canary": canary.canary,
        "control": canary.control,
        "state": canary.state,
        "stage": canary.stage.name,
        "share": canary.share,
        "money_usd": last.money_usd,
        "irreversible": last.irreversible,
        "unpriced": last.unpriced,
        "history": table(f"{canary.canary} beside {canary.control}", columns, history),
    }
    return {**told, "harms": intervals("Harm beside control", harms)} if harms else told


def _check(canary: Canary | None, reasons: list[str] | tuple[str, ...]) -> dg.AssetCheckResult:
    failed = canary is not None and canary.state == "rolled back"
    return dg.AssetCheckResult(
        asset_key=KEY,
        check_name=CHECK,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{canary.canary}: {canary.state}. {'; '.join(reasons)}" if canary else "no canary",
    )
