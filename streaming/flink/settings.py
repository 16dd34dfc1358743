"""Settings of the jobs. Environment wins over ``.env``, ``.env`` over defaults."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from streaming.flink.masks import ANY_NUMBER, MASKS
from streaming.flink.spec import JobSpec, Kind
from streaming.settings import StreamingSettings


class FlinkJobSettings(BaseSettings):
    """How the jobs run and which catalog they write, by ``TURNSTONE_FLINK_*``."""

    model_config = SettingsConfigDict(
        env_prefix="TURNSTONE_FLINK_", env_file=".env", extra="ignore", use_attribute_docstrings=True
    )

    job_name: str = "agent-events-to-lake"
    """Name of the job in the cluster; one job of this name runs at a time."""
    catalog_name: str = "turnstone"
    """Name of the Iceberg catalog; the lake must use the same."""
    catalog_uri: str = "jdbc:sqlite:.turnstone/catalog.db"
    """JDBC address of the catalog's database."""
    warehouse: str = "file://.turnstone/warehouse"
    """Where table files live."""
    checkpoints_dir: Path = Path(".turnstone/checkpoints")
    """Where checkpoints live; a job resumes from the latest one here."""
    checkpoint_interval_s: float = 10.0
    """Seconds between checkpoints, which are the commits of the tables."""
    state_ttl_days: float = 7.0
    """How long an event id is remembered: a duplicate that comes later is a second row."""
    remembered_ids: int = 2_000_000
    """Event ids that each subtask keeps in memory, 32 bytes each; the state backend has all."""
    small_tenant_groups: int = 8
    """Groups that share files among tenants that are none of ``TURNSTONE_STREAMING_BIG_TENANTS``."""
    parallelism: int = 2
    """Parallel subtasks; equal to the slots of the cluster, see :mod:`streaming.flink.keeper`."""
    python: Path = Path(".venv-flink/bin/python")
    """Interpreter of the environment that has PyFlink."""
    poll_interval_s: float = 1.0
    """Seconds between two looks of the keeper at the job."""
    session_job_name: str = "finished-conversations"
    """Name of the job that puts conversations together; it runs where it is asked for."""
    session_checkpoints_dir: Path = Path(".turnstone/session-checkpoints")
    """Where that job's checkpoints live."""
    session_parallelism: int = 1
    """Its parallel subtasks."""
    session_gap_s: float = 1800.0
    """Seconds of silence, in the time of the events, after which a conversation is over."""
    session_disorder_s: float = 30.0
    """Seconds of disorder between events that are waited for before a conversation is called over."""
    session_lateness_h: float = 24.0
    """Hours for which an event that comes later still corrects its conversation."""
    session_idle_s: float = 15.0
    """Seconds after which a partition with nothing new no longer holds the others back."""

    @property
    def oldest_checkpoint_s(self) -> float:
        """Age in seconds at which the newest completed checkpoint is too old for a healthy job."""
        return 6 * self.checkpoint_interval_s + 30

    def job_spec(self, streaming: StreamingSettings, kind: Kind = "stream") -> JobSpec:
        """All that the submitter must know."""
        stream = kind == "stream"
        checkpoints_dir = self.checkpoints_dir if stream else self.session_checkpoints_dir
        return JobSpec(
            kind=kind,
            job_name=self.job_name if stream else self.session_job_name,
            rest_url=streaming.flink_rest_url,
            bootstrap_servers=streaming.bootstrap_servers,
            topic=streaming.topic,
            catalog_name=self.catalog_name,
            catalog_uri=self.catalog_uri,
            warehouse=self.warehouse,
            checkpoints_dir=str(checkpoints_dir.resolve()),
            checkpoint_interval_ms=round(1_000 * self.checkpoint_interval_s),
            state_ttl_ms=round(86_400_000 * self.state_ttl_days),
            remembered_ids=self.remembered_ids,
            big_tenants=sorted(streaming.big_tenants),
            small_tenant_groups=self.small_tenant_groups,
            session_gap_ms=round(1_000 * self.session_gap_s),
            session_disorder_ms=round(1_000 * self.session_disorder_s),
            session_lateness_ms=round(3_600_000 * self.session_lateness_h),
            session_idle_ms=round(1_000 * self.session_idle_s),
            parallelism=self.parallelism if stream else self.session_parallelism,
            masks=[mask._asdict() for mask in MASKS],
            any_number=ANY_NUMBER,
        )
