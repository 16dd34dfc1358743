"""dbt by the server that forks: the same as dbt itself, and gone with whoever asked."""

import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.dbt_project import PROJECT
from dagster_project.dbt_server.protocol import Request
from pipelines.conversations import rebuild_conversations
from tests.bench.record import REPOSITORY
from tests.dagster_project.warm_dbt import WarmDbt, warm_dbt
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import deliver, flow

LEFT_OUT: Final = shutil.ignore_patterns("target", "logs", "__pycache__", "java")
ASKED: Final = {"DAGSTER_HOME": "/somewhere", "DBT_PROJECT_DIR": str(PROJECT)}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmDbt]:
    with warm_dbt(tmp_path_factory.mktemp("home")) as server:
        yield server


def _until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _lives(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


@contextmanager
def _waiting(server: WarmDbt, catalog: Path) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A command and the process that runs it, which waits for the catalog's lock."""
    before = len(server.served)
    with closing(sqlite3.connect(catalog)) as database:
        database.execute("BEGIN EXCLUSIVE")
        client = server.start("run")
        _until(lambda: len(server.served) > before)
        time.sleep(0.5)
        assert client.poll() is None
        yield client, server.served[-1]
    client.communicate(timeout=60)


@pytest.mark.spec("F3")
def test_a_build_by_the_server_is_that_of_dbt(
    server: WarmDbt, catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    flow(deliver(conversations(3))).write(catalog)
    rebuild_conversations(connection, catalog)
    before = len(server.served)
    built = server.run("build", "--exclude-resource-type", "unit_test")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "Completed successfully" in built.stdout
    assert len(server.served) == before + 1
    assert catalog.load_table("gold.agent_daily").scan().count() > 0


@pytest.mark.usefixtures("catalog")
@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [(("run", "--no-such-option"), 2, "No such option"), (("build", "--selector", "none"), 2, "selector")],
)
def test_what_dbt_refuses_is_told_and_ends_as_with_dbt(
    server: WarmDbt, arguments: tuple[str, ...], code: int, told: str
) -> None:
    refused = server.run(*arguments)
    assert refused.returncode == code
    assert told in refused.stdout + refused.stderr


@pytest.mark.usefixtures("catalog")
def test_a_model_that_fails_fails_the_command(server: WarmDbt, tmp_path: Path) -> None:
    nowhere = {**os.environ, "TURNSTONE_LAKE_CATALOG_URI": f"sqlite:///{tmp_path}"}
    failed = server.run("run", environment=nowhere)
    assert failed.returncode != 0
    assert "unable to open database file" in failed.stdout + failed.stderr


@pytest.mark.usefixtures("catalog")
def test_the_command_ends_with_a_client_that_was_killed(server: WarmDbt, tmp_path: Path) -> None:
    with _waiting(server, tmp_path / "catalog.db") as (client, process):
        client.kill()
        _until(lambda: not _lives(process), seconds=10)


@pytest.mark.usefixtures("catalog")
def test_a_signal_to_the_client_reaches_the_command(server: WarmDbt, tmp_path: Path) -> None:
    with _waiting(server, tmp_path / "catalog.db") as (client, process):
        client.send_signal(signal.SIGTERM)
        assert client.wait(10) != 0
        _until(lambda: not _lives(process), seconds=10)


@pytest.mark.usefixtures("catalog")
def test_a_change_starts_the_server_anew_and_one_that_cannot_be_parsed_waits_for_the_next(
    tmp_path: Path,
) -> None:
    repository = tmp_path / "repository"
    for folder in ("dagster_project", "dbt", "pipelines", "streaming"):
        shutil.copytree(REPOSITORY / folder, repository / folder, ignore=LEFT_OUT)
    model = repository / "dbt" / "models" / "marts" / "cost_daily.sql"
    sound, nothing = model.read_text(), ("run", "--select", "nothing")
    with warm_dbt(tmp_path, repository) as server:
        assert server.run(*nothing).returncode == 0
        assert len(server.served) == 1
        compiled = repository / "dbt" / "target" / "compiled" / "some.sql"  # dbt's own, beside the project
        compiled.parent.mkdir(parents=True)
        compiled.write_text("select 1")
        assert server.run(*nothing).returncode == 0
        assert len(server.served) == 2
        model.write_text(sound + "{% if %}")
        itself = server.run(*nothing)
        assert itself.returncode == 2
        assert "cost_daily" in itself.stdout
        assert len(server.served) == 2
        _until(lambda: "cannot be parsed" in server.told, seconds=120)
        model.write_text(sound)
        _until(lambda: server.told.count("dbt is ready") == 2, seconds=120)
        assert server.run(*nothing).returncode == 0
        assert len(server.served) == 3


def test_without_a_server_dbt_runs_itself(tmp_path: Path) -> None:
    told = WarmDbt(tmp_path, tmp_path / "log").run("--version")
    assert told.returncode == 0
    assert "Core" in told.stdout


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["parse"], ASKED),
        ([], ASKED),
        (["run", "--vars={}"], ASKED),
        (["run", "--target", "other"], ASKED),
        (["run"], {"DAGSTER_HOME": "/somewhere"}),
        (["run"], {"DBT_PROJECT_DIR": str(PROJECT)}),
        (["run"], {**ASKED, "DBT_PROJECT_DIR": "/other"}),
        (["run"], {**ASKED, "DBT_TARGET": "other"}),
    ],
)
def test_what_the_manifest_may_not_be_right_for_is_not_asked_of_the_server(
    arguments: list[str], environment: dict[str, str]
) -> None:
    assert Request(["build", "--select", "+x"], ASKED, "/").is_for_a_server
    assert not Request(arguments, environment, "/").is_for_a_server
