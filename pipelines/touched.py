"""Finds the conversations whose rows may differ since the last build."""

from collections.abc import Sequence
from typing import Final

from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.expressions import AlwaysFalse
from pyiceberg.table import Table

from pipelines.cursor import Cursor, rules
from pipelines.days import Days
from pipelines.queries import query
from pipelines.table_changes import FileChanges, changes_since
from pipelines.views import file_source, select_sql

_READ: Final = (
    "event_id",
    "event_type",
    "tenant_id",
    "conversation_id",
    "event_time",
    "topic",
    "kafka_partition",
    "kafka_offset",
    "broker_time",
)
_NEWEST: Final = "SELECT epoch_us(max(broker_time)) FROM {rows}"


class Touched(Struct, frozen=True, kw_only=True):
    """What a search found; the conversations are in the temporary table ``touched``."""

    count: int
    whole: bool
    """Whether all conversations are taken for touched."""
    watermark_us: int | None
    """Newest hand-over of any event, microseconds since the epoch."""


def find_touched(
    connection: DuckDBPyConnection,
    events: Table,
    conversations: Table,
    turns: Table,
    cursor: Cursor | None,
    *,
    days: Days | None = None,
) -> Touched:
    """Fills ``touched`` and ``known_conversations``.

    All conversations are touched where nothing tells what changed: at the first build, after
    a change of the SQL, and where the snapshot of the last build has expired. Where that is
    known, those of the ``days`` are touched beside those that changed.
    """
    known = cursor is not None and cursor.rules == rules()
    changes = changes_since(events, cursor.events_snapshot) if cursor and known else None
    _view(connection, "conversations_before", select_sql(conversations))
    _view(connection, "turns_before", select_sql(turns))
    if cursor is None or changes is None:
        _view(connection, "events_in_reach", select_sql(events))
        watermark = _newest(connection, "events_in_reach")
        connection.execute(query("touched_all"))
    else:
        _show_changes(connection, events, changes)
        watermark = _watermark(connection, events, changes, cursor)
        connection.execute(query("touched_by_changes"))
        _set_watermark(connection, watermark)
        connection.execute(query("touched_by_silence"))
        if days is not None:
            _add_days(connection, events, conversations, turns, days)
    _set_watermark(connection, watermark)
    connection.execute(query("known_conversations"))
    [(count,)] = connection.execute("SELECT count(*) FROM touched").fetchall()
    return Touched(count=count, whole=changes is None, watermark_us=watermark)


def _add_days(
    connection: DuckDBPyConnection, events: Table, conversations: Table, turns: Table, days: Days
) -> None:
    _view(connection, "all_events", select_sql(events))
    _view(connection, "events_of_days", select_sql(events, days.of_times("event_time")))
    _view(connection, "conversations_of_days", select_sql(conversations, days.of_times("started_at")))
    _view(connection, "turns_of_days", select_sql(turns, days.of_times("started_at")))
    connection.execute(query("touched_in_days"))


def _show_changes(connection: DuckDBPyConnection, events: Table, changes: FileChanges) -> None:
    for name, files in (("added_events", changes.added), ("removed_events", changes.removed)):
        _view(connection, name, _reader(events, [file.file_path for file in files]))


def _reader(events: Table, files: Sequence[str]) -> str:
    if not files:
        return f"SELECT {', '.join(_READ)} FROM ({select_sql(events, AlwaysFalse())})"  # noqa: S608 - our own names
    fields = [events.schema().find_field(name) for name in _READ]
    return f"SELECT {', '.join(_READ)} FROM read_parquet({file_source(fields, files)})"  # noqa: S608 - quoted


def _watermark(
    connection: DuckDBPyConnection, events: Table, changes: FileChanges, cursor: Cursor
) -> int | None:
    if changes.removed:  # the newest event may be among what went
        _view(connection, "events_in_reach", select_sql(events))
        return _newest(connection, "events_in_reach")
    return max(cursor.through_us, _newest(connection, "added_events") or 0)


def _newest(connection: DuckDBPyConnection, rows: str) -> int | None:
    [(newest,)] = connection.execute(_NEWEST.format(rows=rows)).fetchall()
    return newest if newest is None else int(newest)


def _set_watermark(connection: DuckDBPyConnection, watermark_us: int | None) -> None:
    connection.execute("SET VARIABLE watermark = make_timestamptz(CAST(? AS BIGINT))", [watermark_us])


def _view(connection: DuckDBPyConnection, name: str, reader: str) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {reader}")
