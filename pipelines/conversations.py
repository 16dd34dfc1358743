"""Rebuilds turns and conversations from the events of silver, as far as those changed (spec F2, ADR 011).

A build looks up from which snapshot of the events the last one was made, finds the
conversations whose events came or went since, computes their rows anew from all of their
events and overwrites the partitions in which that makes a difference. The conversations are
committed last and tell the snapshot in the same commit: a build that died before is done
again from where it began, and one that has nothing to do writes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Final

import pyarrow as pa
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.table import Table

from pipelines.cursor import EVENTS_SNAPSHOT, RULES, cursor_of, rules
from pipelines.days import Days
from pipelines.derived_tables import CONVERSATIONS, TEXTS, TURNS
from pipelines.partition_overwrite import DAY_OF, overwrite_changed, prepared
from pipelines.pii.masking import mask_table
from pipelines.queries import query
from pipelines.row_filters import all_of, among, at_least, on_days_of_tenants
from pipelines.tables import SILVER
from pipelines.touched import Touched, find_touched
from pipelines.views import select_sql
from pipelines.writing import DATA_THROUGH_PROPERTY, Written

Mask = Callable[[pa.Table, Sequence[str]], pa.Table]
"""Masks what must not be read in the named columns of rows; the same text always in the same way."""

_TEMPORARY: Final = (
    "touched",
    "known_conversations",
    "typed_events",
    "fresh_turns",
    "told_conversations",
    "judged_conversations",
    "returning_customers",
    "neighbours",
    "fresh_conversations",
    "changed_partitions",
)


class Rebuilt(Struct, frozen=True, kw_only=True):
    """What a build did."""

    conversations: Written
    turns: Written
    touched: int = 0
    """Conversations that were computed anew."""
    whole: bool = False
    """Whether these were all there are."""


class _Lake(Struct, frozen=True, kw_only=True):
    """The tables as they were when the build began."""

    events: Table
    turns: Table
    conversations: Table


def rebuild_conversations(
    connection: DuckDBPyConnection,
    catalog: SqlCatalog,
    *,
    mask: Mask = mask_table,
    days: Days | None = None,
    whole: bool = False,
) -> Rebuilt:
    """Makes ``silver.turns`` and ``silver.conversations`` what ``silver.events`` says now.

    Both come from one snapshot of the events. Events that stand there twice or out of
    order change nothing: each counts once, in the order of its time.

    Args:
        connection: A connection in UTC.
        catalog: The lake's catalog.
        mask: Takes names and the like out of what people and models wrote, before it is stored.
        days: Compute every conversation of these days anew as well, whether it changed or not:
            those with events, turns or a start there.
        whole: Compute every conversation anew, whatever is known to have changed.

    Raises:
        TableChangedError: Another build was faster.
    """
    lake = _Lake(
        events=catalog.load_table(SILVER.name),
        turns=prepared(catalog, TURNS),
        conversations=prepared(catalog, CONVERSATIONS),
    )
    snapshot = lake.events.current_snapshot()
    cursor = cursor_of(lake.conversations)
    is_done = cursor and cursor.is_at(snapshot.snapshot_id if snapshot else 0) and not whole
    if snapshot is None or (is_done and days is None):
        return Rebuilt(turns=_nothing(lake.turns), conversations=_nothing(lake.conversations))
    try:
        found = find_touched(
            connection, lake.events, lake.conversations, lake.turns, None if whole else cursor, days=days
        )
        return _rebuild(connection, lake, snapshot.snapshot_id, found, mask)
    finally:
        for name in _TEMPORARY:
            connection.execute(f"DROP TABLE IF EXISTS temp.{name}")


def _rebuild(
    connection: DuckDBPyConnection, lake: _Lake, snapshot_id: int, found: Touched, mask: Mask
) -> Rebuilt:
    reach = AlwaysTrue() if found.whole else _reach(connection, "event_time")
    _show(connection, "events_in_reach", lake.events, reach)
    for step in ("typed_events", "turns", "complexity_rule", "conversations", "outcome_rule"):
        connection.execute(query(step))
    _find_neighbours(connection, lake.conversations)
    connection.execute(query("recontacts"))
    for name, table in (("fresh_turns", TURNS.name), ("fresh_conversations", CONVERSATIONS.name)):
        _mask(connection, name, TEXTS[table], mask)
    told = {DATA_THROUGH_PROPERTY: str(found.watermark_us)} if found.watermark_us is not None else {}
    turns = overwrite_changed(
        connection,
        lake.turns,
        fresh="fresh_turns",
        rebuilt="touched",
        reach=AlwaysTrue() if found.whole else _reach(connection, DAY_OF),
        properties=told,
    )
    conversations = overwrite_changed(
        connection,
        lake.conversations,
        fresh="fresh_conversations",
        rebuilt="(SELECT * FROM touched UNION ALL BY NAME SELECT tenant_id, conversation_id FROM neighbours)",
        reach=AlwaysTrue() if found.whole else _reach_of_rows(connection),
        properties={**told, EVENTS_SNAPSHOT: str(snapshot_id), RULES: rules()},
    )
    return Rebuilt(turns=turns, conversations=conversations, touched=found.count, whole=found.whole)


def _find_neighbours(connection: DuckDBPyConnection, conversations: Table) -> None:
    """Finds rows that are right but for whether their customer came back."""
    connection.execute(query("returning_customers"))
    [(since,)] = connection.execute("SELECT min(since) FROM returning_customers").fetchall()
    tenants = connection.execute("SELECT DISTINCT tenant_id FROM returning_customers").fetchall()
    near = all_of(
        [
            at_least("last_contact_at", since.isoformat()),
            among("tenant_id", {tenant for (tenant,) in tenants}),
        ]
        if tenants
        else [on_days_of_tenants(DAY_OF, [])]
    )
    _show(connection, "conversations_near", conversations, near)
    connection.execute(query("neighbours"))


def _reach(connection: DuckDBPyConnection, column: str) -> BooleanExpression:
    return on_days_of_tenants(column, connection.execute(query("days_of_touched")).fetchall())


def _reach_of_rows(connection: DuckDBPyConnection) -> BooleanExpression:
    """Where the conversations' rows in the table are."""
    return on_days_of_tenants(DAY_OF, connection.execute(query("days_of_rows")).fetchall())


def _show(connection: DuckDBPyConnection, name: str, table: Table, files_with: BooleanExpression) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {select_sql(table, files_with)}")


def _mask(connection: DuckDBPyConnection, name: str, columns: Sequence[str], mask: Mask) -> None:
    """Masks text columns of a temporary table."""
    texts = connection.sql(f"SELECT rowid AS place, {', '.join(columns)} FROM {name}").to_arrow_table()  # noqa: S608 - our own names
    connection.register("masked_texts", mask(texts, columns))
    masked = ", ".join(f"masked_texts.{column} AS {column}" for column in columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {name}.* REPLACE ({masked})"  # noqa: S608 - our own names
        f" FROM {name} INNER JOIN masked_texts ON {name}.rowid = masked_texts.place"
    )
    connection.unregister("masked_texts")


def _nothing(table: Table) -> Written:
    snapshot = table.current_snapshot()
    return Written(rows=0, snapshot_id=snapshot.snapshot_id if snapshot else None)
