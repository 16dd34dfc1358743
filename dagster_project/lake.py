"""The lake as Dagster sees it: a resource, and what tables tell about themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import dagster as dg
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.lineage import Lineage, Step
from dagster_project.plots import bars
from dagster_project.policies import FRESHNESS
from dagster_project.settings import DagsterSettings
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.errors import TableChangedError
from pipelines.facts import table_facts
from pipelines.settings import LakeSettings
from pipelines.soundness import rows_by_day
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

    @contextmanager
    def step(self, context: dg.AssetExecutionContext) -> Iterator[tuple[DuckDBPyConnection, SqlCatalog]]:
        """The lake, open for what an asset's function does, and OpenLineage told of it.

        A commit that another writer was faster than is tried again from the start: a build reads
        the tables as they are and replaces what it built, so that nothing counts twice.
        """
        with self.open() as (connection, catalog):
            where = DagsterSettings().lineage
            lineage = Lineage(where, _step(context), catalog, context.log) if where else None
            if lineage:
                lineage.started()
            try:
                yield connection, catalog
            except Exception as error:
                if lineage:
                    lineage.failed(error)
                if isinstance(error, TableChangedError):
                    raise dg.RetryRequested(max_retries=3, seconds_to_wait=2) from error
                raise
            if lineage:
                lineage.completed()


def _step(context: dg.AssetExecutionContext) -> Step:
    made = context.assets_def
    outputs = sorted(context.selected_asset_keys)
    read = {dep.asset_key for key in outputs for dep in made.specs_by_key[key].deps} - set(outputs)
    return Step(
        job=made.node_def.name,
        dagster_run=(context.run.run_id, context.run.job_name),
        inputs=sorted(read),
        outputs=outputs,
    )


def spec_of(definition: TableDefinition, **options: Any) -> dg.AssetSpec:
    """The asset of a table: keyed and grouped by its layer, with its columns and its SLA."""
    layer, name = definition.name.split(".")
    return dg.AssetSpec(
        key=[layer, name],
        description=definition.doc,
        group_name=layer,
        owners=OWNERS,
        tags={"layer": layer},
        freshness_policy=options.pop("freshness_policy", FRESHNESS.get(layer)),
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


def day_metadata(catalog: SqlCatalog, name: str) -> dict[str, Any]:
    """A plot of a table's rows by the day of their partition, of the last thirty days that have any."""
    counts = rows_by_day(catalog.load_table(name))
    days = {day.isoformat(): float(counts[day]) for day in sorted(counts)[-30:]}
    return {"rows_by_day": bars(f"{name}: rows by day", days)} if days else {}


def _columns(definition: TableDefinition) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=field.name, type=str(field.field_type), description=field.doc)
            for field in definition.schema.fields
        ]
    )
