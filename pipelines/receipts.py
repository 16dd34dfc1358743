"""Loads the producers' ledgers of delivery receipts into the lake (spec E3, F4)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.errors import ReceiptSegmentError
from pipelines.tables import RECEIPTS
from pipelines.views import refresh

_COMMIT_ROWS: Final = 500_000


class LoadedReceipts(Struct, frozen=True, kw_only=True):
    """What a load added."""

    segments: int
    rows: int


def load_receipts(connection: DuckDBPyConnection, catalog: SqlCatalog, folder: Path) -> LoadedReceipts:
    """Appends the segments ``<folder>/<producer id>/<number>.parquet`` that the table lacks.

    A segment is in the table wholly or not at all, and the table itself says which are
    there: a load that died at any point is simply run again.

    Raises:
        ReceiptSegmentError: A file is not a segment of a ledger.
    """
    refresh(connection, catalog)
    loaded = {name for (name,) in connection.execute(_LOADED_SEGMENTS).fetchall()}
    paths = {f"{path.parent.name}/{path.stem}": path for path in sorted(folder.glob("*/*.parquet"))}
    waiting = {name: path for name, path in paths.items() if name not in loaded}
    table, rows = catalog.load_table(RECEIPTS.name), 0
    for chunk in _chunks(waiting, table.schema().as_arrow()):
        table.append(chunk)
        rows += chunk.num_rows
    return LoadedReceipts(segments=len(waiting), rows=rows)


_LOADED_SEGMENTS: Final = f"SELECT DISTINCT segment FROM {RECEIPTS.name}"  # noqa: S608 - our own name


def _chunks(segments: dict[str, Path], schema: pa.Schema) -> Iterator[pa.Table]:
    """Whole segments, as many together as make about half a million rows."""
    tables, rows = list[pa.Table](), 0
    for name, path in segments.items():
        tables.append(_read(name, path, schema))
        rows += tables[-1].num_rows
        if rows >= _COMMIT_ROWS:
            yield pa.concat_tables(tables)
            tables, rows = [], 0
    if tables:
        yield pa.concat_tables(tables)


def _read(name: str, path: Path, schema: pa.Schema) -> pa.Table:
    try:
        segment = pq.read_table(path)
        named = segment.append_column("segment", pa.array([name] * segment.num_rows, pa.string()))
        return named.select(schema.names).cast(schema)
    except (pa.ArrowException, KeyError) as cause:
        message = f"{path}: not a segment of a delivery ledger ({cause}); move it away and load again"
        raise ReceiptSegmentError(message) from cause
