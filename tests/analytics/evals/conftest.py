"""A lake of its own, small suites, and agents that are better or worse by known amounts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from analytics.evals.golden import golden_suite
from analytics.evals.ground_truth import find_faults
from analytics.evals.suites import Loaded
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlCatalog]:
    folder = tmp_path_factory.mktemp("lake")
    catalog = open_catalog(
        LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=str(folder / "warehouse"))
    )
    ensure_tables(catalog)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def golden() -> Loaded:
    suite, world = golden_suite(count=200)
    return Loaded(suite, world, find_faults(suite, world))


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "absent"
