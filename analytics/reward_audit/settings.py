"""Settings of the audit of rewards. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class RewardSettings(BaseSettings):
    """Recorded rewards beside ``TURNSTONE_RUNTIME_RECORDINGS``, by ``TURNSTONE_REWARDS_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_REWARDS_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    tau2_bench: Path = Path("../shared/data/tau2_bench")
    """Folder of the public tau2-bench runs: retail/ and other_retail/."""
