"""Ends the stream job so that it can go on later, with nothing lost or doubled."""

import time
from pathlib import Path
from typing import Final

from streaming.errors import TransientError
from streaming.flink.rest import ClusterRefusedError, ClusterUnreachableError, FlinkRest
from streaming.flink.restore import SAVEPOINTS

_PAUSE_S: Final = 0.1


class JobStillRunsError(TransientError):
    """The job did not end in time."""


class JobNotRunningError(TransientError):
    """There is no job of the name."""


def stop_job(rest: FlinkRest, job_name: str, timeout_s: float = 60.0) -> bool:
    """Takes a checkpoint, which commits what was read, then cancels the job.

    The checkpoint stays, and the next job resumes from it. Where no checkpoint can be
    taken, as while the job restarts, the one before it serves: the records since then
    are in the log and are read again.

    Returns:
        Whether there was a job to end.

    Raises:
        JobStillRunsError: It is alive ``timeout_s`` seconds later.
    """
    try:
        alive = [job for job in rest.jobs(job_name) if not job.ended]
        for job in alive:
            _checkpoint(rest, job.id, timeout_s)
            rest.cancel(job.id)
        _wait_until_ended(rest, job_name, timeout_s)
    except ClusterUnreachableError:
        return False
    return bool(alive)


def end_with_savepoint(
    rest: FlinkRest, job_name: str, checkpoints_dir: Path, timeout_s: float = 60.0
) -> Path:
    """Ends the job with a savepoint, from which the next one starts, as for an upgrade.

    All that it read is committed then. A savepoint of a job that goes on is another matter: its
    rows are committed with the checkpoint after it, so the tables cannot be taken back to it.

    Args:
        rest: The cluster.
        job_name: Name of the job.
        checkpoints_dir: Where the job's checkpoints are.
        timeout_s: How long it may take.

    Returns:
        The savepoint's folder. The next job resumes from it by itself, and removes it later on.

    Raises:
        JobStillRunsError: It was not taken in time.
        JobNotRunningError: There is no job.
        ClusterRefusedError: The cluster could not take it.
    """
    alive = [job for job in rest.jobs(job_name) if not job.ended]
    if not alive:
        raise JobNotRunningError(f"no job {job_name} runs at {rest.url}: nothing to save")
    request = rest.trigger_savepoint(alive[0].id, checkpoints_dir / SAVEPOINTS)
    deadline = time.monotonic() + timeout_s
    while (taken := rest.savepoint(alive[0].id, request)) is None:
        if time.monotonic() > deadline:
            raise JobStillRunsError(f"no savepoint of job {job_name} within {timeout_s:g} s")
        time.sleep(_PAUSE_S)
    _wait_until_ended(rest, job_name, timeout_s)
    return taken


def _checkpoint(rest: FlinkRest, job_id: str, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    try:
        request = rest.trigger_checkpoint(job_id)
        while not rest.checkpoint_done(job_id, request) and time.monotonic() < deadline:
            time.sleep(_PAUSE_S)
    except ClusterRefusedError:
        return


def _wait_until_ended(rest: FlinkRest, job_name: str, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while any(not job.ended for job in rest.jobs(job_name)):
        if time.monotonic() > deadline:
            raise JobStillRunsError(f"job {job_name} at {rest.url} is still alive after {timeout_s:g} s")
        time.sleep(_PAUSE_S)
