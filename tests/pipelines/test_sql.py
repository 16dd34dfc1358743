import io
from pathlib import Path
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from pyiceberg.catalog.sql import SqlCatalog
from rich.console import Console
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import QueryError
from pipelines.settings import LakeSettings
from pipelines.sql_prompt import LakeCompleter, prompt
from pipelines.sql_session import SqlSession
from pipelines.tables import SILVER, STREAM_TABLES
from tests.pipelines.made_events import conversation
from tests.pipelines.made_stream import append, deliver, silver_row


@pytest.fixture
def session(connection: DuckDBPyConnection, catalog: SqlCatalog) -> SqlSession:
    return SqlSession(connection, catalog)


@pytest.fixture
def cli(lake_settings: LakeSettings, catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TURNSTONE_LAKE_CATALOG_URI", lake_settings.catalog_uri)
    monkeypatch.setenv("TURNSTONE_LAKE_WAREHOUSE", lake_settings.warehouse)
    return CliRunner()


def _grow(catalog: SqlCatalog, number: int) -> int:
    rows = [silver_row(d) for d in deliver(conversation(number))]
    append(catalog, SILVER.name, rows)
    return len(rows)


@pytest.mark.spec("F8")
def test_a_statement_sees_what_was_committed_just_before_it(session: SqlSession, catalog: SqlCatalog) -> None:
    rows = 0
    for number in range(3):
        rows += _grow(catalog, number)
        assert session.run("select count(*) from silver.events").rows == [(rows,)]


def test_no_more_rows_than_asked_for_are_fetched_and_the_rest_is_told(session: SqlSession) -> None:
    answer = session.run("select * from range(10)", max_rows=3)
    assert (answer.rows, answer.complete) == ([(0,), (1,), (2,)], False)
    assert session.run("select * from range(3)", max_rows=3).complete
    assert len(session.run("select * from range(10)").rows) == 10


def test_wrong_sql_gets_the_message_of_the_engine(session: SqlSession) -> None:
    with pytest.raises(QueryError, match=r'column "nope" not found'):
        session.run("select nope from silver.events")
    assert session.run("select 1").rows == [(1,)]


def test_a_file_that_is_not_there_gets_the_message_of_the_engine(session: SqlSession) -> None:
    with pytest.raises(QueryError, match="nowhere"):
        session.run("select * from read_parquet('/nowhere/x.parquet')")


def test_a_table_is_described_with_what_its_columns_say(session: SqlSession) -> None:
    rows = {name: (kind, says) for name, kind, says in session.describe("silver.events").rows}
    assert rows["event_id"] == ("VARCHAR", "UUIDv7; unique in this table")
    with pytest.raises(QueryError, match="nope"):
        session.describe("silver.nope")


def test_completion_knows_tables_columns_and_keywords(session: SqlSession) -> None:
    completer = LakeCompleter(session.names)

    def complete(text: str) -> list[str]:
        return [c.text for c in completer.get_completions(Document(text), CompleteEvent())]

    assert complete("select * from silver.") == [
        "silver.dead_letters",
        "silver.events",
        "silver.finished_conversations",
        "silver.late_events",
    ]
    assert complete("select kafka_p") == ["kafka_partition"]
    assert complete("sel") == ["select"]


def _type(session: SqlSession, history: Path, *keys: str) -> str:
    """What the prompt prints when somebody types."""
    console = Console(file=io.StringIO(), width=200)
    with create_pipe_input() as keyboard, create_app_session(input=keyboard, output=DummyOutput()):
        keyboard.send_text("".join(keys))
        prompt(session, console, history)
    text: Any = console.file
    return str(text.getvalue())


@pytest.mark.spec("F8")
def test_the_prompt_answers_refuses_and_goes_on(
    session: SqlSession, catalog: SqlCatalog, tmp_path: Path
) -> None:
    rows = _grow(catalog, 0)
    history = tmp_path / "deep/history"
    told = _type(
        session,
        history,
        "select count(*) as n from silver.events\r",
        "select nope;\r",
        "\\d\r",
        "\\d silver.events\r",
        "\\wat\r",
        "\\?\r",
        "\\q\r",
    )
    assert str(rows) in told
    assert "Binder Error" in told
    assert "dead_letters" in told
    assert "UUIDv7; unique in this table" in told
    assert "\\wat: no such command" in told
    assert "Tab completes" in told
    assert "select count(*) as n from silver.events" in history.read_text()


@pytest.mark.spec("F8")
def test_enter_continues_a_statement_that_is_not_complete(session: SqlSession, tmp_path: Path) -> None:
    told = _type(session, tmp_path / "history", "select 40 +\r", "2 as answer\r", "\x04")
    assert "42" in told


@pytest.mark.spec("F8")
def test_the_command_answers_a_statement(cli: CliRunner, catalog: SqlCatalog) -> None:
    rows = _grow(catalog, 0)
    result = cli.invoke(app, ["sql", "select count(*) as n from silver.events"])
    assert result.exit_code == 0
    assert str(rows) in result.stdout
    assert "1 row" in result.stdout


def test_the_command_reads_standard_input_and_writes_csv(cli: CliRunner) -> None:
    result = cli.invoke(app, ["sql", "--csv"], input="select 1 as a, null as b, [1, 2] as c")
    assert result.stdout.splitlines() == ["a,b,c", '1,,"[1, 2]"']


@pytest.mark.parametrize("options", [[], ["--csv"]])
def test_the_command_fails_with_the_message_of_the_engine_and_no_traceback(
    options: list[str], cli: CliRunner
) -> None:
    result = cli.invoke(app, ["sql", "frobnicate 1", *options])
    assert result.exit_code == 1
    assert "Parser Error: syntax error" in result.output
    assert "Traceback" not in result.output


def test_a_row_that_is_too_wide_is_shown_one_value_a_line(cli: CliRunner, catalog: SqlCatalog) -> None:
    _grow(catalog, 0)
    result = cli.invoke(app, ["sql", "select * from silver.events limit 1"])
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["schema_version", "1"] in lines
    assert "row 1" in result.stdout


def test_ensure_tells_the_tables(cli: CliRunner) -> None:
    result = cli.invoke(app, ["ensure"])
    assert all(table.name in result.stdout for table in STREAM_TABLES)
