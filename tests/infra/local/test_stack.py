"""The stack as a whole: first where it does not run, then the real one."""

import socket
import time

import pytest

from infra.local import programs
from infra.local.errors import PortTakenError, PrerequisiteMissingError
from infra.local.settings import LocalSettings
from infra.local.stack import LocalStack
from tests.stack import StackUnderTest


def test_the_status_of_a_stack_that_does_not_run_says_how_to_start_it(settings: LocalSettings) -> None:
    rows = LocalStack(settings).status()

    assert [row.program for row in rows] == [*programs.STREAM, "catalog"]
    assert not any(row.healthy for row in rows)
    assert all("make up" in row.detail for row in rows)
    assert not settings.state_dir.exists(), "looking changes nothing"


def test_stopping_a_stack_that_does_not_run_is_nothing(settings: LocalSettings) -> None:
    LocalStack(settings).down()
    assert not settings.state_dir.exists()


def test_a_taken_port_stops_the_start_before_anything_is_fetched(settings: LocalSettings) -> None:
    stack = LocalStack(settings)
    with (
        socket.create_server(("127.0.0.1", settings.flink_rest_port)),
        pytest.raises(PortTakenError, match="TURNSTONE_LOCAL_FLINK_REST_PORT"),
    ):
        stack.up()
    assert not any(row.pid for row in stack.status())
    assert not settings.jars.exists()


def test_a_missing_jdk_stops_the_start(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(settings.state_dir))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(PrerequisiteMissingError, match="install JDK 17"):
        LocalStack(settings).up()


@pytest.mark.stack
def test_every_part_of_a_running_stack_passes_its_probe(stack: StackUnderTest) -> None:
    stack.wait_until_healthy()
    rows = {row.program: row for row in stack.local.status()}

    assert set(rows) == {*programs.STREAM, "catalog"}
    assert all(row.pid and row.uptime_s and row.state == "running" for row in rows.values() if row.pid)
    assert "4 partitions" in rows[programs.KAFKA].detail
    assert (
        f"{stack.settings.parallelism} of {stack.settings.parallelism} slots"
        in rows[programs.TASK_MANAGER].detail
    )
    assert "checkpoint" in rows[programs.JOB].detail


@pytest.mark.stack
def test_starting_a_running_stack_changes_nothing(stack: StackUnderTest) -> None:
    stack.wait_until_healthy()
    before = {row.program: row.pid for row in stack.local.status()}

    started = time.monotonic()
    LocalStack(stack.settings).up()

    assert time.monotonic() - started < 30
    assert {row.program: row.pid for row in stack.local.status()} == before


@pytest.mark.stack
def test_a_frozen_part_is_not_healthy_though_its_process_lives(stack: StackUnderTest) -> None:
    stack.wait_until_healthy()
    stack.local.signal(programs.KAFKA, "STOP")
    try:
        row = next(row for row in stack.local.status() if row.program == programs.KAFKA)
        assert (row.state, row.healthy) == ("running", False)
    finally:
        stack.local.signal(programs.KAFKA, "CONT")
    stack.wait_until_healthy()
