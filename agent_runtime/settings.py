"""Settings of the runtime. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
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
    experiments: Path | None = None
    """The registry of experiments, as JSON; none is on where it is absent. See ``docs/experiments.md``."""


class ModelSettings(BaseSettings):
    """Where the live model is, by ``TURNSTONE_RUNTIME_MODEL_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_RUNTIME_MODEL_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    base_url: str = "http://127.0.0.1:8011/v1"
    """The OpenAI-compatible endpoint, up to and with ``/v1``; ``make serve`` starts one there."""
    name: str = "smollm2-135m-instruct"
    """The model's name at the endpoint."""
    api_key: SecretStr = SecretStr("")
    """Sent as bearer token; none is sent where it is empty."""
    tool_mode: Literal["native", "structured"] = "structured"
    """How tools are told to the model. ``native``: as the protocol has them, for models that learned to call
    tools. ``structured``: in the system message, the answer bound to a JSON Schema (vLLM), for any model."""
    connect_timeout_s: Annotated[float, Field(gt=0)] = 5.0
    """Seconds until the endpoint accepts a connection."""
    first_token_timeout_s: Annotated[float, Field(gt=0)] = 60.0
    """Seconds from the call to the first token."""
    timeout_s: Annotated[float, Field(gt=0)] = 120.0
    """Seconds from the call to the last token."""
    max_output_tokens: Annotated[int, Field(ge=1)] = 1_024
    """Where an answer is cut; a cut answer is an error."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """0: always the likeliest token."""
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] = 0.0
    """Above 0 a token gets less likely each time that it comes: small models repeat themselves for ever."""
    attempts: Annotated[int, Field(ge=1)] = 3
    """Calls of an endpoint before it is given up; only errors that may pass are tried again."""
    fallback_urls: tuple[str, ...] = ()
    """Further endpoints that serve the same model, as a JSON list: asked in turn where one fails, and not
    at all while their circuit breaker is open."""
    hedge_after_s: Annotated[float, Field(gt=0)] | None = None
    """Seconds after which the next endpoint is asked as well, the first answer winning; never unless said."""
    input_usd: Annotated[float, Field(ge=0)] = 0.0
    """US dollars a million input tokens: 0 where one serves the model oneself."""
    output_usd: Annotated[float, Field(ge=0)] = 0.0
    """US dollars a million output tokens."""


class SessionSettings(BaseSettings):
    """Where sessions are kept, by ``TURNSTONE_RUNTIME_SESSION_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_RUNTIME_SESSION_",
        env_file=".env",
        extra="ignore",
        use_attribute_docstrings=True,
    )

    store: str = ".turnstone/sessions.db"
    """A file (SQLite, one machine), ``postgresql://…`` or ``redis://…`` (many machines; Redis with
    ``appendonly yes``)."""
    sqlite_synchronous: Literal["NORMAL", "FULL"] = "NORMAL"
    """Of the file. ``NORMAL``: nothing is lost when the process is killed. ``FULL``: nor when the power
    fails, at the price of several waits for the disk a message."""
    connections: Annotated[int, Field(ge=1)] = 8
    """Connections to Postgres or Redis that a process opens at most."""
    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    """Seconds that Postgres or Redis may take to answer."""
    lease_s: Annotated[float, Field(gt=0)] = 15.0
    """Seconds for which a process that died keeps others from its sessions."""
    attempts: Annotated[int, Field(ge=1)] = 3
    """How often a turn is begun before the customer is told that there is no answer."""
    keep_days: Annotated[float, Field(gt=0)] = 30.0
    """Days without a message after which ``turnstone expire`` forgets a session."""


class LedgerSettings(BaseSettings):
    """Where the effect ledger is kept, by ``TURNSTONE_RUNTIME_LEDGER_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_RUNTIME_LEDGER_",
        env_file=".env",
        extra="ignore",
        use_attribute_docstrings=True,
    )

    store: str = ".turnstone/ledger.db"
    """A file (SQLite, one machine) or ``postgresql://…`` (many machines)."""
    durability: Literal["process", "machine"] = "process"
    """What a record in the file outlives: the end of the process, or that of the machine as well, which
    waits for the disk at every record. Postgres does as its ``synchronous_commit`` says."""
    connections: Annotated[int, Field(ge=1)] = 8
    """Connections to Postgres that a process opens at most."""
    timeout_s: Annotated[float, Field(gt=0)] = 10.0
    """Seconds that Postgres may take to answer."""
