"""A client of supervisord, which runs the programs of the stack."""

import os
import subprocess
import sys
import time
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from supervisor.xmlrpc import Faults, SupervisorTransport

from infra.local.configuration import socket_path
from infra.local.errors import SupervisorError
from infra.local.settings import LocalSettings

_IGNORED: Final = frozenset({Faults.ALREADY_STARTED, Faults.NOT_RUNNING})


@dataclass(frozen=True)
class ProcessInfo:
    """A program as the supervisor sees it; ``pid`` is 0 and ``started`` None where it does not run."""

    name: str
    state: str
    pid: int
    started: float | None


class Supervisor:
    """The supervisor of one stack; may or may not be running."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._socket = socket_path(settings.state_dir)

    def running(self) -> bool:
        """Whether it answers."""
        try:
            self._call("getState")
        except OSError:
            return False
        return True

    def start(self, timeout_s: float = 10.0) -> None:
        """Starts it as a daemon, with the environment of the stack, and waits until it answers.

        Raises:
            SupervisorError: It did not start.
        """
        run = subprocess.run(
            [
                sys.executable,
                "-m",
                "supervisor.supervisord",
                "-c",
                self._settings.config_dir / "supervisord.conf",
            ],
            env={**os.environ, **self._settings.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
        deadline = time.monotonic() + timeout_s
        while run.returncode == 0 and time.monotonic() < deadline:
            if self.running():
                return
            time.sleep(0.05)
        log = self._settings.logs_dir / "supervisord.log"
        raise SupervisorError(
            f"the supervisor did not start (exit {run.returncode}), see {log}: "
            f"{(run.stderr or run.stdout).strip()[-400:]}"
        )

    def stop(self, timeout_s: float = 60.0) -> None:
        """Stops all programs and the supervisor itself; waits until it is gone.

        Raises:
            SupervisorError: It is still there after ``timeout_s`` seconds.
        """
        pid = int(self._call("getPID"))
        self._call("shutdown")
        deadline = time.monotonic() + timeout_s
        while Path(f"/proc/{pid}").exists() and not _is_zombie(pid):
            if time.monotonic() > deadline:
                raise SupervisorError(f"the supervisor (pid {pid}) did not stop within {timeout_s:g} s")
            time.sleep(0.05)

    def start_program(self, name: str) -> None:
        """Starts a program without waiting; nothing happens where it runs."""
        self._change("startProcess", name, False)

    def stop_program(self, name: str) -> None:
        """Stops a program and waits; nothing happens where it does not run."""
        self._change("stopProcess", name, True)

    def signal_program(self, name: str, signal: str) -> None:
        """Sends a signal, such as ``KILL``, to a program."""
        self._call("signalProcess", name, signal)

    def processes(self) -> dict[str, ProcessInfo]:
        """All programs by name."""
        return {
            info["name"]: ProcessInfo(
                info["name"], info["statename"], info["pid"], info["start"] if info["pid"] else None
            )
            for info in self._call("getAllProcessInfo")
        }

    def _change(self, method: str, name: str, wait: bool) -> None:
        try:
            self._call(method, name, wait)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode not in _IGNORED:
                log = self._settings.logs_dir / f"{name}.log"
                raise SupervisorError(f"{name}: {fault.faultString}; see {log}") from fault

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, serverurl=f"unix://{self._socket}")
        with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as server:
            return getattr(server.supervisor, method)(*arguments)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True
