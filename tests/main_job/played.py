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
from pipelines.settings import LakeSettings

CONVERSATIONS = 60
_PORTS = ("kafka_port", "kafka_controller_port", "flink_rest_port", "flink_rpc_port", "dagster_port")


class Played(NamedTuple):
    """Two runs over the same conversations, what the first one told, and the lake after the second."""

    first: dict[str, Any]
    second: dict[str, Any]
    output: str
    lake: DuckDBPyConnection
    environment: dict[str, str]


def environment_of(state: Path) -> dict[str, str]:
    """The environment, for every package, of a user whose stack is in ``state`` and on free ports."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("TURNSTONE_") or "RECORDINGS" in k}
    stack = LocalSettings(
        state_dir=state,
        jars_dir=LocalSettings().jars,
        checkpoint_interval_s=3,
        start_timeout_s=240,
        **dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True)),
    )
    local = {
        f"TURNSTONE_LOCAL_{name.upper()}": str(value)
        for name, value in stack.model_dump(exclude_unset=True).items()
    }
    return {**own, **stack.environment(), **local, "TURNSTONE_DAGSTER_BUILD_EVERY_S": "20"}


def lake_settings_of(environment: dict[str, str]) -> LakeSettings:
    """Where that user's lake is."""
    return LakeSettings(
        catalog_uri=environment["TURNSTONE_LAKE_CATALOG_URI"],
        warehouse=environment["TURNSTONE_LAKE_WAREHOUSE"],
    )


def turnstone(environment: dict[str, str], *arguments: str) -> str:
    """Runs the command to its end and returns what it printed."""
    command = [str(Path(sys.executable).with_name("turnstone")), *arguments]
    run = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def run_demo(environment: dict[str, str], *options: str) -> tuple[str, dict[str, Any]]:
    """Runs the demo; returns its output and its report."""
    output = turnstone(environment, "demo", "--limit", str(CONVERSATIONS), *options)
    page = Path(environment["TURNSTONE_LOCAL_STATE_DIR"]) / "demo" / "report.json"
    report: dict[str, Any] = json.loads(page.read_text())
    return output, report
