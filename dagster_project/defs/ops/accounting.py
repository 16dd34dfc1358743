"""Accounting (spec F4): nothing goes on to gold while an event is lost or doubled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import msgspec

from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.plots import table
from pipelines.accounting import account, verdict
from pipelines.derived_tables import ACCOUNTING


class AccountingConfig(dg.Config):
    """How strictly to account."""

    in_flight_s: float = 60.0
    """Age up to which a record may be on its way, seconds; 0 takes the stream for drained."""


@dg.multi_asset(
    specs=[
        spec_of(
            ACCOUNTING,
            deps=[
                ["bronze", "delivery_receipts"],
                ["bronze", "events"],
                ["silver", "events"],
                ["silver", "dead_letters"],
                ["ops", "repairs"],
            ],
            kinds={"duckdb", "iceberg"},
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "accounting_balances",
            asset=["ops", "accounting"],
            blocking=True,
            description=(
                "What was acknowledged is in bronze; bronze = silver + duplicates + dead letters; no offset"
                " is missing and nothing is there twice. By identity, not by counts alone."
            ),
        ),
        dg.AssetCheckSpec(
            "every_record_has_a_receipt",
            asset=["ops", "accounting"],
            description=(
                "Bronze = acknowledged. A producer that was killed may not have written down what the broker"
                " has of it: that record is there once, and falsifies nothing that is built on it."
            ),
        ),
    ],
)
def accounting(
    context: dg.AssetExecutionContext, lake: Lake, config: AccountingConfig
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Follows every record from its receipt through bronze to silver or the dead letters."""
    with lake.step(context) as (connection, catalog):
        in_flight = timedelta(seconds=config.in_flight_s) if config.in_flight_s else None
        account(connection, catalog, now=datetime.now(UTC), in_flight=in_flight)
        judged = verdict(connection, catalog)
        counts = msgspec.to_builtins(judged.totals)
        facts = snapshot_metadata(catalog, ACCOUNTING.name)
    yield dg.MaterializeResult(
        asset_key=["ops", "accounting"],
        metadata={
            **facts,
            **counts,
            "verdict": judged.message,
            "books": table("What became of every record", ("count", "records"), list(counts.items())),
        },
    )
    yield dg.AssetCheckResult(
        asset_key=["ops", "accounting"],
        check_name="accounting_balances",
        passed=judged.sound,
        description=judged.message,
        metadata=counts,
    )
    yield dg.AssetCheckResult(
        asset_key=["ops", "accounting"],
        check_name="every_record_has_a_receipt",
        passed=judged.totals.unacked == 0,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{judged.totals.unacked:,} records in bronze without a receipt",
        metadata={"unacked": judged.totals.unacked},
    )
