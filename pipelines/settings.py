"""Settings of the lake. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url


class LakeSettings(BaseSettings):
    """Where the tables are, by ``TURNSTONE_LAKE_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_LAKE_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    catalog_name: str = "turnstone"
    """Name of the catalog; Flink and Python must agree on it."""
    catalog_uri: str = "sqlite:///.turnstone/catalog.db"
    """SQLAlchemy address of the catalog's database."""
    warehouse: str = ".turnstone/warehouse"
    """Where table files live: a folder, or an address such as ``s3://bucket/warehouse``."""
    receipts_dir: Path = Path(".turnstone/receipts")
    """Where producers leave their ledgers of delivery receipts."""
    catalog_wait_s: float = 60.0
    """How long a commit waits for another one on the same SQLite catalog, seconds."""
    build_days: str = ""
    """Days that a build of gold computes anew beside those that changed, ``first..last``. Dagster sets it."""
    tenants: Path | None = None
    """The registry of tenants, JSON: tiers and since when. Unless said, ``pipelines/tenants.json``."""
    history_path: Path = Path(".turnstone/sql_history")
    """Where the SQL prompt keeps what was typed."""

    @property
    def catalog_url(self) -> URL:
        """Address of the catalog's database; a file's path is made absolute."""
        url = make_url(self.catalog_uri)
        if url.get_backend_name() != "sqlite" or not url.database:
            return url
        return url.set(database=str(Path(url.database).resolve()))

    @property
    def catalog_path(self) -> Path | None:
        """The catalog's SQLite file, None where the catalog is another database."""
        url = self.catalog_url
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    @property
    def warehouse_uri(self) -> str:
        """Where table files live, as an absolute address; Flink needs the same one."""
        if "://" in self.warehouse and not self.warehouse.startswith("file://"):
            return self.warehouse
        return f"file://{Path(self.warehouse.removeprefix('file://')).resolve()}"
