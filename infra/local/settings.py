"""Settings of the one-machine stack. Environment wins over ``.env``, ``.env`` over defaults.

The only place that knows ports and folders: every other package is told through
:meth:`LocalSettings.environment`.
"""

import sys
from pathlib import Path
from typing import Final

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY: Final = Path(__file__).resolve().parents[2]


class LocalSettings(BaseSettings):
    """The stack on this machine, by ``TURNSTONE_LOCAL_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_LOCAL_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    state_dir: Path = Path(".turnstone")
    """Everything that the stack keeps: log, tables, checkpoints. Relative to the repository."""
    jars_dir: Path | None = None
    """Where Maven puts the jars; ``<state_dir>/jars`` unless said."""
    flink_venv: Path = Path(".venv-flink")
    """PyFlink's own environment. Relative to the repository."""
    host: str = "127.0.0.1"
    """Address that everything listens on."""
    kafka_port: int = 9092
    """Kafka broker."""
    kafka_controller_port: int = 9093
    """Kafka controller (KRaft)."""
    flink_rest_port: int = 8081
    """Flink's REST interface and web UI."""
    flink_rpc_port: int = 6123
    """Flink job manager, for its task managers."""
    dagster_port: int = 3000
    """Dagster UI."""
    dashboard_port: int = 8050
    """The tenant's day, by ``turnstone dashboard``."""
    metrics_port: int = 9464
    """Where ``turnstone metrics --prometheus`` serves."""
    kafka_heap_mb: int = 512
    """Heap of the broker."""
    job_manager_mb: int = 1024
    """Memory of the job manager's process."""
    task_manager_mb: int = 2560
    """Memory of the task manager's process."""
    parallelism: int = 2
    """Parallel subtasks of the stream job, and slots of the cluster."""
    sessions: bool = False
    """Whether a second job puts finished conversations together, in slots of its own."""
    session_parallelism: int = 1
    """Parallel subtasks of that job."""
    checkpoint_interval_s: float = 10.0
    """Seconds between checkpoints: how old the tables are at most, commits aside."""
    start_timeout_s: float = 120.0
    """How long a part may take to become healthy."""

    @field_validator("state_dir", "flink_venv")
    @classmethod
    def _in_repository(cls, path: Path) -> Path:
        return (REPOSITORY / path).resolve()

    @property
    def jars(self) -> Path:
        """Folder of the jars, one folder a module of ``jars/pom.xml``."""
        return (REPOSITORY / self.jars_dir).resolve() if self.jars_dir else self.state_dir / "jars"

    @property
    def flink_home(self) -> Path:
        """Flink's distribution, as the wheel brings it."""
        return self.flink_venv / "lib" / "python3.11" / "site-packages" / "pyflink"

    @property
    def slots(self) -> int:
        """Slots of the cluster: as many as its jobs need and no more."""
        return self.parallelism + (self.session_parallelism if self.sessions else 0)

    @property
    def bootstrap_servers(self) -> str:
        """The broker's address."""
        return f"{self.host}:{self.kafka_port}"

    @property
    def flink_url(self) -> str:
        """REST interface and web UI of Flink."""
        return f"http://{self.host}:{self.flink_rest_port}"

    @property
    def dagster_url(self) -> str:
        """The Dagster UI."""
        return f"http://{self.host}:{self.dagster_port}"

    @property
    def dagster_home(self) -> Path:
        """Where Dagster keeps its runs."""
        return self.state_dir / "dagster"

    @property
    def config_dir(self) -> Path:
        """Where generated configuration goes."""
        return self.state_dir / "config"

    @property
    def logs_dir(self) -> Path:
        """Where every program logs."""
        return self.state_dir / "logs"

    def environment(self) -> dict[str, str]:
        """Variables by which every package finds this stack and no other."""
        catalog = self.state_dir / "catalog.db"
        warehouse = self.state_dir / "warehouse"
        receipts = str(self.state_dir / "receipts")
        return {
            "TURNSTONE_LOCAL_STATE_DIR": str(self.state_dir),
            "TURNSTONE_STREAMING_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "TURNSTONE_STREAMING_FLINK_REST_URL": self.flink_url,
            "TURNSTONE_STREAMING_RECEIPTS_DIR": receipts,
            "TURNSTONE_STREAMING_METRICS_DIR": str(self.state_dir / "metrics"),
            "TURNSTONE_LAKE_CATALOG_URI": f"sqlite:///{catalog}",
            "TURNSTONE_LAKE_WAREHOUSE": str(warehouse),
            "TURNSTONE_LAKE_RECEIPTS_DIR": receipts,
            # WAL lets readers and the three committers be; a commit that meets another one waits for it.
            "TURNSTONE_FLINK_CATALOG_URI": f"jdbc:sqlite:{catalog}?journal_mode=WAL&busy_timeout=60000",
            "TURNSTONE_FLINK_WAREHOUSE": warehouse.as_uri(),
            "TURNSTONE_FLINK_CHECKPOINTS_DIR": str(self.state_dir / "checkpoints"),
            "TURNSTONE_FLINK_SESSION_CHECKPOINTS_DIR": str(self.state_dir / "session-checkpoints"),
            "TURNSTONE_FLINK_SESSION_PARALLELISM": str(self.session_parallelism),
            "TURNSTONE_FLINK_CHECKPOINT_INTERVAL_S": str(self.checkpoint_interval_s),
            "TURNSTONE_FLINK_PARALLELISM": str(self.parallelism),
            "TURNSTONE_FLINK_PYTHON": str(self.flink_venv / "bin" / "python"),
            "FLINK_CONF_DIR": str(self.config_dir / "flink"),
            "FLINK_LOG_DIR": str(self.logs_dir / "flink"),
            "FLINK_PID_DIR": str(self.state_dir / "pids"),
            "HADOOP_CLASSPATH": str(self.jars / "flink" / "*"),
            "PYTHONPATH": str(REPOSITORY),
            "DAGSTER_HOME": str(self.dagster_home),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
        }

    @property
    def python(self) -> str:
        """Interpreter of the main environment: the one that runs this."""
        return sys.executable
