"""Publishes computed tables whose columns are known only from their rows: the gold marts."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from pipelines.catalog import TABLE_PROPERTIES
from pipelines.writing import Written, replace_rows


def publish(
    catalog: SqlCatalog,
    name: str,
    rows: pa.RecordBatchReader,
    *,
    doc: str = "",
    column_docs: Mapping[str, str] | None = None,
    partition_by: Sequence[str] = (),
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
    """
    table = _table(catalog, name, rows.schema, partition_by)
    _describe(table, doc, column_docs or {})
    return replace_rows(table, rows)


def _table(catalog: SqlCatalog, name: str, schema: pa.Schema, partition_by: Sequence[str]) -> Table:
    catalog.create_namespace_if_not_exists(name.split(".", maxsplit=1)[0])
    try:
        table = catalog.load_table(name)
    except NoSuchTableError:
        with (
            catalog.create_table_transaction(name, schema=schema, properties=TABLE_PROPERTIES) as creation,
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
