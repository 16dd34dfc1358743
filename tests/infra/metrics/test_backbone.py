"""The state of a real backbone, and of one that does not run: spec E7."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest

from dagster_project.stream import stream_metadata
from infra.metrics.backbone import StreamState, Watcher
from infra.metrics.families import measured
from streaming.producer import EventProducer
from streaming.settings import StreamingSettings
from tests.infra.metrics.made import full_backbone
from tests.infra.metrics.page import scrape, values
from tests.stack import StackUnderTest
from tests.streaming.made import events

LOAD = 2_000
_TURNSTONE = [sys.executable, "-c", "from infra.cli import main; main()"]


def test_a_backbone_that_does_not_run_is_described(tmp_path: Path) -> None:
    settings = StreamingSettings(
        bootstrap_servers="127.0.0.1:1", flink_rest_url="http://127.0.0.1:1", metrics_dir=tmp_path / "none"
    )
    with Watcher(settings, ("a-job",)) as watcher:
        backbone = watcher.look()
    (stream,) = backbone.streams
    assert (backbone.broker_answers, stream.load, stream.unread, backbone.producers) == (
        False,
        None,
        None,
        [],
    )
    assert stream.trouble.count("127.0.0.1:1") >= 2


class _Watch:
    """Looks at the stack, and sends load under a name that tells it apart."""

    def __init__(self, stack: StackUnderTest, folder: Path) -> None:
        self.stack = stack
        self.settings = stack.local.streaming.model_copy(update={"receipts_dir": folder})
        self.watcher = Watcher(self.settings, (stack.local.job.job_name,))
        self.busiest = 0.0

    @property
    def stream(self) -> StreamState:
        (stream,) = self.watcher.look().streams
        for task in stream.load.tasks if stream.load else ():
            self.busiest = max(self.busiest, task.records_in_per_second or 0.0)
        return stream

    def send(self, producer: EventProducer, since: int) -> None:
        for event in islice(events(since), LOAD):
            producer.emit(event)
        producer.drain()

    def wait_until_caught_up(self) -> StreamState:
        seen: list[StreamState] = []

        def caught_up() -> bool:
            seen.append(self.stream)
            return (seen[-1].unread, seen[-1].uncommitted) == (0, 0)

        self.stack.wait_for("no lag", caught_up)
        return seen[-1]

    def presence(self, producer_id: str) -> str:
        backbone = self.watcher.look()
        return {state.producer_id: state.presence(backbone.at) for state in backbone.producers}[producer_id]


@contextmanager
def _served(stack: StackUnderTest) -> Iterator[str]:
    """The endpoint of ``turnstone metrics --prometheus`` in a process of its own."""
    command = [*_TURNSTONE, "metrics", "--prometheus", "--port", "0"]
    environment = {**os.environ, **stack.environment, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[0]
        finally:
            process.kill()


@pytest.mark.stack
@pytest.mark.spec("E7")
def test_lag_grows_while_the_stream_is_paused_is_served_and_returns_to_zero(
    stack: StackUnderTest, tmp_path: Path
) -> None:
    watch = _Watch(stack, tmp_path)
    with EventProducer(watch.settings, producer_id="watched") as producer:
        watch.send(producer, 0)
        before = watch.wait_until_caught_up()
        assert before.load is not None
        assert before.load.flows
        stack.local.pause_stream()
        try:
            paused = watch.stream
            assert (paused.load, paused.unread) == (None, 0)
            watch.send(producer, LOAD)
            assert (watch.stream.unread, watch.presence("watched")) == (LOAD, "running")
            _look_at_what_is_served(stack)
        finally:
            stack.local.resume_stream()
    after = watch.wait_until_caught_up()
    assert after.load is not None
    assert after.load.checkpoint_age_s(time.time()) < stack.local.job.oldest_checkpoint_s
    assert sum(lag.end for lag in after.lags) == sum(lag.end for lag in before.lags) + LOAD
    assert watch.busiest > 0, "no task was ever seen at work"
    assert watch.presence("watched") == "ended"
    on_the_page = stream_metadata(watch.settings, time.time())
    assert (on_the_page["stream"], on_the_page["unread_records"]) == ("running", 0)


def _look_at_what_is_served(stack: StackUnderTest) -> None:
    job = stack.local.job.job_name
    with _served(stack) as url, urllib.request.urlopen(url, timeout=30) as answer:
        page = answer.read().decode()
    announced = {line.split()[2] for line in page.splitlines() if line.startswith("# TYPE ")}
    assert announced == {family.name for family, _ in measured(full_backbone())}
    assert {each.name for each in scrape(page)} <= announced
    assert sum(values(page, "turnstone_stream_unread_records", job=job)) == LOAD
    assert values(page, "turnstone_stream_up", job=job) == [0]
    assert values(page, "turnstone_producer_events_emitted_total", producer="watched") == [2 * LOAD]
    told = subprocess.run(
        [*_TURNSTONE, "metrics", "--once", "--json"],
        env={**os.environ, **stack.environment},
        capture_output=True,
        check=True,
        text=True,
    )
    (stream,) = json.loads(told.stdout)["streams"]
    assert (stream["name"], stream["unread"]) == (job, LOAD)
    assert "no job" in stream["trouble"]
