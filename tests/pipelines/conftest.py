from collections.abc import Iterator
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from pipelines.views import connect


@pytest.fixture
def lake_settings(tmp_path: Path) -> LakeSettings:
    return LakeSettings(
        catalog_uri=f"sqlite:///{tmp_path}/catalog.db",
        warehouse=str(tmp_path / "warehouse"),
        receipts_dir=tmp_path / "receipts",
    )


@pytest.fixture
def catalog(lake_settings: LakeSettings) -> Iterator[SqlCatalog]:
    catalog = open_catalog(lake_settings)
    ensure_tables(catalog)
    yield catalog
    catalog.close()


@pytest.fixture
def connection(catalog: SqlCatalog) -> Iterator[DuckDBPyConnection]:
    with connect(catalog) as connection:
        yield connection
