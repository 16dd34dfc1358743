"""Settings of the event backbone. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class StreamingSettings(BaseSettings):
    """Where events go, by ``TURNSTONE_STREAMING_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_STREAMING_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    bootstrap_servers: str = "127.0.0.1:9092"
    """Kafka brokers, host:port, comma-separated."""
    topic: str = "agent.events"
    """The topic of all agent events."""
    partitions: int = 4
    """Partitions of the topic when it is created."""
    replication_factor: int = 1
    """Copies of each partition when the topic is created."""
    receipts_dir: Path = Path(".turnstone/receipts")
    """Where the producer writes its ledger of delivery receipts."""
    flink_rest_url: str = "http://127.0.0.1:8081"
    """REST interface and web UI of the Flink cluster."""
