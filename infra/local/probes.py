"""Asks every part of the stack whether it works, not only whether its process lives."""

import time
import urllib.error
import urllib.request
from typing import NamedTuple

from pyiceberg.exceptions import NoSuchTableError
from sqlalchemy.exc import SQLAlchemyError

from infra.local.settings import LocalSettings
from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from pipelines.tables import STREAM_TABLES
from streaming.errors import StreamingError
from streaming.flink.rest import FlinkRest
from streaming.flink.settings import FlinkJobSettings
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError, broker_topics


class Health(NamedTuple):
    """What a part answered."""

    healthy: bool
    detail: str


class Probes:
    """The probes of one stack.

    Args:
        local: Ports and folders.
        streaming: Where the broker is.
        lake: Where the catalog is.
        job: The stream job.
    """

    def __init__(
        self, local: LocalSettings, streaming: StreamingSettings, lake: LakeSettings, job: FlinkJobSettings
    ) -> None:
        self._local = local
        self._streaming = streaming
        self._lake = lake
        self._job = job
        self._rest = FlinkRest(local.flink_url)

    def broker(self) -> Health:
        """The broker answers and has the topic."""
        try:
            topics = broker_topics(self._streaming)
        except BrokerUnreachableError as silent:
            return Health(False, str(silent))
        partitions = topics.get(self._streaming.topic)
        if partitions is None:
            return Health(False, f"topic {self._streaming.topic} is missing")
        return Health(True, f"topic {self._streaming.topic}, {partitions} partitions")

    def job_manager(self) -> Health:
        """The job manager answers."""
        try:
            cluster = self._rest.cluster()
        except StreamingError as silent:
            return Health(False, str(silent))
        return Health(True, f"{cluster.task_managers} task manager(s) registered")

    def task_manager(self) -> Health:
        """A task manager is registered and offers its slots."""
        try:
            cluster = self._rest.cluster()
        except StreamingError as silent:
            return Health(False, str(silent))
        slots = f"{cluster.slots_total - cluster.slots_available} of {cluster.slots_total} slots in use"
        return Health(cluster.slots_total >= self._local.slots, slots)

    def job(self) -> Health:
        """The stream job runs in all its tasks, and its last checkpoint is young."""
        return self._runs(self._job.job_name)

    def sessions(self) -> Health:
        """The same of the job that puts finished conversations together."""
        return self._runs(self._job.session_job_name)

    def _runs(self, job_name: str) -> Health:
        try:
            alive = [job for job in self._rest.jobs(job_name) if not job.ended]
            if not alive:
                return Health(False, "no job yet")
            if not alive[0].flows:
                running = f"{alive[0].tasks_running} of {alive[0].tasks} tasks run"
                return Health(False, f"job is {alive[0].state.lower()}, {running}")
            checkpoints = self._rest.checkpoints(alive[0].id)
        except StreamingError as silent:
            return Health(False, str(silent))
        since = time.time() - (checkpoints.latest_ms or alive[0].started_ms) / 1_000
        what = (
            f"checkpoint {checkpoints.latest_id}" if checkpoints.latest_id else "started, no checkpoint yet,"
        )
        return Health(
            since < self._job.oldest_checkpoint_s, f"{what} {since:.0f} s ago, {checkpoints.failed} failed"
        )

    def catalog(self) -> Health:
        """The catalog can be read and has the stream's tables."""
        if self._lake.catalog_path is not None and not self._lake.catalog_path.exists():
            return Health(False, "not there yet: run `make up`")
        try:
            catalog = open_catalog(self._lake)
            for table in STREAM_TABLES:
                catalog.load_table(table.name)
        except (SQLAlchemyError, NoSuchTableError, OSError) as unreadable:
            return Health(False, str(unreadable).splitlines()[0])
        return Health(True, f"{len(STREAM_TABLES)} stream tables")

    def dagster(self) -> Health:
        """The Dagster UI answers."""
        try:
            with urllib.request.urlopen(f"{self._local.dagster_url}/server_info", timeout=3):  # noqa: S310
                return Health(True, "answers")
        except (urllib.error.URLError, OSError) as silent:
            return Health(False, f"{self._local.dagster_url} does not answer: {silent}")
