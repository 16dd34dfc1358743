"""Settings of the measurement of masking. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class PiiSettings(BaseSettings):
    """What masking is measured on, by ``TURNSTONE_PII_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_PII_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    labelled_texts: Path = Path("../shared/data/pii/synth_dataset_v2_train.json")
    """Texts whose personal data is known, in the format of presidio-research."""
