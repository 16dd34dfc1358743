"""Command line of the lake."""

import sys
from typing import Annotated, Final

import typer
from rich.console import Console

from pipelines.settings import LakeSettings

app = typer.Typer(help="The lake: tables and SQL.", no_args_is_help=True)


_FILE_WIDTH: Final = 200
"""Characters a line where the output is not a terminal."""


@app.command()
def sql(
    statement: Annotated[
        str | None, typer.Argument(help="What to run; read from standard input or a prompt where missing.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write all rows as CSV.")] = False,
) -> None:
    """Runs SQL on bronze, silver, gold and ops; opens a prompt where nothing is given.

    The tables are current at every statement, also while the stream runs.
    """
    from pipelines.catalog import ensure_tables, open_catalog
    from pipelines.errors import QueryError
    from pipelines.sql_prompt import prompt, run
    from pipelines.sql_rendering import write_csv
    from pipelines.sql_session import SqlSession
    from pipelines.views import connect

    settings = LakeSettings()
    console = Console() if sys.stdout.isatty() else Console(width=_FILE_WIDTH)
    catalog = open_catalog(settings)
    ensure_tables(catalog)
    session = SqlSession(connect(catalog), catalog)
    if statement is None and sys.stdin.isatty():
        prompt(session, console, settings.history_path)
        return
    text = statement if statement is not None else sys.stdin.read()
    if csv:
        try:
            write_csv(session.run(text), sys.stdout)
        except QueryError as error:
            typer.secho(str(error), fg="red", err=True)
            raise typer.Exit(1) from error
    elif not run(session, console, text.strip()):
        raise typer.Exit(1)


@app.command()
def ensure() -> None:
    """Creates the catalog, the layers and the tables of the stream where they are missing."""
    from pipelines.catalog import ensure_tables, open_catalog
    from pipelines.views import metadata_locations

    settings = LakeSettings()
    catalog = open_catalog(settings)
    ensure_tables(catalog)
    typer.echo(f"{settings.catalog_url}: {', '.join(sorted(metadata_locations(catalog)))}")


@app.command()
def rewind(
    checkpoint: Annotated[int, typer.Argument(help="Number of the checkpoint or savepoint to resume from.")],
    sessions: Annotated[bool, typer.Option(help="The tables of the session job instead.")] = False,
) -> None:
    """Takes bronze, silver and dead letters back to a checkpoint of the stream; for an old savepoint.

    The stream must be down. The records since then are read again from the log.
    """
    from pipelines.catalog import open_catalog
    from pipelines.errors import NotCommittedError, SnapshotExpiredError
    from pipelines.rewind import SESSIONS, STREAM
    from pipelines.rewind import rewind as take_back

    try:
        tables = SESSIONS if sessions else STREAM
        for table in take_back(open_catalog(LakeSettings()), checkpoint, tables):
            typer.echo(f"{table.table}: {table.snapshots_left} snapshots back")
    except (NotCommittedError, SnapshotExpiredError) as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(1) from error
