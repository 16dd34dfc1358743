"""Looks for the contract's made-up people where masking must have removed them (spec F2)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.queries import query
from pipelines.views import refresh
from streaming.contract.canaries import PHONE_FORM, STEM, Canary, canaries_of, partition_of

_KEYS: Final = ("tenant_id", "conversation_id", "turn", "day", "agent_version", "tool", "hour")
_SILVER: Final = (TURNS.name, CONVERSATIONS.name)


class Leak(Struct, frozen=True, kw_only=True):
    """A canary where it must not be.

    Attributes:
        table: Name of the table.
        column: Name of the column.
        row: What tells the row from others, by column.
        canary: What was found.
    """

    table: str
    column: str
    row: dict[str, str]
    canary: Canary


class CanaryReport(Struct, frozen=True, kw_only=True):
    """What a search found.

    Attributes:
        partitions: Partitions of silver conversations, by key.
        seeded: Of these, the ones whose canaries reached silver's events.
        leaks: Canaries in the tables that were looked through.
    """

    partitions: list[str]
    seeded: list[str]
    leaks: list[Leak]

    @property
    def message(self) -> str:
        """The finding in one line."""
        found = f"canaries in {len(self.seeded)} of {len(self.partitions)} partitions"
        if not self.leaks:
            return f"{found}, none of them leaked"
        first = self.leaks[0]
        where = f"the first: {first.canary.kind} in {first.table}.{first.column} of {first.row}"
        return f"{found}; {len(self.leaks)} leaked, {where}"


def look_in_silver(connection: DuckDBPyConnection, catalog: SqlCatalog, seed: str) -> CanaryReport:
    """Looks through silver turns and conversations; see :func:`_look` for arguments."""
    return _look(connection, catalog, seed, _SILVER)


def look_in_gold(connection: DuckDBPyConnection, catalog: SqlCatalog, seed: str) -> CanaryReport:
    """Looks through all of gold; see :func:`_look` for arguments."""
    refresh(connection, catalog)
    tables = [name for (name,) in connection.execute(query("gold_tables")).fetchall()]
    return _look(connection, catalog, seed, tables)


def _look(
    connection: DuckDBPyConnection, catalog: SqlCatalog, seed: str, tables: Sequence[str]
) -> CanaryReport:
    """Looks for the canaries of all partitions that there are.

    Args:
        connection: A connection of :func:`pipelines.views.connect`; its views are refreshed.
        catalog: The lake's catalog.
        seed: That of who planted; where it is empty, nothing is looked for.
        tables: Where to look.
    """
    refresh(connection, catalog)
    if not seed or not catalog.table_exists(CONVERSATIONS.name):
        return CanaryReport(partitions=[], seeded=[], leaks=[])
    found = connection.execute(query("partitions_of_conversations")).fetchall()
    partitions = [partition_of(day, tenant) for day, tenant in found]
    by_mark = {canary.mark: (key, canary) for key in partitions for canary in canaries_of(seed, key)}
    connection.execute("SET VARIABLE stem = CAST(? AS VARCHAR)", [STEM])
    connection.execute("SET VARIABLE phone_form = CAST(? AS VARCHAR)", [PHONE_FORM])
    words = {word for (word,) in connection.execute(query("planted_words")).fetchall()}
    seeded = {by_mark[word][0] for word in words & by_mark.keys()}
    canaries = {mark: canary for mark, (_, canary) in by_mark.items()}
    leaks = [leak for table in tables for leak in _leaks(connection, table, canaries)]
    return CanaryReport(partitions=partitions, seeded=sorted(seeded), leaks=leaks)


def _leaks(connection: DuckDBPyConnection, table: str, by_mark: Mapping[str, Canary]) -> Iterator[Leak]:
    connection.execute("SET VARIABLE looked_at = CAST(? AS VARCHAR)", [table])
    for (row_json,) in connection.execute(query("rows_like_canaries")).fetchall():
        row: dict[str, Any] = msgspec.json.decode(row_json)
        key = {name: str(row[name]) for name in _KEYS if row.get(name) is not None}
        for column, value in row.items():
            told = msgspec.json.encode(value).decode().lower()
            for canary in (canary for mark, canary in by_mark.items() if mark in told):
                yield Leak(table=table, column=column, row=key, canary=canary)
