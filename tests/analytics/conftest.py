from collections.abc import Iterator

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlCatalog]:
    """An empty lake for the tests of a file."""
    folder = tmp_path_factory.mktemp("lake")
    catalog = open_catalog(
        LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=str(folder / "warehouse"))
    )
    ensure_tables(catalog)
    yield catalog
    catalog.close()
