"""A backbone of which everything is known."""

from infra.metrics.backbone import Backbone, StreamState
from streaming.flink.backpressure import CheckpointState, JobLoad, TaskLoad
from streaming.lag import PartitionLag
from streaming.published import PublishedState
from tests.streaming.made import METRICS

NOW = 1_800_000_000.0
JOB = "a-job"


def full_backbone() -> Backbone:
    """One running producer, one ended, one lost; a job with watermarks and a checkpoint under way."""
    return Backbone(
        at=NOW,
        topic="agent.events",
        producers=[
            PublishedState(producer_id="runs", written_at=NOW - 1, ended=False, metrics=METRICS),
            PublishedState(producer_id="over", written_at=NOW - 60, ended=True, metrics=METRICS),
            PublishedState(producer_id="gone", written_at=NOW - 60, ended=False, metrics=METRICS),
        ],
        streams=[StreamState(name=JOB, load=_load(), lags=_lags(), trouble="")],
    )


def silent_backbone() -> Backbone:
    """Nothing answers."""
    stream = StreamState(name=JOB, load=None, lags=[], trouble="http://127.0.0.1:1 does not answer")
    return Backbone(at=NOW, topic="agent.events", producers=[], streams=[stream])


def _lags() -> list[PartitionLag]:
    return [
        PartitionLag(partition=0, end=1_000, unread=100, uncommitted=400),
        PartitionLag(partition=1, end=500, unread=0, uncommitted=50),
    ]


def _load() -> JobLoad:
    return JobLoad(
        id="f912",
        state="RUNNING",
        flows=True,
        started_ms=round((NOW - 3_600) * 1_000),
        tasks=[
            TaskLoad(
                name="0 Source: agent_events",
                subtasks=2,
                records_in_per_second=1_000.0,
                records_out_per_second=2_000.0,
                busy_ms_per_second=900.0,
                backpressured_ms_per_second=250.0,
                idle_ms_per_second=100.0,
            )
        ],
        checkpoints=CheckpointState(
            completed=41,
            failed=2,
            latest_id=43,
            latest_ms=round((NOW - 4) * 1_000),
            duration_ms=310,
            size_bytes=1_200_000,
            under_way=0.5,
        ),
        restarts=1,
        watermark_ms=round((NOW - 12.5) * 1_000),
        read={"agent_events": {0: 900, 1: 500}},
    )
