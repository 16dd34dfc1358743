"""Settings of the event backbone. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path
from typing import Literal

from pydantic import Field
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
    partition_key: Literal["conversation", "tenant", "hybrid"] = "conversation"
    """What the events of one partition share. ``conversation``: spread over all partitions. ``tenant``: a
    tenant's events in one partition. ``hybrid``: as ``tenant``, but ``big_tenants`` as ``conversation``."""
    big_tenants: frozenset[str] = frozenset()
    """Tenants too big to share, as a JSON list: each has files of its own in the tables, and where
    ``partition_key`` is ``hybrid`` its conversations are spread over the topic's partitions."""
    replication_factor: int = 1
    """Copies of each partition when the topic is created."""
    receipts_dir: Path = Path(".turnstone/receipts")
    """Where the producer writes its ledger of delivery receipts."""
    metrics_dir: Path | None = None
    """Where each producer writes its metrics each second, for ``turnstone metrics``; nowhere unless said."""
    linger_ms: int = Field(default=5, ge=0)
    """Milliseconds that an event waits for others to share a request."""
    buffer_events: int = Field(default=100_000, ge=1)
    """Events that may wait for the broker; beyond that the overflow policy decides."""
    buffer_mb: int = Field(default=512, ge=1)
    """Memory that these events may take, in MiB."""
    overflow: Literal["wait", "sample", "spool"] = "wait"
    """What happens when the buffer is full. ``wait``: the caller waits, nothing is lost. ``sample``: safety
    events and effects make the caller wait, of the others a sample is kept and the rest counted. ``spool``:
    every event goes to disk first and waits there; nothing is lost, not even when the process is killed."""
    sample_rate: float = Field(default=0.01, gt=0, le=1)
    """Share of the overflow that ``sample`` keeps."""
    sample_capacity: int = Field(default=10_000, ge=1)
    """Events that ``sample`` keeps at most between two reports."""
    sample_weights: dict[str, float] = {}
    """How much more likely ``sample`` keeps an event, by type; 1 where nothing is said."""
    drop_report_s: float = Field(default=10.0, gt=0)
    """Seconds between two reports of what ``sample`` dropped."""
    spool_dir: Path = Path(".turnstone/spool")
    """Where ``spool`` keeps events until the broker has them."""
    spool_segment_mb: int = Field(default=64, ge=1)
    """Size of a file of the spool, in MiB."""
    spool_max_mb: int = Field(default=8192, ge=1)
    """Disk that the spool may take, in MiB; the caller waits when it is full."""
    spool_sync_s: float = Field(default=1.0, gt=0)
    """Seconds after which events on disk also survive the end of the machine, not only of the process."""
    flink_rest_url: str = "http://127.0.0.1:8081"
    """REST interface and web UI of the Flink cluster."""
