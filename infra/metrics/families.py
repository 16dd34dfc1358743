"""The backbone's state as Prometheus metrics; ``docs/metrics.md`` says what to do about each."""

from collections.abc import Callable, Iterator
from typing import Final

from infra.metrics.backbone import Backbone, StreamState
from streaming.exposition import Family, Measured, Sample, exposition
from streaming.flink.backpressure import JobLoad, TaskLoad
from streaming.metrics import producer_families

_BROKER_UP: Final = Family("turnstone_broker_up", "gauge", "Whether the broker tells the topic's offsets.")
_RECORDS: Final = Family(
    "turnstone_topic_records_total", "counter", "Records that a partition ever took (its end offset)."
)
_STREAM_UP: Final = Family("turnstone_stream_up", "gauge", "Whether every subtask of the job runs.")
_UNREAD: Final = Family("turnstone_stream_unread_records", "gauge", "Records that the job has not read.")
_UNCOMMITTED: Final = Family(
    "turnstone_stream_uncommitted_records", "gauge", "Records that no completed checkpoint covers."
)
_WATERMARK: Final = Family(
    "turnstone_stream_watermark_delay_seconds", "gauge", "Event time behind the clock, where there is one."
)
_PRODUCER_UP: Final = Family(
    "turnstone_producer_up", "gauge", "1 while the producer runs, 0 after its end, -1 where it was lost."
)
_PRESENCE: Final = {"running": 1, "ended": 0, "lost": -1}

_OF_JOBS: Final[tuple[tuple[Family, Callable[[JobLoad, float], float | None]], ...]] = (
    (
        Family("turnstone_stream_uptime_seconds", "gauge", "Since the job was submitted."),
        lambda load, now: max(0.0, now - load.started_ms / 1_000),
    ),
    (
        Family("turnstone_stream_restarts_total", "counter", "Restarts since the job was submitted."),
        lambda load, _: load.restarts,
    ),
    (
        Family(
            "turnstone_stream_checkpoint_age_seconds",
            "gauge",
            "Since the last completed checkpoint, or since the submission before the first one.",
        ),
        lambda load, now: load.checkpoint_age_s(now),
    ),
    (
        Family("turnstone_stream_checkpoint_duration_seconds", "gauge", "What the last checkpoint took."),
        lambda load, _: _scaled(load.checkpoints.duration_ms),
    ),
    (
        Family("turnstone_stream_checkpoint_size_bytes", "gauge", "All state in the last checkpoint."),
        lambda load, _: load.checkpoints.size_bytes,
    ),
    (
        Family("turnstone_stream_checkpoints_completed_total", "counter", "Since the job was submitted."),
        lambda load, _: load.checkpoints.completed,
    ),
    (
        Family("turnstone_stream_checkpoints_failed_total", "counter", "Since the job was submitted."),
        lambda load, _: load.checkpoints.failed,
    ),
    (_WATERMARK, lambda load, now: load.watermark_delay_s(now)),
)
_OF_TASKS: Final[tuple[tuple[Family, Callable[[TaskLoad], float | None]], ...]] = (
    (
        Family("turnstone_stream_records_in_per_second", "gauge", "Into a task, over its subtasks."),
        lambda task: task.records_in_per_second,
    ),
    (
        Family("turnstone_stream_records_out_per_second", "gauge", "Out of a task, over its subtasks."),
        lambda task: task.records_out_per_second,
    ),
    (
        Family("turnstone_stream_busy_ratio", "gauge", "Time at work of a task's busiest subtask, 0-1."),
        lambda task: _scaled(task.busy_ms_per_second),
    ),
    (
        Family(
            "turnstone_stream_backpressured_ratio",
            "gauge",
            "Time that a task waits for those downstream, 0-1.",
        ),
        lambda task: _scaled(task.backpressured_ms_per_second),
    ),
    (
        Family("turnstone_stream_idle_ratio", "gauge", "Time that a task's idlest subtask has no work, 0-1."),
        lambda task: _scaled(task.idle_ms_per_second),
    ),
)


def metrics_page(backbone: Backbone) -> str:
    """All metrics in Prometheus' text format 0.0.4."""
    return exposition(measured(backbone))


def measured(backbone: Backbone) -> Iterator[Measured]:
    """All metrics; one that nothing is known of is announced without a value."""
    topic = {"topic": backbone.topic}
    yield _BROKER_UP, [Sample(topic, int(backbone.broker_answers))]
    yield _RECORDS, _ends(backbone)
    yield (
        _STREAM_UP,
        [
            Sample({"job": stream.name}, int(stream.load is not None and stream.load.flows))
            for stream in backbone.streams
        ],
    )
    yield from _lags(backbone.streams)
    for family, of_job in _OF_JOBS:
        yield (
            family,
            [
                Sample({"job": stream.name}, value)
                for stream in backbone.streams
                if stream.load is not None and (value := of_job(stream.load, backbone.at)) is not None
            ],
        )
    for family, of_task in _OF_TASKS:
        yield (
            family,
            [
                Sample({"job": stream.name, "task": task.name}, value)
                for stream in backbone.streams
                for task in (stream.load.tasks if stream.load else ())
                if (value := of_task(task)) is not None
            ],
        )
    yield from _producers(backbone)


def _ends(backbone: Backbone) -> list[Sample]:
    lags = next((stream.lags for stream in backbone.streams if stream.lags), [])
    return [Sample({"topic": backbone.topic, "partition": str(lag.partition)}, lag.end) for lag in lags]


def _lags(streams: list[StreamState]) -> Iterator[Measured]:
    places = [({"job": s.name, "partition": str(lag.partition)}, lag) for s in streams for lag in s.lags]
    yield _UNREAD, [Sample(labels, lag.unread) for labels, lag in places]
    yield _UNCOMMITTED, [Sample(labels, lag.uncommitted) for labels, lag in places]


def _producers(backbone: Backbone) -> Iterator[Measured]:
    presence = {state.producer_id: state.presence(backbone.at) for state in backbone.producers}
    metrics = {state.producer_id: state.metrics for state in backbone.producers}
    yield (
        _PRODUCER_UP,
        [Sample({"producer": name}, _PRESENCE[word]) for name, word in sorted(presence.items())],
    )
    yield from producer_families(
        metrics, {name: metrics[name] for name, word in presence.items() if word == "running"}
    )


def _scaled(thousandths: float | None) -> float | None:
    return None if thousandths is None else thousandths / 1_000
