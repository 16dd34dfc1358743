"""Accounting goes on from silver to gold (spec F4): which events the conversations and gold count.

``pipelines.accounting`` follows records by identity as far as silver. From there rows are
counts: a conversation says of how many events it was made, a day of gold as well. What a
build has not seen yet waits, by the same search that the next build begins with.
"""

from datetime import datetime, timedelta
from typing import Final

from duckdb import DuckDBPyConnection
from msgspec import Struct, to_builtins
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables
from pipelines.cursor import cursor_of
from pipelines.derived_tables import CONVERSATIONS, GOLD_ACCOUNTING, TURNS
from pipelines.mart_builds import days_behind
from pipelines.queries import query
from pipelines.tables import SILVER
from pipelines.touched import find_touched
from pipelines.views import refresh
from pipelines.writing import Written, replace_table

MART: Final = "gold.agent_daily"
"""The mart that counts every event of every conversation."""


class GoldTotals(Struct, frozen=True, kw_only=True):
    """The columns of ``ops.gold_accounting``, summed over partitions and hours."""

    silver: int
    conversations: int
    gold: int
    waiting: int
    overdue: int
    lost_before_conversations: int
    lost_before_gold: int
    doubled: int

    @property
    def balanced(self) -> bool:
        """Nothing is lost or counted twice, and nothing waits longer than it may."""
        return not (self.overdue or self.lost_before_conversations or self.lost_before_gold or self.doubled)

    @property
    def message(self) -> str:
        """One sentence for people."""
        counts = to_builtins(self)
        faults = [text.format(**counts) for name, text in _FAULTS.items() if counts[name]]
        told = _FLOW.format(**counts)
        return f"{'; '.join(faults)}. {told}" if faults else f"Balanced: {told}"


_FLOW = "{silver:,} in silver, {conversations:,} of them in conversations, {gold:,} in gold; {waiting:,} wait"
_FAULTS = {
    "overdue": "{overdue:,} wait longer than they may",
    "lost_before_conversations": "{lost_before_conversations:,} of conversations that lack events",
    "lost_before_gold": "{lost_before_gold:,} of days of which gold lacks events",
    "doubled": "{doubled:,} counted more often than they are there",
}


def account_gold(
    connection: DuckDBPyConnection, catalog: SqlCatalog, *, now: datetime, may_wait: timedelta | None
) -> Written:
    """Replaces ``ops.gold_accounting`` by what silver and gold say now.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        now: The time of the accounting.
        may_wait: Age up to which events may wait for a build; None lets none wait.
    """
    ensure_tables(catalog, (TURNS, CONVERSATIONS))
    refresh(connection, catalog)
    events, turns, conversations = (
        catalog.load_table(table.name) for table in (SILVER, TURNS, CONVERSATIONS)
    )
    find_touched(connection, events, conversations, turns, cursor_of(conversations))
    _note_days(connection, catalog)
    connection.execute("SET VARIABLE accounted_at = CAST(? AS TIMESTAMPTZ)", [now])
    since = None if may_wait is None else now - may_wait
    connection.execute("SET VARIABLE waiting_since = CAST(? AS TIMESTAMPTZ)", [since])
    return replace_table(connection, catalog, GOLD_ACCOUNTING, query("gold_accounting"))


def gold_totals(connection: DuckDBPyConnection, catalog: SqlCatalog) -> GoldTotals:
    """What ``ops.gold_accounting`` amounts to."""
    refresh(connection, catalog)
    [values] = connection.execute(query("gold_accounting_totals")).fetchall()
    return GoldTotals(**dict(zip(GoldTotals.__struct_fields__, values, strict=True)))


def _note_days(connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
    """Fills ``days_due``: days whose conversations changed since gold was built."""
    behind = days_behind(catalog, MART)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE days_due AS SELECT unnest(CAST(? AS DATE[])) AS day", [behind]
    )
