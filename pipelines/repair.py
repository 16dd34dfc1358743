"""Removes the duplicates that came after the stream had forgotten their event (spec E5, F2).

The stream remembers event ids for some days. A duplicate that comes later is a second row
in silver; its record is in bronze like any other, so the accounting counts it among the
duplicates once its row is gone.

The row handed over first stays. The others are removed by copying the files that hold them
without them: no delete files, so every reader goes on. Rows are named by their coordinates,
so whatever the stream appends meanwhile cannot be meant.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

import pyarrow as pa
from duckdb import DuckDBPyConnection
from msgspec import Struct, structs
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import BooleanExpression

from pipelines.catalog import ensure_tables
from pipelines.derived_tables import REPAIRS
from pipelines.errors import TableChangedError
from pipelines.queries import query
from pipelines.row_filters import all_of, among, any_of, equal, on_day
from pipelines.tables import SILVER
from pipelines.views import refresh

_ROWS_A_COMMIT: Final = 5_000
_ATTEMPTS: Final = 5
_NOTED: Final = f"SELECT topic, kafka_partition, kafka_offset FROM {REPAIRS.name}"  # noqa: S608 - our own name


class Duplicate(Struct, frozen=True, kw_only=True):
    """A row of silver whose event stands under earlier coordinates, and where its partition is."""

    event_id: str
    topic: str
    kafka_partition: int
    kafka_offset: int
    broker_time: datetime
    kept_topic: str
    kept_partition: int
    kept_offset: int
    kept_broker_time: datetime
    same_payload: bool
    tenant_id: str
    event_type: str
    event_time: datetime


class Repaired(Struct, frozen=True, kw_only=True):
    """What a repair did."""

    removed: int
    """Rows removed from silver."""
    commits: int
    """Snapshots that removed them."""


def remove_late_duplicates(connection: DuckDBPyConnection, catalog: SqlCatalog, *, now: datetime) -> Repaired:
    """Leaves each event once in silver, and tells in ``ops.repairs`` what was removed.

    Safe beside the running stream and when run again after it died: what is removed is told
    first, once, and is found again as long as it is there.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        now: The time of the repair.

    Raises:
        TableChangedError: Other writers changed the same files again and again.
    """
    ensure_tables(catalog, (REPAIRS,))
    removed = commits = 0
    before = list[Duplicate]()
    while found := _find(connection, catalog):
        if found == before:
            raise TableChangedError(f"{SILVER.name}: {len(found)} duplicates came back at once; try again")
        _tell(connection, catalog, found, now)
        _remove(catalog, found)
        removed, commits, before = removed + len(found), commits + 1, found
    return Repaired(removed=removed, commits=commits)


def _find(connection: DuckDBPyConnection, catalog: SqlCatalog) -> list[Duplicate]:
    refresh(connection, catalog)
    rows = connection.execute(query("find_late_duplicates"), [_ROWS_A_COMMIT]).fetchall()
    return [Duplicate(**dict(zip(Duplicate.__struct_fields__, row, strict=True))) for row in rows]


def _tell(
    connection: DuckDBPyConnection, catalog: SqlCatalog, found: Sequence[Duplicate], now: datetime
) -> None:
    told = set(connection.execute(_NOTED).fetchall())
    table = catalog.load_table(REPAIRS.name)
    fresh = [
        {**structs.asdict(one), "repaired_at": now}
        for one in found
        if (one.topic, one.kafka_partition, one.kafka_offset) not in told
    ]
    if fresh:
        table.append(pa.Table.from_pylist(fresh, schema=table.schema().as_arrow()))


def _remove(catalog: SqlCatalog, found: Sequence[Duplicate]) -> None:
    rows = rows_of(found)
    for _ in range(_ATTEMPTS):
        try:
            catalog.load_table(SILVER.name).delete(rows)
        except (CommitFailedException, ValidationException):
            continue  # another writer changed the same files: their rows are read anew
        return
    raise TableChangedError(
        f"{SILVER.name}: {_ATTEMPTS} times another writer changed the files that hold duplicates; try again"
    )


def rows_of(found: Iterable[Duplicate]) -> BooleanExpression:
    """The condition that holds for these rows of silver and no others.

    It names their days and tenants, so that files without them are not looked through.
    """
    offsets = defaultdict[_Place, list[int]](list)
    for one in found:
        day = one.event_time.date()
        offsets[_Place(day, one.tenant_id, one.topic, one.kafka_partition)].append(one.kafka_offset)
    return any_of([_rows_at(place, offsets[place]) for place in sorted(offsets)])


class _Place(NamedTuple):
    """A day of a tenant, and a partition of the log."""

    day: date
    tenant_id: str
    topic: str
    kafka_partition: int


def _rows_at(place: _Place, offsets: list[int]) -> BooleanExpression:
    conditions = (
        on_day("event_time", place.day),
        *(equal(column, getattr(place, column)) for column in _Place._fields[1:]),
        among("kafka_offset", offsets),
    )
    return all_of(conditions)
