"""Settings of the measurement of experiments. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class ExperimentSettings(BaseSettings):
    """What is read out, and what the designs of experiments are tried on, by ``TURNSTONE_EXPERIMENTS_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_EXPERIMENTS_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    asos: Path = Path("../shared/data/ab/asos_experiments.csv.gz")
    """Real experiments as time series: the ASOS Digital Experiments Dataset, as CSV."""
    plans: Path = Path(".turnstone/experiments/plans")
    """Folder of plans, one JSON document an experiment; what Dagster reads out."""
    pages: Path = Path(".turnstone/experiments/pages")
    """Folder where read-outs are put as pages that can be sent."""
