"""What dies in mid-stream, and that no record is lost or doubled by it (spec E5)."""

import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial

import pytest

from infra.local import programs
from streaming.flink.keeper import submit_in_flink_environment
from streaming.flink.lifecycle import stop_job
from streaming.flink.rest import FlinkRest
from tests.stack import Coordinates, StackUnderTest
from tests.streaming.flink.records import event, records

pytestmark = pytest.mark.stack

EVENTS = 8_000
PER_SECOND = 800.0


class _Sending:
    """A sequence on its way to the broker, in a thread of its own."""

    def __init__(self, stack: StackUnderTest, sequence: str) -> None:
        self.sequence = sequence
        self.coordinates: list[Coordinates] = []
        self._stack = stack
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        self.coordinates = self._stack.send(records(self.sequence, EVENTS), per_second=PER_SECOND)

    def finish(self) -> list[Coordinates]:
        self._thread.join(120)
        assert len(self.coordinates) == EVENTS
        return self.coordinates


@contextmanager
def _mid_stream(stack: StackUnderTest, sequence: str) -> Iterator[_Sending]:
    """Begins to send, and goes on once the tables have a first part of it."""
    sending = _Sending(stack, sequence)
    try:
        stack.wait_for("a first part in silver", lambda: _in_silver(stack, sequence) > 0)
        yield sending
    finally:
        sending.finish()


def _in_silver(stack: StackUnderTest, sequence: str) -> int:
    sql = "select count(*) from silver.events where conversation_id like $sequence || '-%'"
    return int(stack.query(sql, {"sequence": sequence})[0][0])


def _assert_exactly_once(stack: StackUnderTest, sending: _Sending) -> None:
    coordinates = sending.finish()
    stack.wait_until_in_bronze(coordinates)
    of_sequence = {"sequence": sending.sequence}
    bronze = stack.query(
        "select kafka_partition, kafka_offset from bronze.events"
        " where conversation_id like $sequence || '-%'",
        of_sequence,
    )
    assert Counter(bronze) == Counter((c.partition, c.offset) for c in coordinates)
    silver = stack.query(
        "select event_id from silver.events where conversation_id like $sequence || '-%'", of_sequence
    )
    assert Counter(silver) == Counter((event(sending.sequence, n).id,) for n in range(EVENTS))


def _kill(stack: StackUnderTest, program: str) -> None:
    before = {row.program: row.pid for row in stack.local.status()}[program]
    stack.local.signal(program, "KILL")

    def replaced() -> bool:
        row = {row.program: row for row in stack.local.status()}[program]
        return row.pid is not None and row.pid != before

    stack.wait_for(f"another {program}", replaced)


@pytest.mark.spec("E5")
def test_task_manager_killed_mid_stream_loses_and_doubles_nothing(stack: StackUnderTest) -> None:
    with _mid_stream(stack, "task-manager-killed") as sending:
        _kill(stack, programs.TASK_MANAGER)
    stack.wait_until_healthy()
    _assert_exactly_once(stack, sending)


@pytest.mark.spec("E5")
def test_job_manager_killed_mid_stream_loses_and_doubles_nothing(stack: StackUnderTest) -> None:
    with _mid_stream(stack, "job-manager-killed") as sending:
        _kill(stack, programs.JOB_MANAGER)
    stack.wait_until_healthy()
    _assert_exactly_once(stack, sending)


@pytest.mark.spec("E5")
def test_broker_killed_mid_stream_loses_and_doubles_nothing(stack: StackUnderTest) -> None:
    with _mid_stream(stack, "broker-killed") as sending:
        _kill(stack, programs.KAFKA)
    stack.wait_until_healthy()
    _assert_exactly_once(stack, sending)


@pytest.mark.spec("E5")
def test_a_stack_that_goes_down_and_up_loses_and_doubles_nothing(stack: StackUnderTest) -> None:
    sending = _Sending(stack, "down-and-up")
    stack.wait_for("a first part in silver", lambda: _in_silver(stack, sending.sequence) > 0)
    sending.finish()
    stack.local.down()
    stack.local.up()
    _assert_exactly_once(stack, sending)


@pytest.mark.spec("E5")
def test_a_killed_keeper_leaves_the_job_running_and_submits_no_second_one(stack: StackUnderTest) -> None:
    rest = FlinkRest(stack.settings.flink_url)
    name = stack.local.job.job_name
    before = [job.id for job in rest.jobs(name) if not job.ended]

    _kill(stack, programs.JOB)
    time.sleep(3 * stack.local.job.poll_interval_s)

    assert [job.id for job in rest.jobs(name) if not job.ended] == before


@pytest.mark.spec("E5")
def test_commits_wait_for_a_busy_catalog_and_none_fails(stack: StackUnderTest) -> None:
    stack.wait_until_healthy()
    rest = FlinkRest(stack.settings.flink_url)
    (job,) = (job.id for job in rest.jobs(stack.local.job.job_name) if not job.ended)
    failures = rest.failures(job)
    path = stack.local.lake.catalog_path
    assert path is not None

    with _mid_stream(stack, "busy-catalog") as sending:
        for _ in range(3):
            with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as catalog:
                catalog.execute("begin immediate")
                time.sleep(3 * stack.settings.checkpoint_interval_s)
                catalog.execute("rollback")

    _assert_exactly_once(stack, sending)
    assert rest.failures(job) == failures


@pytest.mark.spec("E5")
def test_two_submitters_at_once_start_one_job(stack: StackUnderTest) -> None:
    rest, name = FlinkRest(stack.settings.flink_url), stack.local.job.job_name
    spec = stack.local.job.job_spec(stack.local.streaming)
    stack.local.stop(programs.JOB)
    stop_job(rest, name)

    with ThreadPoolExecutor(2) as pool:
        submit = partial(
            submit_in_flink_environment, spec, stack.local.job.python, {**os.environ, **stack.environment}
        )
        list(pool.map(lambda _: submit(), range(2)))

    assert len([job for job in rest.jobs(name) if not job.ended]) == 1
    stack.local.up()
