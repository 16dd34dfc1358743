"""Builds gold as people do, dbt in a process of its own, and as Dagster does beside a running stack."""

import os
import subprocess
import sys
from pathlib import Path

from pipelines.settings import LakeSettings
from tests.bench.record import REPOSITORY
from tests.dagster_project.warm_dbt import WarmDbt


def build_gold(settings: LakeSettings, task: str = "build") -> None:
    """Builds the marts of a lake.

    Args:
        settings: Where the lake is.
        task: ``build`` runs all tests as well, ``run`` the models alone.
    """
    command = [
        *(str(Path(sys.executable).with_name("dbt")), task),
        *("--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", f"{settings.warehouse}/target"),
    ]
    built = subprocess.run(
        command, cwd=REPOSITORY, env=_environment(settings), capture_output=True, text=True, check=False
    )
    _require_success(built)


def build_gold_warm(settings: LakeSettings, server: WarmDbt) -> None:
    """Builds the marts of a lake by the dbt that ``turnstone dev`` keeps ready."""
    before = len(server.served)
    _require_success(server.run("run", environment=_environment(settings)))
    if len(server.served) != before + 1:
        raise RuntimeError("the server did not run the command")


def _environment(settings: LakeSettings) -> dict[str, str]:
    return {
        **os.environ,
        "TURNSTONE_LAKE_CATALOG_URI": settings.catalog_uri,
        "TURNSTONE_LAKE_WAREHOUSE": settings.warehouse,
    }


def _require_success(built: "subprocess.CompletedProcess[str]") -> None:
    if built.returncode != 0:
        raise RuntimeError(f"dbt ended with {built.returncode}:\n{built.stdout[-4_000:]}")
