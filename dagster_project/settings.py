"""Settings of the orchestration. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class DagsterSettings(BaseSettings):
    """Where Dagster keeps its state, by ``TURNSTONE_DAGSTER_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_DAGSTER_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    home: Path = Path(".turnstone/dagster")
    """Dagster's home: runs, events and asset history. ``DAGSTER_HOME`` wins over it."""
