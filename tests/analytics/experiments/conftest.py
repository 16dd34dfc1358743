from tests.pipelines.conftest import catalog, connection, lake_settings

__all__ = ["catalog", "connection", "lake_settings"]
