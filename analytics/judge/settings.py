"""Settings of judges. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from agent_runtime.settings import ModelSettings


class JudgeSettings(BaseSettings):
    """What judges are measured by and against, by ``TURNSTONE_JUDGE_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_JUDGE_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    verdicts: Path = Path("../shared/data/tau2_bench/retail/judge")
    """Folder of recorded verdicts with the truth beside them: judgments.jsonl.gz, transcripts.jsonl.gz."""
    failure_labels: Path = Path("../shared/data/tau_bench/retail/failure_labels/gpt-4o__tool-calling")
    """Folder of failures that people labelled, and what models said of them."""
    least_kappa: Annotated[float, Field(ge=0, le=1)] = 0.6
    """What the lower end of kappa's interval must reach before a judge may gate."""
    least_items: Annotated[int, Field(ge=2)] = 100
    """Conversations with a known truth that a judge must have judged before it may gate."""
    families: dict[str, str] = {}
    """Families of further models by the beginning of their names, as a JSON object; what is not known is
    not used as a judge."""


class JudgeModelSettings(ModelSettings):
    """Where the judging model is, by ``TURNSTONE_JUDGE_MODEL_*``; like the runtime's own, another model."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_JUDGE_MODEL_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )
