"""Settings of the orchestration. Environment wins over ``.env``, ``.env`` over defaults."""

from datetime import date
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class DagsterSettings(BaseSettings):
    """Where Dagster keeps its state and how it works, by ``TURNSTONE_DAGSTER_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_DAGSTER_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    home: Path = Path(".turnstone/dagster")
    """Dagster's home: runs, events and asset history. ``DAGSTER_HOME`` wins over it."""
    first_day: date = date(2024, 1, 1)
    """The first daily partition; what is older is built with it."""
    automation: bool = True
    """Whether sensors run as soon as Dagster's daemon does; otherwise they wait to be switched on."""
    build_every_s: float = 120.0
    """Least time between two builds that new events ask for, seconds."""
    lineage: str = ""
    """Where OpenLineage events go: a file, an ``http(s)://`` address, or nowhere where empty."""
