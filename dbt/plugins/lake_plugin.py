"""dbt-duckdb plugin: shows the lake's tables to dbt and writes models into Iceberg."""

from contextlib import chdir
from pathlib import Path
from typing import Any, Final

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import TargetConfig
from duckdb import DuckDBPyConnection

from pipelines.catalog import open_catalog
from pipelines.publishing import publish
from pipelines.settings import LakeSettings
from pipelines.views import refresh, show_table

_REPOSITORY: Final = Path(__file__).resolve().parents[2]


class Plugin(BasePlugin):
    """The lake as dbt sees it: one snapshot of every table, taken when dbt connects."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:  # noqa: ARG002 - dbt's signature
        """Opens the catalog; relative paths are the repository's, dbt works in its own folder."""
        with chdir(_REPOSITORY):
            self._catalog = open_catalog(LakeSettings())

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Makes the tables of the lake views of the new connection."""
        self._connection = conn
        refresh(conn, self._catalog)

    def store(self, target_config: TargetConfig) -> None:
        """Replaces the model's Iceberg table by the rows that dbt computed."""
        relation, model = target_config.relation, target_config.config.model
        name = f"{relation.schema}.{relation.identifier}"
        with self._connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            publish(
                self._catalog,
                name,
                cursor.table(target_config.location.path).to_arrow_reader(),
                doc=model.description,
                column_docs={column: about.description for column, about in model.columns.items()},
                partition_by=target_config.config.get("iceberg_partition_by") or (),
            )
            show_table(cursor, self._catalog, name)
