"""The Iceberg catalog that Flink and Python share (ADR 002).

One SQLite file (Postgres in production) holds the pointer to each table's current
metadata. The layout is schema V1 of the Java ``JdbcCatalog``, so each side reads and
commits to the other's tables.
"""

import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NamespaceAlreadyExistsError, TableAlreadyExistsError
from sqlalchemy.exc import IntegrityError, OperationalError

from pipelines.settings import LakeSettings
from pipelines.table_definition import TableDefinition
from pipelines.tables import STREAM_TABLES

NAMESPACES: Final = ("bronze", "silver", "gold", "ops")
"""The layers; every table of the lake is in one of them."""

_CATALOG_TABLES: Final = 2
"""Tables of the catalog itself; two that open a new one may collide at each."""

TABLE_PROPERTIES: Final = {
    "format-version": "2",
    "write.parquet.compression-codec": "zstd",
    "write.metadata.delete-after-commit.enabled": "true",
    "write.metadata.previous-versions-max": "50",
    "commit.retry.num-retries": "200",
    "commit.retry.max-wait-ms": "1000",
    "commit.retry.total-timeout-ms": "120000",
}
"""Properties of every table. Old metadata goes after 50 commits: its readers are done by then. A commit
that was overtaken tries again soon: beside a stream, whoever waits longer only loses more often."""


def open_catalog(settings: LakeSettings) -> SqlCatalog:
    """Opens the catalog, making its database where there is none.

    A commit that meets another one waits for it, up to ``settings.catalog_wait_s`` seconds.
    """
    url = settings.catalog_url
    if settings.catalog_path is not None:
        settings.catalog_path.parent.mkdir(parents=True, exist_ok=True)
        _use_write_ahead_log(settings.catalog_path, settings.catalog_wait_s)
        url = url.update_query_dict({"timeout": str(settings.catalog_wait_s)})
    address = url.render_as_string(hide_password=False)
    for _ in range(_CATALOG_TABLES):
        with suppress(OperationalError):  # another process made one of the catalog's tables just now
            return _catalog(settings, address)
    return _catalog(settings, address)


def ensure_tables(catalog: SqlCatalog, tables: Iterable[TableDefinition] = STREAM_TABLES) -> None:
    """Creates the namespaces and the tables that are missing; leaves the others as they are.

    Safe to run again, by two at once, and beside a running stream.
    """
    for namespace in NAMESPACES:
        with suppress(NamespaceAlreadyExistsError, IntegrityError):
            catalog.create_namespace(namespace)
    for table in tables:
        if not catalog.table_exists(table.name):
            with suppress(TableAlreadyExistsError):
                catalog.create_table(
                    table.name,
                    schema=table.schema,
                    partition_spec=table.partitioning,
                    properties={**TABLE_PROPERTIES, "comment": table.doc, **table.properties},
                )


def _use_write_ahead_log(path: Path, wait_s: float) -> None:
    """Lets readers and a writer work side by side; makes the database where there is none.

    SQLite does not wait for a database that changes its journal: who asks at that moment asks again.
    """
    deadline = time.monotonic() + wait_s
    with closing(sqlite3.connect(path, timeout=wait_s)) as database:
        while True:
            try:
                database.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as locked:
                if locked.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
                time.sleep(0.01)
            else:
                return


def _catalog(settings: LakeSettings, address: str) -> SqlCatalog:
    return SqlCatalog(
        settings.catalog_name, uri=address, warehouse=settings.warehouse_uri, schema_version="v1"
    )
