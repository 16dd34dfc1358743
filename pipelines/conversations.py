"""Rebuilds turns and conversations from the events of silver (spec F2)."""

from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.queries import query
from pipelines.views import refresh
from pipelines.writing import Written, replace_table


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What a rebuild wrote."""

    turns: Written
    conversations: Written


def rebuild_conversations(connection: DuckDBPyConnection, catalog: SqlCatalog) -> Rebuilt:
    """Replaces ``silver.turns`` and ``silver.conversations`` by what ``silver.events`` says now.

    Both come from one snapshot of the events. Events that stand there twice or out of
    order change nothing: each counts once, in the order of its time.
    """
    refresh(connection, catalog)
    connection.execute(query("typed_events"))
    try:
        return Rebuilt(
            turns=replace_table(connection, catalog, TURNS, query("turns")),
            conversations=replace_table(connection, catalog, CONVERSATIONS, query("conversations")),
        )
    finally:
        connection.execute("DROP TABLE typed_events")
