from pathlib import Path

import pytest

from pipelines.settings import LakeSettings
from tests.pipelines.conftest import catalog, connection, lake_settings

__all__ = ["catalog", "connection", "lake_settings"]


@pytest.fixture(autouse=True)
def _environment(lake_settings: LakeSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that runs, dbt's own process too, finds the test's lake and no broker."""
    monkeypatch.setenv("TURNSTONE_LAKE_CATALOG_URI", lake_settings.catalog_uri)
    monkeypatch.setenv("TURNSTONE_LAKE_WAREHOUSE", lake_settings.warehouse)
    monkeypatch.setenv("TURNSTONE_LAKE_RECEIPTS_DIR", str(lake_settings.receipts_dir))
    monkeypatch.setenv("TURNSTONE_DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.setenv("TURNSTONE_STREAMING_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
