"""Starts, stops and describes the stack of this machine: broker, stream engine, catalog, job."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic_settings import BaseSettings

from infra.local import programs
from infra.local.configuration import write_configuration
from infra.local.errors import LocalStackError, StackTimeoutError
from infra.local.jars import fetch_jars
from infra.local.ports import require_free
from infra.local.prerequisites import require_all
from infra.local.probes import Health, Probes
from infra.local.settings import LocalSettings
from infra.local.status import ProgramStatus, describe
from infra.local.stream_jar import build_stream_jar
from infra.local.supervisor import Supervisor
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from streaming.flink.lifecycle import JobStillRunsError, stop_job
from streaming.flink.rest import FlinkRest
from streaming.flink.settings import FlinkJobSettings
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError, ensure_topic

OnProgress = Callable[[str, str], None]
"""Called with the name of a part and what it does now: starting, ready, stopping, stopped."""

Settings = TypeVar("Settings", bound=BaseSettings)


class LocalStack:
    """The stack of one state folder.

    Args:
        settings: Ports, folders and sizes.
        on_progress: Hears about every step of :meth:`up` and :meth:`down`.
    """

    def __init__(self, settings: LocalSettings | None = None, on_progress: OnProgress | None = None) -> None:
        self.settings = settings or LocalSettings()
        self._tell = on_progress or (lambda _part, _state: None)
        self._supervisor = Supervisor(self.settings)
        self.streaming = self.settings_of(StreamingSettings)
        self.lake = self.settings_of(LakeSettings)
        self.job = self.settings_of(FlinkJobSettings)
        self._probes = Probes(self.settings, self.streaming, self.lake, self.job)

    def settings_of(self, kind: type[Settings]) -> Settings:
        """Another package's settings, as this stack's environment sets them."""
        prefix = kind.model_config["env_prefix"]
        values: dict[str, Any] = {
            name.removeprefix(prefix).lower(): value
            for name, value in self.settings.environment().items()
            if name.startswith(prefix)
        }
        return kind(**values)

    def up(self) -> None:
        """Starts what does not run yet, and waits until all of it is healthy.

        Raises:
            PrerequisiteMissingError: Java, Maven or PyFlink's environment is missing.
            PortTakenError: Another program listens on a port of the stack.
            JarsError: Maven failed.
            StackTimeoutError: A part did not become healthy in time.
        """
        if not self._supervisor.running():
            require_all(self.settings)
            self._tell("jars", "fetching")
            fetch_jars(self.settings.jars)
            build_stream_jar(self.settings.jars, self.settings.flink_home)
            self._tell("jars", "ready")
            self._start_supervisor()
        for name in (programs.JOB_MANAGER, programs.TASK_MANAGER):
            self._start(name)
        formatting = self._format_broker()
        self._tell("catalog", "starting")
        ensure_tables(open_catalog(self.lake))
        self._tell("catalog", "ready")
        self._start(programs.JOB)
        if formatting is not None:
            _finish(formatting)
        self._start(programs.KAFKA)
        self._wait(programs.KAFKA, self._broker_with_topic)
        self._wait(programs.JOB_MANAGER, self._probes.job_manager)
        self._wait(programs.TASK_MANAGER, self._probes.task_manager)
        self._wait(programs.JOB, self._probes.job)
        if self.settings.sessions:
            self._start(programs.SESSIONS)
            self._wait(programs.SESSIONS, self._probes.sessions)

    def down(self) -> None:
        """Stops everything; the job ends on a checkpoint, so that ``up`` goes on where it was."""
        if not self._supervisor.running():
            return
        if self.settings.sessions:
            self._stop_job(programs.SESSIONS, self.job.session_job_name)
        self._stop_job(programs.JOB, self.job.job_name)
        self._tell("programs", "stopping")
        self._supervisor.stop()
        self._tell("programs", "stopped")

    def pause_stream(self) -> None:
        """Ends the stream job on a checkpoint; events stay in the log until it is resumed."""
        self._supervisor.stop_program(programs.JOB)
        stop_job(FlinkRest(self.settings.flink_url), self.job.job_name)

    def resume_stream(self) -> None:
        """Goes on where the stream was paused.

        Raises:
            StackTimeoutError: The job did not run in time.
        """
        self._start(programs.JOB)
        self._wait(programs.JOB, self._probes.job)

    def status(self) -> list[ProgramStatus]:
        """What runs, on which port, how healthy: each part was asked just now."""
        processes = self._supervisor.processes() if self._supervisor.running() else {}
        return describe(self.settings, self._probes, processes, time.time())

    def start_dagster(self) -> str:
        """Starts Dagster's web server and daemon on the running stack; returns the UI's address.

        Raises:
            PortTakenError: Another program listens on its port.
            StackTimeoutError: It did not answer in time.
        """
        running = self._supervisor.processes()
        if not running[programs.DAGSTER_WEBSERVER].pid:
            require_free({"dagster_port": self.settings.dagster_port}, self.settings.host)
        for name in programs.DAGSTER:
            self._start(name)
        self._wait(programs.DAGSTER_WEBSERVER, self._probes.dagster)
        return self.settings.dagster_url

    def stop_dagster(self) -> None:
        """Stops Dagster; the stream goes on."""
        for name in programs.DAGSTER:
            self._supervisor.stop_program(name)

    def stop(self, program: str) -> None:
        """Stops a program until the next :meth:`up`."""
        self._supervisor.stop_program(program)

    def signal(self, program: str, name: str) -> None:
        """Sends a signal to a program: after ``KILL``, a crash, the supervisor starts it again."""
        self._supervisor.signal_program(program, name)

    def _stop_job(self, program: str, job_name: str) -> None:
        self._tell(program, "stopping")
        self._supervisor.stop_program(program)
        try:
            stop_job(FlinkRest(self.settings.flink_url), job_name)
            self._tell(program, "stopped")
        except JobStillRunsError:
            # Ending it the hard way loses nothing: the next one resumes from its last checkpoint.
            self._tell(program, "did not end by itself")

    def _start_supervisor(self) -> None:
        ports = ("kafka_port", "kafka_controller_port", "flink_rest_port", "flink_rpc_port")
        require_free({name: getattr(self.settings, name) for name in ports}, self.settings.host)
        write_configuration(self.settings)
        self._supervisor.start()

    def _start(self, name: str) -> None:
        self._tell(name, "starting")
        self._supervisor.start_program(name)

    def _format_broker(self) -> "subprocess.Popen[str] | None":
        if (self.settings.state_dir / "kafka" / "meta.properties").exists():
            return None
        return subprocess.Popen(
            programs.kafka_format_command(self.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _broker_with_topic(self) -> Health:
        health = self._probes.broker()
        try:
            if not health.healthy and ensure_topic(self.streaming):
                return self._probes.broker()
        except BrokerUnreachableError as silent:
            return Health(False, str(silent))
        return health

    def _wait(self, name: str, probe: Callable[[], Health]) -> None:
        deadline = time.monotonic() + self.settings.start_timeout_s
        while not (health := probe()).healthy:
            if time.monotonic() > deadline:
                log = self.settings.logs_dir / f"{name}.log"
                raise StackTimeoutError(
                    f"{name} is not healthy after {self.settings.start_timeout_s:g} s: {health.detail}; "
                    f"the last line of {log}: {_last_line(log)}"
                )
            time.sleep(0.2)
        self._tell(name, "ready")


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "(empty)"


def _finish(formatting: "subprocess.Popen[str]") -> None:
    output, _ = formatting.communicate()
    if formatting.returncode != 0:
        raise LocalStackError(f"the broker's folder could not be formatted: {output.strip()[-400:]}")
