"""Which days wait for a build: those of conversations that changed since the last one (ADR 011, ADR 014)."""

from datetime import date

from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.cursor import cursor_of
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.partition_overwrite import prepared
from pipelines.queries import query
from pipelines.tables import SILVER
from pipelines.touched import find_touched


class DueDays(Struct, frozen=True, kw_only=True):
    """What a build would bring up to date.

    Attributes:
        snapshot_id: The snapshot of ``silver.events`` that was looked at; None where there is none.
        days: Days, UTC, in which a conversation that changed has events or rows; in order.
    """

    snapshot_id: int | None
    days: list[date]


def newest_snapshot(catalog: SqlCatalog) -> int | None:
    """The current snapshot of ``silver.events``: one look into the catalog and one file."""
    snapshot = catalog.load_table(SILVER.name).current_snapshot()
    return snapshot.snapshot_id if snapshot else None


def due_days(connection: DuckDBPyConnection, catalog: SqlCatalog) -> DueDays:
    """Looks up what changed since the snapshot that ``silver.conversations`` was built from.

    Args:
        connection: A connection in UTC.
        catalog: The lake's catalog.
    """
    events = catalog.load_table(SILVER.name)
    turns, conversations = prepared(catalog, TURNS), prepared(catalog, CONVERSATIONS)
    snapshot, cursor = events.current_snapshot(), cursor_of(conversations)
    if snapshot is None or (cursor and cursor.is_at(snapshot.snapshot_id)):
        return DueDays(snapshot_id=snapshot.snapshot_id if snapshot else None, days=[])
    find_touched(connection, events, conversations, turns, cursor)
    places = connection.execute(query("days_of_touched")).fetchall()
    return DueDays(snapshot_id=snapshot.snapshot_id, days=sorted({day for day, _ in places}))
