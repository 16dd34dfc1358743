"""Commands of the local stack."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from infra.local.console import console_for_people
from infra.local.errors import LocalStackError
from infra.local.jars import fetch_jars
from infra.local.ports import require_free
from infra.local.settings import LocalSettings
from infra.local.stack import LocalStack
from infra.local.status import ProgramStatus
from infra.local.stream_jar import build_stream_jar

app = typer.Typer()
_console = console_for_people()


@app.command()
def jars() -> None:
    """Fetch the jars of the stack by Maven and compile the stream job; nothing to do where they are there."""
    settings = LocalSettings()
    with _errors_told():
        if fetch_jars(settings.jars):
            _console.print("jars of the stack fetched")
        if build_stream_jar(settings.jars, settings.flink_home):
            _console.print("stream job compiled")


@app.command()
def up() -> None:
    """Start the stack: broker, stream engine, catalog, streaming job."""
    with _errors_told():
        stack = _stack()
        stack.up()
        _console.print(_table(stack.status()))


@app.command()
def down() -> None:
    """Stop the stack. Nothing is lost: the next start resumes where this one ended."""
    with _errors_told():
        _stack().down()


@app.command()
def status() -> None:
    """Tell what runs, on which port, how healthy. Ends with 1 where something is not."""
    rows = _stack().status()
    _console.print(_table(rows))
    if not all(row.healthy for row in rows):
        raise typer.Exit(1)


@app.command()
def dev(
    wait: Annotated[bool, typer.Option(help="Wait for Ctrl-C, then stop Dagster.")] = True,
) -> None:
    """Open Dagster on the stack, which is started where it does not run."""
    with _errors_told():
        stack = _stack()
        stack.up()
        url = stack.start_dagster()
        _console.print(f"Dagster: {url}  (lineage: {url}/asset-groups)\nFlink: {stack.settings.flink_url}")
        if wait:
            _wait_for_the_end()
            stack.stop_dagster()
            _console.print("Dagster stopped; the stack still runs (`make down` stops it)")


@app.command()
def dashboard() -> None:
    """Serve the tenant's day, from the gold tables. It reads the lake, also while the stream runs."""
    from analytics.dashboard.app import dashboard_server
    from pipelines.settings import LakeSettings

    settings = LocalSettings()
    with _errors_told():
        require_free({"dashboard_port": settings.dashboard_port}, settings.host)
    server = dashboard_server(LakeSettings(), settings.host, settings.dashboard_port)
    _console.print(f"Dashboard: http://{settings.host}:{server.port} (Ctrl-C ends)")
    with suppress(KeyboardInterrupt):
        server.serve_forever()


@app.command()
def clean() -> None:
    """Stop the stack and remove its state; the jars stay."""
    with _errors_told():
        stack = _stack()
        stack.down()
        state = stack.settings.state_dir
        for entry in state.iterdir() if state.is_dir() else ():
            if entry == stack.settings.jars:
                continue
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _stack() -> LocalStack:
    return LocalStack(on_progress=lambda name, state: _console.print(f"[dim]{name}: {state}"))


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except LocalStackError as error:
        _console.print(f"[bold red]{type(error).__name__}[/]: {error}")
        raise typer.Exit(1) from error


def _wait_for_the_end() -> None:
    """Waits for Ctrl-C or a request to end; nobody needs to be at the keyboard."""
    _console.print("Ctrl-C stops Dagster.")
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    signal.sigwait(ends)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)


def _table(rows: list[ProgramStatus]) -> Table:
    table = Table(box=box.SIMPLE, pad_edge=False)
    for column in ("program", "state", "health", "address", "pid", "up", "detail"):
        table.add_column(column)
    for row in rows:
        health = "[green]healthy" if row.healthy else "[bold red]not healthy"
        up = "" if row.uptime_s is None else f"{row.uptime_s:,.0f} s"
        table.add_row(row.program, row.state, health, row.address, str(row.pid or ""), up, row.detail)
    return table
