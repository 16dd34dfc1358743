"""The real supervisor, with programs that cost nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local import configuration
from infra.local.errors import SupervisorError
from infra.local.programs import Program, on_leash
from infra.local.settings import LocalSettings
from infra.local.supervisor import Supervisor


@pytest.fixture
def supervisor(settings: LocalSettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    """Runs two programs that sleep."""
    sleepers = [Program(name, on_leash(["sleep", "600"])) for name in ("one", "two")]
    monkeypatch.setattr(configuration, "programs", lambda _settings: sleepers)
    configuration.write_configuration(settings)
    started = Supervisor(settings)
    started.start()
    yield started
    if started.running():
        started.stop()


def _wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def _running(supervisor: Supervisor, name: str) -> int:
    _wait(lambda: supervisor.processes()[name].state == "RUNNING")
    return supervisor.processes()[name].pid


def test_a_program_that_dies_is_started_again(supervisor: Supervisor) -> None:
    supervisor.start_program("one")
    first = _running(supervisor, "one")

    supervisor.signal_program("one", "KILL")
    _wait(lambda: supervisor.processes()["one"].pid not in {0, first})

    assert _running(supervisor, "one") != first


def test_starting_and_stopping_twice_is_nothing(supervisor: Supervisor) -> None:
    supervisor.start_program("one")
    pid = _running(supervisor, "one")
    supervisor.start_program("one")
    assert _running(supervisor, "one") == pid

    supervisor.stop_program("one")
    supervisor.stop_program("one")
    assert supervisor.processes()["one"].pid == 0
    assert supervisor.processes()["one"].started is None


def test_no_program_outlives_the_supervisor(supervisor: Supervisor) -> None:
    for name in ("one", "two"):
        supervisor.start_program(name)
    pids = [_running(supervisor, name) for name in ("one", "two")]

    supervisor.stop()

    assert not supervisor.running()
    assert not any(_alive(pid) for pid in pids)


def test_no_program_outlives_a_killed_supervisor(supervisor: Supervisor, settings: LocalSettings) -> None:
    supervisor.start_program("one")
    pid = _running(supervisor, "one")

    os.kill(int((settings.state_dir / "supervisord.pid").read_text()), signal.SIGKILL)
    _wait(lambda: not _alive(pid))

    supervisor.start()
    assert supervisor.processes()["one"].pid == 0, "it starts again over what the killed one left"


def test_a_supervisor_that_cannot_start_says_where_to_look(settings: LocalSettings) -> None:
    settings.config_dir.mkdir(parents=True)
    (settings.config_dir / "supervisord.conf").write_text("[supervisord]\nlogfile=/nonexistent/log\n")
    with pytest.raises(SupervisorError, match=r"did not start \(exit \d+\), see .*supervisord\.log"):
        Supervisor(settings).start(timeout_s=1)


def test_an_unknown_program_is_refused(supervisor: Supervisor) -> None:
    with pytest.raises(SupervisorError, match="three"):
        supervisor.start_program("three")
