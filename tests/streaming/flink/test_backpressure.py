"""Where a job stands, by what its cluster answers: spec E7."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.flink.backpressure import (
    checkpoint_state,
    job_load,
    lowest_watermark,
    read_positions,
    source_ids,
    task_load,
)
from streaming.flink.rest import ClusterUnreachableError, FlinkRest
from tests.streaming.flink.cluster import Answers, cluster

NONE_YET, NONE_EVER = -(2**63), 2**63 - 1
_SOURCE = "Source__agent_events[1].KafkaSourceReader.topic.agent_events.partition"
_LOAD = (
    "/subtasks/metrics?get=numRecordsInPerSecond,numRecordsOutPerSecond,"
    "busyTimeMsPerSecond,backPressuredTimeMsPerSecond,idleTimeMsPerSecond"
)
_ASKED = ",".join(quote(f"{_SOURCE}.{number}.currentOffset") for number in (0, 1))
_POSITIONS = f"/subtasks/metrics?get={_ASKED}&agg=max"


def _metric(name: str, *values: float | str) -> dict[str, Any]:
    numbers = [float(value) for value in values]
    return {"id": name, "min": min(values), "max": max(values), "sum": sum(numbers), "avg": 0.0, "skew": 0.0}


def _checkpoints(**changes: Any) -> dict[str, Any]:
    return {
        "counts": {"restored": 0, "total": 0, "in_progress": 0, "completed": 0, "failed": 0},
        "latest": {"completed": None, "savepoint": None, "failed": None, "restored": None},
        "history": [],
        **changes,
    }


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A job with a source that has no event time, and a window behind it that has."""
    with cluster() as answering:
        answering.set_jobs(("gone", "CANCELED"), ("j", "RUNNING"))
        vertices = [
            {"id": "s", "name": "Source: agent_events[1] -> Calc[2] -> Sink", "parallelism": 2},
            {"id": "w", "name": "SessionWindow", "parallelism": 2},
        ]
        plan = {"nodes": [{"id": "w", "inputs": [{"id": "s"}]}, {"id": "s"}]}
        answering.set("GET /jobs/j", {"vertices": vertices, "plan": plan})
        answering.set("GET /jobs/j/metrics", [{"id": "numRestarts"}])
        answering.set("GET /jobs/j/metrics?get=numRestarts", [{"id": "numRestarts", "value": "3"}])
        answering.set("GET /jobs/j/checkpoints", _checkpoints())
        for vertex in ("s", "w"):
            answering.set(
                f"GET /jobs/j/vertices/{vertex}{_LOAD}",
                [_metric("numRecordsInPerSecond", 10.0, 30.0), _metric("busyTimeMsPerSecond", 200.0, 900.0)],
            )
        marks = [
            {"id": "0.currentInputWatermark", "value": "1700"},
            {"id": "1.currentInputWatermark", "value": str(NONE_YET)},
        ]
        answering.set("GET /jobs/j/vertices/w/watermarks", marks)
        answering.set("GET /jobs/j/vertices/s/watermarks", [])
        offsets = [f"{_SOURCE}.0.currentOffset", f"{_SOURCE}.1.currentOffset"]
        names = [*offsets, f"{_SOURCE}.1.committedOffset"]
        answering.set("GET /jobs/j/vertices/s/subtasks/metrics", [{"id": name} for name in names])
        answering.set(
            f"GET /jobs/j/vertices/s{_POSITIONS}",
            [{"id": offsets[0], "max": 41.0}, {"id": offsets[1], "max": -1.0}],
        )
        yield answering


@pytest.mark.spec("E7")
def test_a_job_tells_load_restarts_watermark_and_positions(answers: Answers) -> None:
    load = job_load(FlinkRest(answers.url), "job", fetch_s=0)

    assert load is not None
    assert (load.id, load.flows, load.restarts) == ("j", True, 3)
    assert [(task.name, task.subtasks) for task in load.tasks] == [
        ("0 Source: agent_events[1]", 2),
        ("1 SessionWindow", 2),
    ]
    assert [task.records_in_per_second for task in load.tasks] == [40, 40]
    assert load.tasks[0].busy_ms_per_second == 900, "the busiest subtask, not the mean"
    assert load.tasks[0].idle_ms_per_second is None, "what the cluster does not say is not 0"
    assert (load.watermark_ms, load.watermark_delay_s(2.0)) == (1_700, pytest.approx(0.3))
    assert load.read_of("agent.events") == {0: 42}, (
        "a partition not read from since the start has no position"
    )
    assert load.read_of("another") == {}


def test_metrics_are_asked_for_before_they_are_read(answers: Answers) -> None:
    job_load(FlinkRest(answers.url), "job", fetch_s=0)
    assert answers.asked[1] == "GET /jobs/j/metrics"


def test_without_a_job_alive_there_is_no_load(answers: Answers) -> None:
    answers.set_jobs(("gone", "FAILED"))
    assert job_load(FlinkRest(answers.url), "job", fetch_s=0) is None


def test_no_cluster_is_told() -> None:
    with pytest.raises(ClusterUnreachableError):
        job_load(FlinkRest("http://127.0.0.1:1", timeout_s=0.5), "job", fetch_s=0)


def test_before_the_first_checkpoint_its_age_counts_from_the_start(answers: Answers) -> None:
    load = job_load(FlinkRest(answers.url), "job", fetch_s=0)
    assert load is not None
    assert load.started_ms == 1
    assert load.checkpoint_age_s(now=5.001) == pytest.approx(5)
    latest = {
        "id": 7,
        "latest_ack_timestamp": 4_000,
        "end_to_end_duration": 310,
        "state_size": 1_200,
        "checkpointed_size": 900,
    }
    taken = {"status": "IN_PROGRESS", "num_subtasks": 8, "num_acknowledged_subtasks": 2}
    answers.set(
        "GET /jobs/j/checkpoints",
        _checkpoints(latest={"completed": latest}, history=[taken, {"status": "COMPLETED"}]),
    )
    later = job_load(FlinkRest(answers.url), "job", fetch_s=0)
    assert later is not None
    assert later.checkpoint_age_s(now=5.0) == pytest.approx(1)
    state = later.checkpoints
    assert (state.latest_id, state.duration_ms, state.size_bytes, state.under_way) == (7, 310, 1_200, 0.25)


def test_failed_checkpoints_are_counted() -> None:
    counts = {"restored": 0, "total": 9, "in_progress": 0, "completed": 5, "failed": 4}
    state = checkpoint_state(_checkpoints(counts=counts))
    assert (state.completed, state.failed, state.latest_ms, state.under_way) == (5, 4, None, None)


@given(st.lists(st.integers(NONE_YET, NONE_EVER)))
def test_the_lowest_watermark_is_one_of_those_that_exist(values: list[int]) -> None:
    lowest = lowest_watermark(str(value) for value in values)
    real = [value for value in values if value not in {NONE_YET, NONE_EVER}]
    assert lowest == (min(real) if real else None)


def test_a_figure_that_is_not_a_number_is_none() -> None:
    vertex = {"id": "s", "name": "x" * 200, "parallelism": 1}
    task = task_load(0, vertex, [_metric("busyTimeMsPerSecond", "NaN")])
    assert task.busy_ms_per_second is None
    assert len(task.name) <= 50


def test_only_positions_are_read_as_positions() -> None:
    metrics = [
        {"id": f"{_SOURCE}.12.currentOffset", "max": 6.0},
        {"id": f"{_SOURCE}.12.committedOffset", "max": 3.0},
        {"id": "Source__agent_events[1].KafkaSourceReader.KafkaConsumer.records-lag-max", "max": "NaN"},
    ]
    assert read_positions(metrics) == {"agent_events": {12: 7}}


def test_sources_are_the_tasks_without_inputs() -> None:
    assert source_ids({"nodes": [{"id": "b", "inputs": [{"id": "a"}]}, {"id": "a"}]}) == ["a"]
