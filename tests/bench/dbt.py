"""Builds gold as people do: dbt in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from pipelines.settings import LakeSettings
from tests.bench.record import REPOSITORY


def build_gold(settings: LakeSettings, task: str = "build") -> None:
    """Builds the marts of a lake.

    Args:
        settings: Where the lake is.
        task: ``build`` runs all tests as well, ``run`` the models alone.
    """
    environment = {
        **os.environ,
        "TURNSTONE_LAKE_CATALOG_URI": settings.catalog_uri,
        "TURNSTONE_LAKE_WAREHOUSE": settings.warehouse,
    }
    command = [
        *(str(Path(sys.executable).with_name("dbt")), task),
        *("--project-dir", "dbt", "--profiles-dir", "dbt", "--target-path", f"{settings.warehouse}/target"),
    ]
    built = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    if built.returncode != 0:
        raise RuntimeError(f"dbt {task} ended with {built.returncode}:\n{built.stdout[-4_000:]}")
