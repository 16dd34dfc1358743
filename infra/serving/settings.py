"""Settings of the model server on this machine. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY: Final = Path(__file__).resolve().parents[2]
MODEL: Final = "smollm2-135m-instruct"
"""The model that the environment brings, and its name at the endpoint."""


class ServingSettings(BaseSettings):
    """The model server on this machine (vLLM on the CPU), by ``TURNSTONE_SERVING_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_SERVING_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    venv: Path = Path(".venv-serve")
    """vLLM's own environment, with the model in it. Relative to the repository."""
    host: str = "127.0.0.1"
    """Address that it listens on."""
    port: int = 8011
    """Port that it listens on; ``TURNSTONE_RUNTIME_MODEL_BASE_URL`` points the runtime there."""
    context_tokens: Annotated[int, Field(ge=256, le=8_192)] = 8_192
    """Tokens of context and answer together."""
    kv_cache_gib: Annotated[int, Field(ge=1)] = 1
    """Memory for the key-value cache, GiB."""
    start_timeout_s: Annotated[float, Field(gt=0)] = 420.0
    """How long it may take to answer: it took 70 s on two free cores, three times as long on busy ones."""

    @field_validator("venv")
    @classmethod
    def _in_repository(cls, path: Path) -> Path:
        return (REPOSITORY / path).resolve()

    @property
    def python(self) -> Path:
        """The interpreter that has vLLM."""
        return self.venv / "bin" / "python"

    @property
    def model_folder(self) -> Path:
        """Where the model's weights are, as vLLM reads them."""
        return self.venv / "models" / MODEL

    @property
    def root_url(self) -> str:
        """Where health and metrics are."""
        return f"http://{self.host}:{self.port}"

    @property
    def base_url(self) -> str:
        """Where the OpenAI-compatible endpoints are."""
        return f"{self.root_url}/v1"
