"""The dbt server, as ``turnstone dev`` runs it, and commands as Dagster gives them."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.bench.record import REPOSITORY


class WarmDbt:
    """A dbt server in a home of its own.

    Args:
        home: Dagster's home.
        log: What the server says.
        repository: Where its code and the dbt project are.
    """

    def __init__(self, home: Path, log: Path, repository: Path = REPOSITORY) -> None:
        self._home = home
        self._log = log
        self._project = repository / "dbt"
        self.environment = {"DAGSTER_HOME": str(home), "PYTHONPATH": str(repository)}

    @property
    def target(self) -> Path:
        """Where dbt writes what it compiled and how it went."""
        return self._home / "target"

    @property
    def told(self) -> str:
        """What the server has said so far."""
        return self._log.read_text()

    @property
    def served(self) -> list[int]:
        """The processes that have run commands."""
        return [int(process) for process in re.findall(r"process (\d+) runs", self.told)]

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Starts a command as Dagster does."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("turnstone-dbt")), *arguments],
            cwd=self._project,
            env={
                **(environment or os.environ),
                **self.environment,
                "DBT_PROJECT_DIR": str(self._project),
                "DBT_TARGET_PATH": str(self.target),
                "DBT_LOG_PATH": str(self.target),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(
        self, *arguments: str, environment: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a command to its end."""
        process = self.start(*arguments, environment=environment)
        output, errors = process.communicate(timeout=300)
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


@contextmanager
def warm_dbt(home: Path, repository: Path = REPOSITORY) -> Iterator[WarmDbt]:
    """A server that is ready; ended afterwards."""
    log = home / "dbt-server.log"
    server = WarmDbt(home, log, repository)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.dbt_server.server"],
            cwd=repository,
            env={**os.environ, **server.environment},
            stdout=output,
            stderr=output,
        )
    try:
        while "dbt is ready" not in server.told:
            assert process.poll() is None, server.told
            time.sleep(0.1)
        yield server
    finally:
        process.terminate()
        process.wait()
