"""Writes the result of a DuckDB query into an Iceberg table, in one commit."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import AlwaysFalse, AlwaysTrue, BooleanExpression
from pyiceberg.table import Table

from pipelines.catalog import ensure_tables
from pipelines.table_definition import TableDefinition
from pipelines.views import duckdb_type

DATA_THROUGH: Final = "data_through"
"""Column of computed tables: the newest broker_time that a row knows of."""
DATA_THROUGH_PROPERTY: Final = "turnstone.data-through-us"
"""Snapshot property: the newest ``data_through`` of the table, microseconds since the epoch."""

_CHUNK_ROWS: Final = 200_000


class Written(Struct, frozen=True, kw_only=True):
    """What a write left behind."""

    rows: int
    snapshot_id: int | None
    """The table's snapshot after the write, None where the table was and stays empty."""
    days: tuple[date, ...] = ()
    """Days whose partitions were replaced, in order; none where the table has no days of its own."""


def replace_table(
    connection: DuckDBPyConnection, catalog: SqlCatalog, definition: TableDefinition, query: str
) -> Written:
    """Replaces a table's rows by those of a query; readers see all of it or nothing.

    The query's columns are taken by name and cast to the table's types. Memory holds
    200,000 rows at a time.
    """
    ensure_tables(catalog, (definition,))
    fields = definition.schema.fields
    casts = ", ".join(f'CAST("{f.name}" AS {duckdb_type(f.field_type)}) AS "{f.name}"' for f in fields)
    result = connection.sql(f"SELECT {casts} FROM ({query})")  # noqa: S608 - our own files and names
    return replace_rows(catalog.load_table(definition.name), result.to_arrow_reader(_CHUNK_ROWS))


def replace_rows(table: Table, rows: pa.RecordBatchReader) -> Written:
    """Replaces a table's rows in one commit, holding 200,000 rows and a batch at a time."""
    count = append_rows(table, rows, delete=AlwaysTrue() if _has_rows(table) else AlwaysFalse())
    snapshot = table.refresh().current_snapshot()
    return Written(rows=count, snapshot_id=snapshot.snapshot_id if snapshot else None)


def append_rows(
    table: Table,
    rows: pa.RecordBatchReader,
    *,
    delete: BooleanExpression,
    properties: Mapping[str, str] | None = None,
    known_through: int | None = None,
) -> int:
    """Deletes some rows and appends others in one commit.

    Args:
        table: The table.
        rows: What to append.
        delete: What to delete; nothing where it is ``AlwaysFalse``.
        properties: What the last snapshot of the commit says of itself. How far its data
            goes is told by the rows, unless it is told here.
        known_through: How far the data of the rows that stay goes, microseconds since the epoch.

    Returns:
        How many rows were appended.
    """
    count, through, told = 0, known_through, dict(properties or {})
    with table.transaction() as transaction:
        if not isinstance(delete, AlwaysFalse):
            transaction.delete(delete)
        for chunk, is_last in _chunks(rows):
            count += chunk.num_rows
            through = max(filter(None, (through, _newest(chunk))), default=None)
            # only the whole build says how far it goes
            reach = {} if through is None else {DATA_THROUGH_PROPERTY: str(through)}
            transaction.append(chunk, snapshot_properties={**reach, **told} if is_last else {})
        if not count and told:
            transaction.append(table.schema().as_arrow().empty_table(), snapshot_properties=told)
    return count


def _chunks(rows: pa.RecordBatchReader) -> Iterator[tuple[pa.Table, bool]]:
    """Batches put together to chunks worth a file, and whether a chunk is the last."""
    waiting = list[pa.RecordBatch]()
    for batch in rows:
        if sum(one.num_rows for one in waiting) >= _CHUNK_ROWS:
            yield pa.Table.from_batches(waiting), False
            waiting = []
        waiting.append(batch)
    if waiting:
        yield pa.Table.from_batches(waiting), True


def _has_rows(table: Table) -> bool:
    snapshot = table.current_snapshot()
    return snapshot is not None and (snapshot.summary is None or snapshot.summary["total-data-files"] != "0")


def _newest(chunk: pa.Table) -> int | None:
    """The newest ``data_through`` of a chunk, microseconds since the epoch."""
    if DATA_THROUGH not in chunk.column_names:
        return None
    newest: datetime | None = pc.max(chunk.column(DATA_THROUGH)).as_py()
    return None if newest is None else round(newest.timestamp() * 1e6)
