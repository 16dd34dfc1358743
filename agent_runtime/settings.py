"""Settings of the runtime. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class RuntimeSettings(BaseSettings):
    """What the runtime plays, by ``TURNSTONE_RUNTIME_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_RUNTIME_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    recordings: Path = Path("../shared/data/tau_bench/retail")
    """Folder of the public retail data set: users.json, products.json, orders.json,
    policy.md and trajectories/. Where it is absent, the simulator plays instead."""
    simulation_seed: int = 7
    """Seed of the simulator."""
    simulated_conversations: Annotated[int, Field(ge=3)] = 399
    """Conversations of the simulator, over all agent versions."""
