"""The cluster's REST interface, as far as this package needs it. Standard library only."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from streaming.errors import TerminalError, TransientError

ENDED: Final = frozenset({"FINISHED", "CANCELED", "FAILED"})


class ClusterUnreachableError(TransientError):
    """The cluster did not answer: it starts, is gone, or is busy."""


class ClusterRefusedError(TerminalError):
    """The cluster answered that it will not."""


@dataclass(frozen=True)
class Job:
    """A job that the cluster knows; times in ms since the epoch."""

    id: str
    name: str
    state: str
    started_ms: int
    tasks: int
    tasks_running: int

    @property
    def ended(self) -> bool:
        """Whether it will never run again."""
        return self.state in ENDED

    @property
    def flows(self) -> bool:
        """Whether every subtask runs, so that records move."""
        return self.state == "RUNNING" and 0 < self.tasks == self.tasks_running


@dataclass(frozen=True)
class Cluster:
    """What the cluster has."""

    task_managers: int
    slots_total: int
    slots_available: int


@dataclass(frozen=True)
class Checkpoints:
    """How a job's checkpoints go; ``latest_ms`` is None before the first one."""

    completed: int
    failed: int
    latest_id: int | None
    latest_ms: int | None


class FlinkRest:
    """A client of one cluster.

    Args:
        url: Address of the job manager's REST interface.
        timeout_s: Seconds to wait for an answer.
    """

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s

    def cluster(self) -> Cluster:
        """Task managers and slots.

        Raises:
            ClusterUnreachableError: No answer.
        """
        answer = self._call("GET", "/overview")
        return Cluster(answer["taskmanagers"], answer["slots-total"], answer["slots-available"])

    def jobs(self, name: str) -> list[Job]:
        """All jobs of a name that this job manager has seen, newest first.

        Raises:
            ClusterUnreachableError: No answer.
        """
        jobs = (
            Job(
                id=job["jid"],
                name=job["name"],
                state=job["state"],
                started_ms=job["start-time"],
                tasks=job["tasks"]["total"],
                tasks_running=job["tasks"]["running"],
            )
            for job in self._call("GET", "/jobs/overview")["jobs"]
            if job["name"] == name
        )
        return sorted(jobs, key=lambda job: job.started_ms, reverse=True)

    def failures(self, job_id: str) -> int:
        """How often a job failed and was restarted, as far as the cluster remembers."""
        return len(self._call("GET", f"/jobs/{job_id}/exceptions")["exceptionHistory"]["entries"])

    def checkpoints(self, job_id: str) -> Checkpoints:
        """Counts and the newest completed checkpoint of a job."""
        answer = self._call("GET", f"/jobs/{job_id}/checkpoints")
        latest = answer["latest"]["completed"] or {}
        counts = answer["counts"]
        return Checkpoints(
            counts["completed"], counts["failed"], latest.get("id"), latest.get("latest_ack_timestamp")
        )

    def trigger_checkpoint(self, job_id: str) -> str:
        """Starts a checkpoint now; the answer is the id to ask about it."""
        answer = self._call("POST", f"/jobs/{job_id}/checkpoints", {"checkpointType": "CONFIGURED"})
        return str(answer["request-id"])

    def checkpoint_done(self, job_id: str, request_id: str) -> bool:
        """Whether a triggered checkpoint is complete.

        Raises:
            ClusterRefusedError: It failed.
        """
        answer = self._call("GET", f"/jobs/{job_id}/checkpoints/{request_id}")
        failure = (answer.get("operation") or {}).get("failureCause")
        if failure:
            raise ClusterRefusedError(f"checkpoint of job {job_id} failed: {_first_line(failure)}")
        return bool(answer["status"]["id"] == "COMPLETED")

    def trigger_savepoint(self, job_id: str, folder: Path) -> str:
        """Starts a savepoint that ends the job; the answer is the id to ask about it."""
        answer = self._call(
            "POST", f"/jobs/{job_id}/stop", {"targetDirectory": folder.as_uri(), "drain": False}
        )
        return str(answer["request-id"])

    def savepoint(self, job_id: str, request_id: str) -> Path | None:
        """Where a savepoint is, None while it is being taken.

        Raises:
            ClusterRefusedError: It failed.
        """
        answer = self._call("GET", f"/jobs/{job_id}/savepoints/{request_id}")
        operation = answer.get("operation") or {}
        if failure := operation.get("failure-cause"):
            raise ClusterRefusedError(f"savepoint of job {job_id} failed: {_first_line(failure)}")
        return Path(operation["location"].removeprefix("file:")) if operation.get("location") else None

    def cancel(self, job_id: str) -> None:
        """Asks a job to end; its checkpoints stay."""
        self._call("PATCH", f"/jobs/{job_id}?mode=cancel")

    def get(self, path: str) -> Any:
        """The answer to a question that has no method here, as JSON says it.

        Raises:
            ClusterUnreachableError: No answer.
            ClusterRefusedError: What was asked about is not there.
        """
        return self._call("GET", path)

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the scheme comes from our settings
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310
                return json.loads(response.read() or b"{}")
        except urllib.error.HTTPError as refused:
            with refused:
                text = refused.read().decode(errors="replace")
            if refused.code >= 500:
                raise ClusterUnreachableError(f"{method} {path}: {refused.code} {text[:300]}") from refused
            raise ClusterRefusedError(f"{method} {path}: {refused.code} {text[:300]}") from refused
        except (OSError, ValueError) as cause:
            raise ClusterUnreachableError(f"{self.url} does not answer: {cause}") from cause


def _first_line(failure: Any) -> str:
    text = failure.get("stack-trace", "") if isinstance(failure, dict) else str(failure)
    return text.splitlines()[0] if text else "no cause given"
