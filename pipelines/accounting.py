"""Accounting: what became of every record, by identity and not by counts alone (spec F4).

A count that fits proves little: one event lost and another doubled cancel out. So each
record is followed by its coordinates and its event id through receipts, bronze, silver
and dead letters.
"""

from datetime import datetime, timedelta

from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.derived_tables import ACCOUNTING
from pipelines.queries import query
from pipelines.views import refresh
from pipelines.writing import Written, replace_table


class Totals(Struct, frozen=True, kw_only=True):
    """The columns of ``ops.accounting``, summed over partitions and hours."""

    acked: int
    bronze: int
    silver: int
    duplicates: int
    dead_letters: int
    unacked: int
    lost_before_bronze: int
    lost_after_bronze: int
    lost: int
    doubled: int
    offset_gaps: int
    in_flight: int


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether the books balance, and what to tell a reader.

    Attributes:
        balanced: Nothing is lost, doubled, skipped or without a receipt.
        sound: Nothing is lost, doubled or skipped. What has no receipt is there once: a producer died before
            it wrote down that the broker had it. That falsifies nothing that is built on it.
        settled: Nothing was still on its way either.
        message: One sentence for people.
        totals: The counts behind it.
    """

    balanced: bool
    sound: bool
    settled: bool
    message: str
    totals: Totals


def account(
    connection: DuckDBPyConnection,
    catalog: SqlCatalog,
    *,
    now: datetime,
    in_flight: timedelta | None = None,
) -> Written:
    """Replaces ``ops.accounting`` by what receipts, bronze, silver and dead letters say now.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        now: The time of the accounting.
        in_flight: Age up to which a record may be on its way to the next station. None
            takes the stream for drained: whatever has not arrived is lost.
    """
    refresh(connection, catalog)
    connection.execute("SET VARIABLE accounted_at = CAST(? AS TIMESTAMPTZ)", [now])
    connection.execute(
        "SET VARIABLE in_flight_since = CAST(? AS TIMESTAMPTZ)",
        [None if in_flight is None else now - in_flight],
    )
    return replace_table(connection, catalog, ACCOUNTING, query("accounting"))


def verdict(connection: DuckDBPyConnection, catalog: SqlCatalog) -> Verdict:
    """What ``ops.accounting`` amounts to."""
    refresh(connection, catalog)
    [values] = connection.execute(query("accounting_totals")).fetchall()
    return judge(Totals(**dict(zip(Totals.__struct_fields__, values, strict=True))))


def judge(totals: Totals) -> Verdict:
    """The verdict on totals."""
    found = [name for name in _FAULTS if getattr(totals, name)]
    faults = [_FAULTS[name].format(**_as_dict(totals)) for name in found]
    told = _FLOW.format(**_as_dict(totals))
    if totals.in_flight:
        told += f"; {totals.in_flight:,} still on their way"
    return Verdict(
        balanced=not faults,
        sound=set(found) <= {"unacked"},
        settled=totals.in_flight == 0,
        message=f"{'; '.join(faults)}. {told}" if faults else f"Balanced: {told}",
        totals=totals,
    )


_FLOW = (
    "{acked:,} acknowledged, {bronze:,} in bronze = {silver:,} in silver + {duplicates:,} duplicates"
    " + {dead_letters:,} dead letters"
)
_FAULTS = {
    "lost_before_bronze": "{lost_before_bronze:,} lost before bronze",
    "lost_after_bronze": "{lost_after_bronze:,} lost between bronze and silver",
    "doubled": "{doubled:,} doubled",
    "offset_gaps": "{offset_gaps:,} offsets missing in bronze",
    "unacked": "{unacked:,} in bronze without a receipt (did a producer die before it wrote its ledger?)",
}


def _as_dict(totals: Totals) -> dict[str, int]:
    return {name: getattr(totals, name) for name in totals.__struct_fields__}
