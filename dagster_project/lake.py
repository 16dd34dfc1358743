"""The lake as Dagster sees it: a resource, and what tables tell about themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import dagster as dg
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables, open_catalog
from pipelines.facts import table_facts
from pipelines.settings import LakeSettings
from pipelines.table_definition import TableDefinition
from pipelines.views import connect

OWNERS: Final = ["team:data-platform"]


class Lake(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The lake of the environment's settings (``TURNSTONE_LAKE_*``)."""

    def settings(self) -> LakeSettings:
        """Where the lake is."""
        return LakeSettings()

    @contextmanager
    def open(self) -> Iterator[tuple[DuckDBPyConnection, SqlCatalog]]:
        """A DuckDB connection with the lake's views, and its catalog."""
        catalog = open_catalog(self.settings())
        ensure_tables(catalog)
        with connect(catalog) as connection:
            yield connection, catalog


def spec_of(definition: TableDefinition, **options: Any) -> dg.AssetSpec:
    """The asset of a table: keyed and grouped by its layer, with its columns."""
    layer, name = definition.name.split(".")
    return dg.AssetSpec(
        key=[layer, name],
        description=definition.doc,
        group_name=layer,
        owners=OWNERS,
        metadata={"dagster/table_name": definition.name, "dagster/column_schema": _columns(definition)},
        **options,
    )


def snapshot_metadata(catalog: SqlCatalog, name: str) -> dict[str, Any]:
    """Rows, files, bytes and snapshot of a table, for a materialization or an observation."""
    facts = table_facts(catalog.load_table(name))
    metadata: dict[str, Any] = {
        "dagster/row_count": facts.rows,
        "files": facts.files,
        "size_bytes": facts.size_bytes,
    }
    if facts.committed_at is not None:
        metadata |= {
            "snapshot_id": str(facts.snapshot_id),
            "committed_at": dg.MetadataValue.timestamp(facts.committed_at),
        }
    return metadata


def age_metadata(connection: DuckDBPyConnection, name: str, now: datetime) -> Mapping[str, Any]:
    """How far behind the producers a streamed table is, seconds."""
    [(newest,)] = connection.table(name).max("broker_time").fetchall()
    if newest is None:
        return {}
    return {
        "newest_broker_time": dg.MetadataValue.timestamp(newest),
        "seconds_since_newest_record": round((now - newest).total_seconds(), 3),
    }


def _columns(definition: TableDefinition) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=field.name, type=str(field.field_type), description=field.doc)
            for field in definition.schema.fields
        ]
    )
