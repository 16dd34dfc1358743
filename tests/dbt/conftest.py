import pytest

from pipelines.settings import LakeSettings
from tests.pipelines.conftest import catalog, connection, lake_settings

__all__ = ["catalog", "connection", "lake_settings"]


@pytest.fixture(autouse=True)
def _environment(lake_settings: LakeSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """dbt runs in its own process and finds the test's lake by its environment."""
    monkeypatch.setenv("TURNSTONE_LAKE_CATALOG_URI", lake_settings.catalog_uri)
    monkeypatch.setenv("TURNSTONE_LAKE_WAREHOUSE", lake_settings.warehouse)
