"""Freshness: how long rows took from the producer's hand-over to a committed table.

The clock starts at ``broker_time``, which is wall-clock time also when a replay gives
events times in the past. It stops at the commit of the snapshot that first showed the row.

Tables that the stream appends to: every row of the files added in the window, against
the commit that added its file; files that a compaction or a repair rewrote do not count.

Computed tables are rewritten by each build, so their rows carry ``data_through``, the
newest broker_time that went into them. Measured are the rows that were new in the last
build that brought anything new, against the commit of that build.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import pyarrow as pa
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table

from pipelines.catalog import ensure_tables
from pipelines.commits import EPOCH, appended_files, builds
from pipelines.derived_tables import FRESHNESS
from pipelines.queries import query
from pipelines.tables import RECEIPTS
from pipelines.views import file_path, file_source, metadata_locations
from pipelines.writing import DATA_THROUGH, replace_rows

TARGETS_S: Final = {"bronze": 60.0, "silver": 300.0, "gold": 900.0}
"""Seconds after which a row must be readable, by layer (F1, F2, F3)."""


class Freshness(Struct, frozen=True, kw_only=True):
    """The freshness of one table; seconds are None where nothing was measured."""

    table_name: str
    measured_at: datetime
    rows: int
    p50_s: float | None
    p99_s: float | None
    max_s: float | None
    target_s: float
    within_target: bool | None


class _AddedFile(Struct, frozen=True, kw_only=True):
    location: str
    committed_at: datetime
    seen_through: datetime


def publish_freshness(
    connection: DuckDBPyConnection,
    catalog: SqlCatalog,
    *,
    now: datetime,
    window: timedelta = timedelta(days=1),
) -> list[Freshness]:
    """Measures every table of the layers and replaces ``ops.freshness`` by the result."""
    tables = (
        catalog.load_table(name)
        for name in sorted(metadata_locations(catalog))
        if name.split(".")[0] in TARGETS_S and name != RECEIPTS.name
    )
    measured = [measure(connection, table, now=now, window=window) for table in tables if _handed_over(table)]
    ensure_tables(catalog, (FRESHNESS,))
    table = catalog.load_table(FRESHNESS.name)
    rows = pa.Table.from_pylist(
        [{name: getattr(row, name) for name in row.__struct_fields__} for row in measured],
        schema=table.schema().as_arrow(),
    )
    replace_rows(table, rows.to_reader())
    return measured


def measure(connection: DuckDBPyConnection, table: Table, *, now: datetime, window: timedelta) -> Freshness:
    """The freshness of one table that has a ``broker_time`` or ``data_through`` column."""
    column = _handed_over(table) or DATA_THROUGH
    added = list(_built(table) if column == DATA_THROUGH else _appended(table, now - window))
    rows, p50, p99, worst = _seconds(connection, table, column, added) if added else (0, None, None, None)
    name = ".".join(table.name())
    target = TARGETS_S[table.name()[0]]
    return Freshness(
        table_name=name,
        measured_at=now,
        rows=rows,
        p50_s=p50,
        p99_s=p99,
        max_s=worst,
        target_s=target,
        within_target=None if p99 is None else p99 <= target,
    )


def _handed_over(table: Table) -> str | None:
    """The column that says when a row's data left the producer."""
    columns = table.schema().column_names
    return next((name for name in (DATA_THROUGH, "broker_time") if name in columns), None)


def _appended(table: Table, since: datetime) -> Iterator[_AddedFile]:
    """The live files that commits of the window added."""
    for file in appended_files(table, since):
        yield _AddedFile(location=file.location, committed_at=file.committed_at, seen_through=EPOCH)


def _built(table: Table) -> Iterator[_AddedFile]:
    """The table's files, against the first build that knew all that they know."""
    known = builds(table)
    if not known:
        return
    newest = min(known, key=lambda build: (-build.through.timestamp(), build.committed_at))
    seen_through = max(
        (b.through for b in known if b.through < newest.through and b.committed_at < newest.committed_at),
        default=EPOCH,
    )
    for task in table.scan().plan_files():
        yield _AddedFile(
            location=task.file.file_path, committed_at=newest.committed_at, seen_through=seen_through
        )


def _seconds(
    connection: DuckDBPyConnection, table: Table, column: str, added: list[_AddedFile]
) -> tuple[int, float | None, float | None, float | None]:
    """Row count, median, 99th percentile and maximum, in seconds."""
    files = pa.table(
        {
            "path": [file_path(file.location) for file in added],
            "committed_at": [file.committed_at for file in added],
            "seen_through": [file.seen_through for file in added],
        }
    )
    source = file_source([table.schema().find_field(column)], [file.location for file in added])
    connection.register("added_files", files)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW added_rows AS SELECT {column} AS handed_over, filename"  # noqa: S608 - our own names
        f" FROM read_parquet({source}, filename = true)"
    )
    [(rows, p50, p99, worst)] = connection.execute(query("freshness")).fetchall()
    connection.unregister("added_files")
    return rows, p50, p99, worst
