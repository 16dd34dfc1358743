"""dbt-duckdb plugin: shows the lake's tables to dbt and writes models into Iceberg."""

import hashlib
from contextlib import chdir
from pathlib import Path
from typing import Any, Final

from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.adapters.duckdb.utils import TargetConfig
from duckdb import DuckDBPyConnection

from pipelines.catalog import open_catalog
from pipelines.days import Days
from pipelines.mart_builds import plan_build
from pipelines.publishing import publish
from pipelines.queries import query
from pipelines.settings import LakeSettings
from pipelines.sketches import define_sketches
from pipelines.views import refresh, show_table

_PROJECT: Final = Path(__file__).resolve().parents[1]
_CODE: Final = sorted(path for folder in ("models", "macros") for path in (_PROJECT / folder).rglob("*.sql"))


class Plugin(BasePlugin):
    """The lake as dbt sees it: one snapshot of every table, taken when dbt connects."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:  # noqa: ARG002 - dbt's signature
        """Opens the catalog; relative paths are the repository's, dbt works in its own folder."""
        with chdir(_PROJECT.parent):
            settings = LakeSettings()
            self._catalog = open_catalog(settings)
        self._asked = Days.parse(settings.build_days) if settings.build_days else None

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Plans the build, and makes the tables of the lake views of the new connection.

        The plan comes first: what is committed between the two is then planned again next time.
        """
        self._connection = conn
        marts = [f"gold.{path.stem}" for path in _CODE if path.parent.name == "marts"]
        self._build = plan_build(self._catalog, marts, _digest(), self._asked)
        define_sketches(conn)
        refresh(conn, self._catalog)
        conn.execute(
            "CREATE OR REPLACE TABLE main.build_scope AS SELECT ? AS whole", [self._build.days is None]
        )
        conn.execute(
            "CREATE OR REPLACE TABLE main.build_days AS SELECT unnest(CAST(? AS DATE[])) AS day",
            [self._build.days or []],
        )

    def store(self, target_config: TargetConfig) -> None:
        """Replaces the days of the build in the model's Iceberg table by the rows that dbt computed."""
        relation, model = target_config.relation, target_config.config.model
        name = f"{relation.schema}.{relation.identifier}"
        if self._build.days == []:
            return
        with self._connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            publish(
                self._catalog,
                name,
                cursor.table(target_config.location.path).to_arrow_reader(),
                doc=model.description,
                column_docs={column: about.description for column, about in model.columns.items()},
                partition_by=target_config.config.get("iceberg_partition_by") or (),
                days=self._build.days,
                properties=self._build.properties,
            )
            show_table(cursor, self._catalog, name)


def _digest() -> str:
    """Digest of what computes the marts."""
    texts = [path.read_text(encoding="utf-8") for path in _CODE]
    return hashlib.sha256("\n".join([*texts, query("sketches")]).encode()).hexdigest()[:16]
