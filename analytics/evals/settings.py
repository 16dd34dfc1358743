"""Settings of evaluations. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class EvalSettings(BaseSettings):
    """Who is tried, beside whom, and how often, by ``TURNSTONE_EVALS_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_EVALS_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    candidate: Path = Path(".turnstone/agents/candidate.json")
    """Configuration of the agent that is to replace the one in production; a change starts the suites."""
    baseline: Path = Path(".turnstone/agents/production.json")
    """Configuration of the agent in production."""
    trials: Annotated[int, Field(ge=1)] = 2
    """How often each case is held."""
    seed: int = 7
    """Seed of the generated cases."""
    golden_cases: Annotated[int, Field(ge=2)] = 500
    """Generated golden cases."""
    planted_attacks: Annotated[int, Field(ge=1)] = 40
    """Planted attacks of each of the five kinds."""
    safety_texts: Path = Path("../shared/data/safety")
    """Folder of the public attack texts; where it is absent the planted attacks are all.
    It also has harmless texts that look like attacks."""
    harmless_texts: Path = Path("../shared/data/banking77")
    """Folder of Banking77, whose messages are harmless; where it is absent none of them is a case."""
    pages: Path = Path(".turnstone/evals")
    """Where the pages of verdicts are written."""
