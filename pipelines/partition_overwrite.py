"""Overwrites the partitions of a computed table in which rows really changed, in one commit."""

from collections.abc import Mapping
from datetime import date

from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysFalse, BooleanExpression
from pyiceberg.table import Table

from pipelines.catalog import ensure_tables
from pipelines.errors import TableChangedError
from pipelines.queries import query
from pipelines.row_filters import on_days_of_tenants
from pipelines.table_definition import TableDefinition
from pipelines.views import duckdb_type, select_sql
from pipelines.writing import Written, append_rows

DAY_OF = "started_at"
"""Column whose day, with the tenant, is the partition of turns and conversations."""


def prepared(catalog: SqlCatalog, definition: TableDefinition) -> Table:
    """The table, made where it is missing and given the columns and properties that it lacks."""
    ensure_tables(catalog, (definition,))
    table = catalog.load_table(definition.name)
    lacking = {k: v for k, v in definition.properties.items() if table.properties.get(k) != v}
    if lacking:
        with table.transaction() as transaction:
            transaction.set_properties(lacking)
    if definition.schema.column_names != table.schema().column_names:
        with table.update_schema() as update:
            update.union_by_name(definition.schema)
    return table


def overwrite_changed(
    connection: DuckDBPyConnection,
    table: Table,
    *,
    fresh: str,
    rebuilt: str,
    reach: BooleanExpression,
    properties: Mapping[str, str],
) -> Written:
    """Gives some conversations their new rows, and leaves partitions alone in which that changes nothing.

    Args:
        connection: A DuckDB connection.
        table: A table partitioned by day and tenant, as it was when ``fresh`` was computed.
        fresh: Name of the rows that these conversations have now.
        rebuilt: Name of a table with their ``tenant_id`` and ``conversation_id``.
        reach: Where their rows in the table may be; leaves out files.
        properties: What the snapshot says of itself.

    Raises:
        TableChangedError: Another writer was faster; nothing was written.
    """
    fields = table.schema().fields
    casts = ", ".join(f'CAST("{f.name}" AS {duckdb_type(f.field_type)}) AS "{f.name}"' for f in fields)
    views = {
        "fresh_rows": f"SELECT {casts} FROM {fresh}",  # noqa: S608 - our own names
        "rebuilt_conversations": f"SELECT tenant_id, conversation_id FROM {rebuilt}",  # noqa: S608 - our own names
        "rows_in_reach": select_sql(table, reach),
    }
    for name, reader in views.items():
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {reader}")
    connection.execute(query("changed_partitions"))
    places: list[tuple[date, str]] = connection.execute(
        "SELECT day, tenant_id FROM changed_partitions"
    ).fetchall()
    if not places:
        return Written(rows=0, snapshot_id=_current(table))
    written = _overwrite(connection, table, on_days_of_tenants(DAY_OF, places), properties)
    return structs.replace(written, days=tuple(sorted({day for day, _ in places})))


def _overwrite(
    connection: DuckDBPyConnection, table: Table, places: BooleanExpression, properties: Mapping[str, str]
) -> Written:
    connection.execute(f"CREATE OR REPLACE TEMP VIEW rows_of_partitions AS {select_sql(table, places)}")
    rows = connection.sql(query("rows_of_changed_partitions")).to_arrow_reader(200_000)
    replaced = any(True for _ in table.scan(places).plan_files())
    try:
        count = append_rows(table, rows, delete=places if replaced else AlwaysFalse(), properties=properties)
    except (CommitFailedException, ValidationException) as cause:
        name = ".".join(table.name())
        raise TableChangedError(f"{name}: another writer committed meanwhile; try again") from cause
    return Written(rows=count, snapshot_id=_current(table.refresh()))


def _current(table: Table) -> int | None:
    snapshot = table.current_snapshot()
    return snapshot.snapshot_id if snapshot else None
