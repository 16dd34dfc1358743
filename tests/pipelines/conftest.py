from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings


@pytest.fixture
def lake_settings(tmp_path: Path) -> LakeSettings:
    return LakeSettings(
        catalog_uri=f"sqlite:///{tmp_path}/catalog.db",
        warehouse=str(tmp_path / "warehouse"),
        receipts_dir=tmp_path / "receipts",
    )


@pytest.fixture
def catalog(lake_settings: LakeSettings) -> SqlCatalog:
    catalog = open_catalog(lake_settings)
    ensure_tables(catalog)
    return catalog
