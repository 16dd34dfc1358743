"""The programs of the stack, as the supervisor runs them."""

import shlex
import shutil
from typing import Final, NamedTuple

from infra.local.settings import LocalSettings

KAFKA: Final = "kafka"
JOB_MANAGER: Final = "flink-jobmanager"
TASK_MANAGER: Final = "flink-taskmanager"
JOB: Final = "flink-job"
SESSIONS: Final = "flink-sessions"
DBT_SERVER: Final = "dbt-server"
DAGSTER_WEBSERVER: Final = "dagster-webserver"
DAGSTER_DAEMON: Final = "dagster-daemon"
CLUSTER_ID: Final = "dHVybnN0b25lLWxvY2FsLQ"
"""Any 16 bytes, in base64: the broker wants a name for its cluster."""
STREAM: Final = (KAFKA, JOB_MANAGER, TASK_MANAGER, JOB)
"""What :func:`infra.local.stack.up` starts, in that order."""
DAGSTER: Final = (DBT_SERVER, DAGSTER_WEBSERVER, DAGSTER_DAEMON)
"""What runs on request."""


class Program(NamedTuple):
    """A program under the supervisor; ``stop_seconds`` is its time to end by itself."""

    name: str
    command: str
    stop_seconds: int = 10


def programs(settings: LocalSettings) -> list[Program]:
    """All programs of a stack."""
    return [
        Program(KAFKA, on_leash(kafka_command(settings)), stop_seconds=30),
        Program(JOB_MANAGER, on_leash(_flink(settings, "jobmanager.sh"))),
        Program(TASK_MANAGER, on_leash(_flink(settings, "taskmanager.sh"))),
        Program(JOB, on_leash([settings.python, "-m", "streaming.flink.keeper"])),
        Program(SESSIONS, on_leash([settings.python, "-m", "streaming.flink.keeper", "sessions"])),
        Program(DBT_SERVER, on_leash([settings.python, "-m", "dagster_project.dbt_server.server"])),
        Program(DAGSTER_WEBSERVER, on_leash(_dagster_webserver(settings))),
        Program(DAGSTER_DAEMON, on_leash(_dagster_daemon(settings))),
    ]


def kafka_command(settings: LocalSettings) -> list[str]:
    """Starts the broker."""
    return [
        *kafka_java(settings),
        f"-Xmx{settings.kafka_heap_mb}m",
        f"-Xms{settings.kafka_heap_mb}m",
        "-XX:+UseG1GC",
        "kafka.Kafka",
        str(settings.config_dir / "server.properties"),
    ]


def kafka_format_command(settings: LocalSettings) -> list[str]:
    """Makes the broker's folder, once."""
    return [
        *kafka_java(settings),
        "-XX:TieredStopAtLevel=1",
        "kafka.tools.StorageTool",
        *("format", "--cluster-id", CLUSTER_ID, "--config", str(settings.config_dir / "server.properties")),
    ]


def kafka_java(settings: LocalSettings) -> list[str]:
    """Java with the broker's classes, logging to stderr what matters."""
    return [
        "java",
        "-cp",
        str(settings.jars / "broker" / "*"),
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.log.kafka.server=info",
        "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config=error",
    ]


def _flink(settings: LocalSettings, script: str) -> list[str]:
    return [str(settings.flink_home / "bin" / script), "start-foreground"]


def _dagster_webserver(settings: LocalSettings) -> list[str]:
    return [
        settings.python,
        *("-m", "dagster_webserver"),
        *("-h", settings.host, "-p", str(settings.dagster_port)),
        *("-m", "dagster_project.definitions"),
    ]


def _dagster_daemon(settings: LocalSettings) -> list[str]:
    return [settings.python, *("-m", "dagster._daemon", "run", "-m", "dagster_project.definitions")]


def on_leash(command: list[str]) -> str:
    """The line by which the supervisor runs a command: the kernel ends it when the supervisor is gone."""
    leash = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    return shlex.join([*leash, *command]).replace("%", "%%")
