"""Settings of the lake. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class LakeSettings(BaseSettings):
    """Where the tables are, by ``TURNSTONE_LAKE_*``."""

    model_config = SettingsConfigDict(env_prefix="TURNSTONE_LAKE_", env_file=".env", extra="ignore")

    catalog_name: str = "turnstone"
    """Name of the catalog; Flink and Python must agree on it."""
    catalog_uri: str = "sqlite:///.turnstone/catalog.db"
    """SQLAlchemy address of the catalog's database."""
    warehouse: str = "file://.turnstone/warehouse"
    """Where table files live."""
    receipts_dir: Path = Path(".turnstone/receipts")
    """Where producers leave their ledgers of delivery receipts."""
