"""Dead letters that wait for a replay, and the ledger of those that had one (spec E5, F2).

The topic itself is the record of what was replayed: a replay carries the coordinates of
its letter, and bronze has every record. The ledger is a reading of it, so that a replay
whose process died before it noted anything is found by :func:`reconcile`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables
from pipelines.derived_tables import REPLAYS
from pipelines.queries import query
from pipelines.views import refresh
from streaming.contract.dead_letters import DeadLetter
from streaming.contract.header_text import decode_headers

_BATCH: Final = 1_000


class Selection(Struct, frozen=True, kw_only=True):
    """Which dead letters.

    Attributes:
        reason: What the reason contains, in any case; all reasons where empty.
        since: Handed over then or later.
        until: Handed over before then.
        again: Also letters that the same repair made of earlier ones, and that failed again.
    """

    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None
    again: bool = False


class Replay(Struct, frozen=True, kw_only=True):
    """A row of the ledger: the coordinates of a letter, and those of its replay."""

    topic: str
    kafka_partition: int
    kafka_offset: int
    replay_topic: str
    replay_partition: int
    replay_offset: int
    event_id: str
    repair: str
    replayed_at: datetime


def waiting_letters(
    connection: DuckDBPyConnection, catalog: SqlCatalog, selection: Selection, repair: str
) -> Iterator[list[DeadLetter]]:
    """The letters that were not replayed yet, oldest first, a thousand at a time.

    All come from one snapshot: letters that the replay itself makes are not among them.

    Args:
        connection: A connection with the lake's views; in use until the last batch is read.
        catalog: The lake's catalog.
        selection: Which letters.
        repair: Name of the repair that they are for.
    """
    _prepare(connection, catalog)
    found = connection.execute(
        query("waiting_dead_letters"),
        [selection.reason, selection.since, selection.until, repair, selection.again],
    )
    while rows := found.fetchmany(_BATCH):
        yield [_letter(row) for row in rows]


def _letter(row: tuple[Any, ...]) -> DeadLetter:
    *rest, headers = row
    values = zip(DeadLetter.__struct_fields__, rest, strict=False)
    return DeadLetter(**dict(values), headers=dict(decode_headers(headers)))


def note_replays(catalog: SqlCatalog, replays: Sequence[Replay]) -> None:
    """Appends replays to the ledger, in one commit."""
    ensure_tables(catalog, (REPLAYS,))
    table = catalog.load_table(REPLAYS.name)
    if replays:
        rows = [{name: getattr(row, name) for name in row.__struct_fields__} for row in replays]
        table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))


def reconcile(connection: DuckDBPyConnection, catalog: SqlCatalog) -> int:
    """Notes the replays that bronze has and the ledger lacks; returns how many.

    Only once bronze has all that the topic had is the ledger complete.
    """
    _prepare(connection, catalog)
    found = connection.execute(query("unnoted_replays")).fetchall()
    note_replays(catalog, [Replay(**dict(zip(Replay.__struct_fields__, row, strict=True))) for row in found])
    return len(found)


def _prepare(connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
    ensure_tables(catalog, (REPLAYS,))
    refresh(connection, catalog)
