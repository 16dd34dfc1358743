"""Commands of canaries: ``turnstone canary …``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from pyiceberg.catalog.sql import SqlCatalog
    from rich.table import Table

    from analytics.delivery.history import Row

app = typer.Typer(help="Try a new agent version on a part of the traffic.", no_args_is_help=True)

_FILE_WIDTH: Final = 160
"""Characters a line where the output is not a terminal."""

At = Annotated[
    datetime | None,
    typer.Option(help="As if it were then, UTC: for traffic that is over. What came later is left out."),
]


@app.command()
def start(
    canary: Annotated[str, typer.Argument(help="The agent version to try.")],
    control: Annotated[str, typer.Option(help="The agent version in production.")],
    at: At = None,
) -> None:
    """Starts a canary in the first stage."""
    from analytics.delivery.running import start as begin

    with _lake() as (_, catalog):
        row = begin(catalog, canary, control, now=_time(at))
    typer.echo(f"{row.canary} beside {row.control}: {row.share:.0%} of new conversations")


@app.command()
def decide(at: At = None) -> None:
    """Decides about the canary that runs, by what the tables hold; ends with 1 when it is rolled back."""
    from analytics.delivery.running import decide_by_tables

    with _lake() as (connection, catalog):
        then = None if at is None else _time(at)
        row = decide_by_tables(connection, catalog, now=then or datetime.now(UTC), through=then)
    _print(_findings(row))
    typer.echo(_told(row))
    sys.exit(row.action == "roll_back")


@app.command()
def stop(
    why: Annotated[str, typer.Argument(help="Why, for the history.")],
    at: At = None,
) -> None:
    """Rolls the canary that runs back, whatever was counted."""
    from analytics.delivery.running import stop as roll_back

    with _lake() as (_, catalog):
        typer.echo(_told(roll_back(catalog, why, now=_time(at))))


@app.command()
def status() -> None:
    """Shows the newest canary, its stage, and what was decided about it."""
    from analytics.delivery.history import canary_of, read_rows

    with _lake() as (_, catalog):
        found = read_rows(catalog)
    if not found:
        typer.echo("no canary was ever started")
        return
    [*_, rows] = found.values()
    newest = canary_of(rows)
    typer.echo(
        f"{newest.canary} beside {newest.control}: {newest.state}, {newest.stage.name} since"
        f" {newest.stage_began_at:%Y-%m-%d %H:%M}, {newest.share:.0%} of new conversations"
    )
    _print(_history(rows))


@contextmanager
def _lake() -> "Iterator[tuple[DuckDBPyConnection, SqlCatalog]]":
    from analytics.delivery.errors import DeliveryError
    from pipelines.catalog import ensure_tables, open_catalog
    from pipelines.settings import LakeSettings
    from pipelines.views import connect

    catalog = open_catalog(LakeSettings())
    ensure_tables(catalog)
    try:
        with connect(catalog) as connection:
            yield connection, catalog
    except DeliveryError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(2) from error


def _time(at: datetime | None) -> datetime:
    return datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)


def _told(row: "Row") -> str:
    went = f" → {row.next_stage}" if row.action == "promote" and row.next_stage else ""
    lines = [f"{row.canary} at {row.stage}: {row.action.replace('_', ' ')}{went}", *row.reasons]
    return "\n  ".join(lines)


def _findings(row: "Row") -> "Table":
    from rich import box
    from rich.table import Table

    columns = ("control", "canary", "last minutes", "harm", "interval", "could see")
    table = Table("trigger", "state", box=box.SIMPLE_HEAD)
    for name in columns:
        table.add_column(name, justify="right")
    for one in row.findings:
        window = "–" if one.delayed else f"{one.window.canary.bad:,} of {one.window.canary.n:,}"
        compared = [f"{one.harm:+.2%}", f"{one.low:+.2%} to {one.high:+.2%}", f"{one.detectable:.2%}"]
        table.add_row(
            one.trigger,
            one.state,
            f"{one.control_bad:,} of {one.control_n:,}",
            f"{one.canary_bad:,} of {one.canary_n:,}",
            window,
            *(compared if one.control_n and one.canary_n else "–––"),
        )
    return table


def _history(rows: "list[Row]") -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        "decided at", "stage", "minutes", "action", "money", "irreversible", "why", box=box.SIMPLE_HEAD
    )
    for one in rows:
        table.add_row(
            f"{one.decided_at:%Y-%m-%d %H:%M}",
            one.stage,
            f"{one.minutes:,}",
            one.action.replace("_", " "),
            f"{one.money_usd:,.2f} $",
            f"{one.irreversible:,}",
            one.reasons[0] if one.reasons else "",
        )
    return table


def _print(table: "Table") -> None:
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else _FILE_WIDTH).print(table)
