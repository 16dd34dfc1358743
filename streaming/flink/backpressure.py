"""Where a job of the cluster stands: load of its tasks, checkpoints, watermark, positions (spec E7).

It is read through the REST interface, by metric and not by the name of an operator, so that it
holds for every job. The cluster fetches metrics from its task managers when it is asked for
them, and answers with those of the time before: :func:`job_load` therefore asks twice.
"""

import math
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from streaming.flink.rest import FlinkRest

_FETCH_S: Final = 0.3
"""What the cluster needs to fetch metrics from its task managers."""
_NO_WATERMARK: Final = frozenset({-(2**63), 2**63 - 1})
"""None yet, and none ever again."""
_POSITION: Final = re.compile(r"\.topic\.(?P<topic>.+)\.partition\.(?P<partition>\d+)\.currentOffset$")
_RATES: Final = ("numRecordsInPerSecond", "numRecordsOutPerSecond")
_TIMES: Final = ("busyTimeMsPerSecond", "backPressuredTimeMsPerSecond", "idleTimeMsPerSecond")
_LONGEST_NAME: Final = 48


@dataclass(frozen=True, kw_only=True)
class TaskLoad:
    """What one task of a job does, over its subtasks; None where the cluster does not say.

    Attributes:
        name: Its first operator, numbered from the source on.
        subtasks: How many run in parallel.
        records_in_per_second: Over all subtasks. A source counts what it read from the topic.
        records_out_per_second: Over all subtasks.
        busy_ms_per_second: Of the busiest subtask.
        backpressured_ms_per_second: Of the subtask that waits most for those downstream.
        idle_ms_per_second: Of the idlest subtask.
    """

    name: str
    subtasks: int
    records_in_per_second: float | None
    records_out_per_second: float | None
    busy_ms_per_second: float | None
    backpressured_ms_per_second: float | None
    idle_ms_per_second: float | None


@dataclass(frozen=True, kw_only=True)
class CheckpointState:
    """How a job's checkpoints go; what is of the latest one is None before there is one.

    Attributes:
        completed: Since the job was submitted.
        failed: Since the job was submitted.
        latest_id: The newest completed one.
        latest_ms: When it was complete, in ms since the epoch.
        duration_ms: What it took from end to end.
        size_bytes: Size of all state in it; with incremental checkpoints less was written.
        under_way: Share of the subtasks that have done their part of the one being taken, 0–1.
    """

    completed: int
    failed: int
    latest_id: int | None
    latest_ms: int | None
    duration_ms: int | None
    size_bytes: int | None
    under_way: float | None


@dataclass(frozen=True, kw_only=True)
class JobLoad:
    """Where a job stands.

    Attributes:
        id: Its id in the cluster.
        state: The cluster's word.
        flows: Whether every subtask runs.
        started_ms: When it was submitted, in ms since the epoch.
        tasks: Its tasks, the sources first.
        checkpoints: How they go.
        restarts: How often it was restarted since it was submitted.
        watermark_ms: Lowest watermark of all subtasks, in ms since the epoch; None where it has none.
        read: Offset that the job reads next, by topic, as its metrics name it, and partition; without
            those that it has not read from since its last start. See :meth:`read_of`.
    """

    id: str
    state: str
    flows: bool
    started_ms: int
    tasks: list[TaskLoad]
    checkpoints: CheckpointState
    restarts: int
    watermark_ms: int | None
    read: dict[str, dict[int, int]]

    def checkpoint_age_s(self, now: float) -> float:
        """Seconds since the last completed checkpoint, or since the start where there is none yet.

        Args:
            now: Seconds since the epoch.
        """
        return max(0.0, now - (self.checkpoints.latest_ms or self.started_ms) / 1_000)

    def read_of(self, topic: str) -> dict[int, int]:
        """Offset that the job reads next, by partition of a topic."""
        return self.read.get(topic.replace(".", "_"), {})

    def watermark_delay_s(self, now: float) -> float | None:
        """Seconds that event time is behind the clock; None where the job has no watermarks.

        Args:
            now: Seconds since the epoch.
        """
        return None if self.watermark_ms is None else now - self.watermark_ms / 1_000


def job_load(rest: FlinkRest, name: str, fetch_s: float = _FETCH_S) -> JobLoad | None:
    """Where the job of a name stands, None where none is alive.

    Args:
        rest: The cluster.
        name: Name of the job.
        fetch_s: Seconds to leave the cluster for fetching metrics.

    Raises:
        ClusterUnreachableError: No answer.
        ClusterRefusedError: The job has just ended.
    """
    job = next((job for job in rest.jobs(name) if not job.ended), None)
    if job is None:
        return None
    rest.get(f"/jobs/{job.id}/metrics")
    time.sleep(fetch_s)
    described = rest.get(f"/jobs/{job.id}")
    vertices = [f"/jobs/{job.id}/vertices/{vertex['id']}" for vertex in described["vertices"]]
    sources = [f"/jobs/{job.id}/vertices/{vertex}" for vertex in source_ids(described["plan"])]
    return JobLoad(
        id=job.id,
        state=job.state,
        flows=job.flows,
        started_ms=job.started_ms,
        tasks=[
            task_load(number, vertex, rest.get(f"{path}/subtasks/metrics?get={','.join(_RATES + _TIMES)}"))
            for number, (vertex, path) in enumerate(zip(described["vertices"], vertices, strict=True))
        ],
        checkpoints=checkpoint_state(rest.get(f"/jobs/{job.id}/checkpoints")),
        restarts=restarts(rest.get(f"/jobs/{job.id}/metrics?get=numRestarts")),
        watermark_ms=lowest_watermark(
            each["value"] for path in vertices for each in rest.get(f"{path}/watermarks")
        ),
        read=_read_positions(rest, sources),
    )


def source_ids(plan: Mapping[str, Any]) -> list[str]:
    """Ids of the tasks that read from outside, by a job's plan."""
    return [node["id"] for node in plan["nodes"] if not node.get("inputs")]


def task_load(number: int, vertex: Mapping[str, Any], metrics: Iterable[Mapping[str, Any]]) -> TaskLoad:
    """A task's load.

    Args:
        number: Its place in the job.
        vertex: The cluster's description of it.
        metrics: Its metrics, aggregated over its subtasks.
    """
    found = {each["id"]: each for each in metrics}
    rates = [_finite(found.get(name, {}).get("sum")) for name in _RATES]
    times = [_finite(found.get(name, {}).get("max")) for name in _TIMES]
    return TaskLoad(
        name=f"{number} {_first_operator(vertex['name'])}",
        subtasks=vertex["parallelism"],
        records_in_per_second=rates[0],
        records_out_per_second=rates[1],
        busy_ms_per_second=times[0],
        backpressured_ms_per_second=times[1],
        idle_ms_per_second=times[2],
    )


def checkpoint_state(answer: Mapping[str, Any]) -> CheckpointState:
    """How checkpoints go, by the cluster's statistics of them."""
    latest = answer["latest"]["completed"] or {}
    taken = next((each for each in answer["history"] if each["status"] == "IN_PROGRESS"), None)
    return CheckpointState(
        completed=answer["counts"]["completed"],
        failed=answer["counts"]["failed"],
        latest_id=latest.get("id"),
        latest_ms=latest.get("latest_ack_timestamp"),
        duration_ms=latest.get("end_to_end_duration"),
        size_bytes=latest.get("state_size"),
        under_way=taken["num_acknowledged_subtasks"] / max(1, taken["num_subtasks"]) if taken else None,
    )


def restarts(metrics: Iterable[Mapping[str, Any]]) -> int:
    """How often a job was restarted, by its metrics; 0 before the cluster has fetched them."""
    return next((int(each["value"]) for each in metrics if each["id"] == "numRestarts"), 0)


def lowest_watermark(values: Iterable[str | int]) -> int | None:
    """The watermark that holds the others back, in ms since the epoch.

    Subtasks that have none are left out: those of a part of the job without event time, and idle ones.
    """
    return min((mark for mark in map(int, values) if mark not in _NO_WATERMARK), default=None)


def read_positions(metrics: Iterable[Mapping[str, Any]]) -> dict[str, dict[int, int]]:
    """The offset read next, by topic and partition, by a source's metrics."""
    read: dict[str, dict[int, int]] = {}
    for each in metrics:
        place = _POSITION.search(each["id"])
        last = _finite(each.get("max"))
        if place is not None and last is not None and last >= 0:
            read.setdefault(place["topic"], {})[int(place["partition"])] = int(last) + 1
    return read


def _read_positions(rest: FlinkRest, sources: list[str]) -> dict[str, dict[int, int]]:
    metrics: list[Mapping[str, Any]] = []
    for path in sources:
        names = [each["id"] for each in rest.get(f"{path}/subtasks/metrics") if _POSITION.search(each["id"])]
        if names:
            metrics += rest.get(f"{path}/subtasks/metrics?get={quote(','.join(names), safe=',')}&agg=max")
    return read_positions(metrics)


def _first_operator(name: str) -> str:
    first = name.split(" -> ", maxsplit=1)[0]
    return first if len(first) <= _LONGEST_NAME else f"{first[: _LONGEST_NAME - 1]}…"


def _finite(value: Any) -> float | None:
    number = math.nan if value is None else float(value)
    return number if math.isfinite(number) else None
