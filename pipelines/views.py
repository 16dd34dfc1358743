"""DuckDB views over the lake's Iceberg tables, made from the catalog (ADR 005).

A view reads the data files of one snapshot through the table's schema by field id, so
that renamed, added and widened columns read right. Nothing is copied, and no extension
is needed.
"""

import tempfile
from collections.abc import Collection

import duckdb
from duckdb import DuckDBPyConnection
from pyiceberg import types as iceberg
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import Table
from sqlalchemy import select

from pipelines.catalog import NAMESPACES
from pipelines.errors import TableChangedError, UnreadableTableError
from pipelines.sketches import define_sketches

_ATTEMPTS = 5
_ALL = AlwaysTrue()
_TYPES: dict[type[iceberg.IcebergType], str] = {
    iceberg.BooleanType: "BOOLEAN",
    iceberg.IntegerType: "INTEGER",
    iceberg.LongType: "BIGINT",
    iceberg.FloatType: "FLOAT",
    iceberg.DoubleType: "DOUBLE",
    iceberg.DateType: "DATE",
    iceberg.TimeType: "TIME",
    iceberg.TimestampType: "TIMESTAMP",
    iceberg.TimestamptzType: "TIMESTAMP WITH TIME ZONE",
    iceberg.StringType: "VARCHAR",
    iceberg.UUIDType: "UUID",
    iceberg.BinaryType: "BLOB",
}


def connect(catalog: SqlCatalog, database: str = ":memory:") -> DuckDBPyConnection:
    """A DuckDB connection in UTC in which every table of the catalog is a view.

    The views show the tables as they are now; :func:`refresh` catches up with them.
    """
    connection = duckdb.connect(database)
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET temp_directory = ?", [tempfile.gettempdir()])
    define_sketches(connection)
    refresh(connection, catalog)
    return connection


def refresh(connection: DuckDBPyConnection, catalog: SqlCatalog) -> list[str]:
    """Makes the views of tables that changed since their view was made; drops those of dropped ones.

    Costs one look into the catalog where nothing changed. A view keeps the metadata location
    that it shows as its comment.

    Returns:
        The names of the views that were made.

    Raises:
        UnreadableTableError: A table holds deletes that this reader does not apply.
        TableChangedError: A table changed faster than it could be read.
    """
    for namespace in NAMESPACES:
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{namespace}"')
    current = metadata_locations(catalog)
    shown = _shown(connection)
    for name in shown.keys() - current.keys():
        connection.execute(f"DROP VIEW {_quoted(name)}")
    changed = sorted(name for name, location in current.items() if shown.get(name) != location)
    for name in changed:
        show_table(connection, catalog, name)
    return changed


def show_table(connection: DuckDBPyConnection, catalog: SqlCatalog, name: str) -> None:
    """Makes the view of one table's current snapshot; see :func:`refresh`."""
    for _ in range(_ATTEMPTS):
        try:
            table = catalog.load_table(name)
            reader = select_sql(table)
        except FileNotFoundError:
            continue  # its metadata was replaced and deleted while we read: look again
        except NoSuchTableError:
            return
        connection.execute(f"CREATE OR REPLACE VIEW {_quoted(name)} AS {reader}")
        connection.execute(f"COMMENT ON VIEW {_quoted(name)} IS {_literal(table.metadata_location)}")
        return
    raise TableChangedError(f"{name}: its metadata was gone {_ATTEMPTS} times while it was read; try again")


def metadata_locations(catalog: SqlCatalog) -> dict[str, str]:
    """Where the current metadata of every table is, by the table's name."""
    rows = IcebergTables.table_namespace, IcebergTables.table_name, IcebergTables.metadata_location
    pointers = select(*rows).where(IcebergTables.catalog_name == catalog.name)
    with catalog.engine.connect() as database:
        return {
            f"{space}.{name}": location for space, name, location in database.execute(pointers) if location
        }


def select_sql(table: Table, files_with: BooleanExpression = _ALL) -> str:
    """The DuckDB query that reads the current snapshot of a table whose files it reaches by path.

    Args:
        table: The table.
        files_with: Leaves out files that hold no such row; other rows of the rest are read as well.

    Raises:
        UnreadableTableError: The table holds equality deletes or deletion vectors.
    """
    fields = table.schema().fields
    try:
        tasks = list(table.scan(files_with).plan_files())
    except ValueError as cause:  # what pyiceberg says to equality deletes
        raise _unreadable(table, str(cause)) from cause
    if not tasks:
        empty = (f'CAST(NULL AS {duckdb_type(f.field_type)}) AS "{f.name}"' for f in fields)
        return f"SELECT {', '.join(empty)} WHERE false"
    names = ", ".join(f'"{field.name}"' for field in fields)
    source = file_source(fields, [task.file.file_path for task in tasks])
    deletes = {file.file_path: file for task in tasks for file in task.delete_files}
    if not deletes:
        return f"SELECT {names} FROM read_parquet({source})"  # noqa: S608 - every part is quoted
    _require_position_deletes(table, deletes.values())
    deleted = "regexp_replace(file_path, '^file:(//)?', '') AS filename, pos AS file_row_number"
    return (
        f"SELECT {names} FROM read_parquet({source}, filename = true, file_row_number = true)"  # noqa: S608 - every part is quoted
        f" ANTI JOIN (SELECT {deleted} FROM read_parquet({_list(deletes)}))"
        " USING (filename, file_row_number)"
    )


def file_source(fields: Collection[iceberg.NestedField], locations: Collection[str]) -> str:
    """The arguments with which ``read_parquet`` reads fields of data files by their ids."""
    columns = ((f.field_id, _literal(f.name), _literal(duckdb_type(f.field_type))) for f in fields)
    entries = (f"{i}: {{name: {name}, type: {kind}, default_value: NULL}}" for i, name, kind in columns)
    return f"{_list(locations)}, schema = MAP {{{', '.join(entries)}}}"


def file_path(location: str) -> str:
    """The path of a file's address; the JVM writes ``file:/x``, pyiceberg ``file:///x``."""
    return location.removeprefix("file://").removeprefix("file:")


def duckdb_type(kind: iceberg.IcebergType) -> str:
    """The DuckDB name of an Iceberg type."""
    match kind:
        case iceberg.StructType():
            members = ", ".join(f'"{f.name}" {duckdb_type(f.field_type)}' for f in kind.fields)
            return f"STRUCT({members})"
        case iceberg.ListType():
            return f"{duckdb_type(kind.element_type)}[]"
        case iceberg.MapType():
            return f"MAP({duckdb_type(kind.key_type)}, {duckdb_type(kind.value_type)})"
        case iceberg.DecimalType():
            return f"DECIMAL({kind.precision}, {kind.scale})"
        case _:
            return _TYPES[type(kind)]


def _shown(connection: DuckDBPyConnection) -> dict[str, str | None]:
    views = "SELECT schema_name, view_name, comment FROM duckdb_views() WHERE list_contains(?, schema_name)"
    rows = connection.execute(views, [list(NAMESPACES)]).fetchall()
    return {f"{space}.{name}": comment for space, name, comment in rows}


def _require_position_deletes(table: Table, deletes: Collection[DataFile]) -> None:
    for file in deletes:
        if file.content != DataFileContent.POSITION_DELETES or file.file_format == FileFormat.PUFFIN:
            raise _unreadable(table, f"{file.file_path} is no position delete file in Parquet")


def _unreadable(table: Table, why: str) -> UnreadableTableError:
    name = ".".join(table.name())
    return UnreadableTableError(
        f"{name}: {why}. The lake reads format v2 with position deletes; write it append-only or compact it"
    )


def _list(locations: Collection[str]) -> str:
    return f"[{', '.join(_literal(file_path(location)) for location in locations)}]"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split(".", 1))
