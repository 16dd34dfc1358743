"""The demo, run twice by its command on a stack and in a folder of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from duckdb import DuckDBPyConnection

from infra.local.ports import free_ports
from infra.local.settings import LocalSettings

CONVERSATIONS = 60
_PORTS = ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "FLINK_REST_PORT", "FLINK_RPC_PORT", "DAGSTER_PORT")


class Played(NamedTuple):
    """Two runs over the same conversations, and the lake after the second."""

    first: dict[str, Any]
    second: dict[str, Any]
    output: str
    lake: DuckDBPyConnection
    environment: dict[str, str]


def environment_of(state: Path) -> dict[str, str]:
    """The environment of a user whose stack is in ``state`` and on free ports."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("TURNSTONE_") or "RECORDINGS" in k}
    ports = {f"TURNSTONE_LOCAL_{name}": str(port) for name, port in zip(_PORTS, free_ports(5), strict=True)}
    return {
        **own,
        **ports,
        "TURNSTONE_LOCAL_STATE_DIR": str(state),
        "TURNSTONE_LOCAL_JARS_DIR": str(LocalSettings().jars),
        "TURNSTONE_LOCAL_CHECKPOINT_INTERVAL_S": "3",
        "TURNSTONE_LOCAL_START_TIMEOUT_S": "240",
        "TURNSTONE_DAGSTER_BUILD_EVERY_S": "20",
    }


def turnstone(environment: dict[str, str], *arguments: str) -> str:
    """Runs the command to its end and returns what it printed."""
    command = [str(Path(sys.executable).with_name("turnstone")), *arguments]
    run = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def run_demo(environment: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """Runs the demo; returns its output and its report."""
    output = turnstone(environment, "demo", "--limit", str(CONVERSATIONS))
    page = Path(environment["TURNSTONE_LOCAL_STATE_DIR"]) / "demo" / "report.json"
    report: dict[str, Any] = json.loads(page.read_text())
    return output, report
