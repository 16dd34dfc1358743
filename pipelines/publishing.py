"""Publishes computed tables whose columns are known only from their rows: the gold marts."""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError, ValidationException
from pyiceberg.expressions import AlwaysFalse, AlwaysTrue, BooleanExpression
from pyiceberg.table import Table

from pipelines.catalog import TABLE_PROPERTIES
from pipelines.commits import builds
from pipelines.derived_tables import ONE_WRITER
from pipelines.errors import TableChangedError
from pipelines.row_filters import any_of, equal
from pipelines.writing import Written, append_rows


def publish(
    catalog: SqlCatalog,
    name: str,
    rows: pa.RecordBatchReader,
    *,
    doc: str = "",
    column_docs: Mapping[str, str] | None = None,
    partition_by: Sequence[str] = (),
    days: Sequence[date] | None = None,
    properties: Mapping[str, str] | None = None,
) -> Written:
    """Replaces a table's rows, making the table or adding columns where needed.

    Args:
        catalog: The lake's catalog.
        name: Layer and name, such as ``gold.agent_daily``.
        rows: The rows; their schema is the table's. Columns that the table had before and
            that the rows lack stay, with nulls.
        doc: What a row is.
        column_docs: What a column says, by its name.
        partition_by: Columns by whose values a new table is partitioned.
        days: Values of the column ``day`` whose rows are replaced; all where none are given.
        properties: What the snapshot says of itself.

    Raises:
        TableChangedError: Another writer was faster; nothing was written.
    """
    table = _table(catalog, name, rows.schema, partition_by)
    _describe(table, doc, column_docs or {})
    table = catalog.load_table(name)
    before = builds(table)
    through = max((round(build.through.timestamp() * 1e6) for build in before), default=None)
    try:
        count = append_rows(
            table,
            rows,
            delete=_replaced(table, days),
            properties=properties,
            known_through=None if days is None else through,
        )
    except (CommitFailedException, ValidationException) as cause:
        raise TableChangedError(f"{name}: another writer committed meanwhile; try again") from cause
    snapshot = table.refresh().current_snapshot()
    return Written(rows=count, snapshot_id=snapshot.snapshot_id if snapshot else None)


def _replaced(table: Table, days: Sequence[date] | None) -> BooleanExpression:
    """The rows that go: nothing where no file holds any."""
    gone = AlwaysTrue() if days is None else any_of([equal("day", day.isoformat()) for day in days])
    return gone if any(True for _ in table.scan(gone).plan_files()) else AlwaysFalse()


def _table(catalog: SqlCatalog, name: str, schema: pa.Schema, partition_by: Sequence[str]) -> Table:
    catalog.create_namespace_if_not_exists(name.split(".", maxsplit=1)[0])
    try:
        table = catalog.load_table(name)
    except NoSuchTableError:
        with (
            catalog.create_table_transaction(
                name, schema=schema, properties={**TABLE_PROPERTIES, **ONE_WRITER}
            ) as creation,
            creation.update_spec() as spec,
        ):
            for column in partition_by:
                spec.add_identity(column)
        return catalog.load_table(name)
    with table.update_schema() as update:
        update.union_by_name(schema)
    return table


def _describe(table: Table, doc: str, column_docs: Mapping[str, str]) -> None:
    if table.properties.get("comment", "") != doc:
        with table.transaction() as transaction:
            transaction.set_properties(comment=doc)
    stale = [f.name for f in table.schema().fields if column_docs.get(f.name, "") != (f.doc or "")]
    if stale:
        with table.update_schema() as update:
            for column in stale:
                update.update_column(column, doc=column_docs.get(column, ""))
