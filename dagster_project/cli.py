"""Command line of the orchestration: materialize, observe, prepare."""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dagster_project.instance import dagster_home, open_instance
from dagster_project.settings import DagsterSettings

if TYPE_CHECKING:
    from dagster_project.runs import RunReport

app = typer.Typer(help="Materialize and observe the lake's assets.", no_args_is_help=True)

RunId = Annotated[bool, typer.Option("--run-id-only", help="Print nothing but the run's id.")]


@app.command()
def materialize(
    drained: Annotated[
        bool, typer.Option("--drained", help="The stream is drained: whatever has not arrived is lost.")
    ] = False,
    run_id_only: RunId = False,
) -> None:
    """Loads receipts, accounts for every event and builds silver and gold.

    Ends with 1 where the accounting or another check fails; gold is then as it was.
    """
    _run("observe_stream", quiet=run_id_only)
    report = _run("lakehouse", quiet=run_id_only, ops=strict_accounting() if drained else {})
    _tell(report, run_id_only=run_id_only)


@app.command()
def observe(run_id_only: RunId = False) -> None:
    """Looks at the topic and at the tables that the stream writes."""
    _tell(_run("observe_stream", quiet=run_id_only), run_id_only=run_id_only)


@app.command()
def prepare() -> None:
    """Parses the dbt project ahead, so that the next command starts faster."""
    from dagster_project.marts import manifest

    typer.echo(manifest())


@app.command()
def replay_dead_letters(
    *,
    reason: Annotated[str, typer.Option(help="Letters whose reason contains this.")] = "",
    since: Annotated[datetime | None, typer.Option(help="Handed over then or later, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Handed over before then, UTC.")] = None,
    repair: Annotated[list[str] | None, typer.Option(help="Repair by name; in order, if several.")] = None,
    header: Annotated[list[str] | None, typer.Option("--set", help="Header to set, name=value.")] = None,
    again: Annotated[bool, typer.Option(help="Also what the same repair made in vain.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done.")] = False,
) -> None:
    """Produces dead letters again, each once; run again, it does nothing.

    Repairs: add-id, fix-time, fix-schema, fix-trace, fix-text.
    """
    from dagster_project.errors import DagsterProjectError
    from dagster_project.lake import Lake
    from dagster_project.replay import replay_dead_letters as replay
    from pipelines.dead_letters import Selection
    from streaming.errors import StreamingError
    from streaming.repairs import repair_of
    from streaming.settings import StreamingSettings

    chosen = Selection(reason=reason, since=_utc(since), until=_utc(until), again=again)
    try:
        made = repair_of(repair or (), header or ())
        with Lake().open() as (connection, catalog):
            report = replay(connection, catalog, StreamingSettings(), chosen, made, dry_run=dry_run)
    except (DagsterProjectError, StreamingError) as error:
        typer.secho(f"{type(error).__name__}: {error}", fg="red", err=True)
        raise typer.Exit(1) from error
    if report.found:
        typer.echo(f"{report.found:,} replays of earlier runs found in bronze")
    for why, count in report.replayed.most_common():
        typer.echo(f"{count:,} {'would be replayed' if dry_run else 'replayed'}: {why}")
    for (why, refusal), count in report.refused.most_common():
        typer.echo(f"{count:,} left: {why} ({refusal})")
    if not report.replayed and not report.refused:
        typer.echo("no dead letter waits for this")


def _utc(time: datetime | None) -> datetime | None:
    return time and (time if time.tzinfo else time.replace(tzinfo=UTC))


def strict_accounting() -> dict[str, Any]:
    """Configuration under which nothing may be on its way any more."""
    return {"accounting": {"config": {"in_flight_s": 0.0}}}


def _run(job: str, *, quiet: bool, ops: Mapping[str, Any] | None = None) -> "RunReport":
    from dagster_project.runs import run_job

    def progress(line: str) -> None:
        if not quiet:
            typer.echo(f"  {line}", file=sys.__stdout__)

    settings = DagsterSettings()
    log = dagster_home(settings) / f"{job}.log"
    with open_instance(settings) as instance, log.open("w") as steps, redirect_stdout(steps):
        return run_job(job, instance, progress=progress, ops=ops)


def _tell(report: "RunReport", *, run_id_only: bool) -> None:
    if run_id_only:
        typer.echo(report.run_id)
    if report.success and not run_id_only:
        typer.echo(f"run {report.run_id} succeeded")
    if not report.success:
        told = "\n".join(f"  {problem}" for problem in report.problems)
        typer.secho(f"run {report.run_id} failed:\n{told}", fg="red", err=True)
        raise typer.Exit(1)
