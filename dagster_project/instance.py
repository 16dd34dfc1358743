"""Dagster's persistent instance, shared by the command line and the web interface."""

import os
from pathlib import Path
from typing import Final

import dagster as dg

from dagster_project.settings import DagsterSettings

_CONFIGURATION: Final = """\
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1 # builds replace days of the same tables
"""


def dagster_home(settings: DagsterSettings) -> Path:
    """Dagster's home, made and configured where it is missing; absolute, as Dagster wants it."""
    home = Path(os.environ.get("DAGSTER_HOME") or settings.home).resolve()
    home.mkdir(parents=True, exist_ok=True)
    configuration = home / "dagster.yaml"
    if not configuration.exists():
        configuration.write_text(_CONFIGURATION, encoding="utf-8")
    return home


def open_instance(settings: DagsterSettings) -> dg.DagsterInstance:
    """The instance in Dagster's home."""
    return dg.DagsterInstance.from_config(str(dagster_home(settings)))
