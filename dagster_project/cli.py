"""Command line of the orchestration: materialize, observe, prepare."""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from dagster_project.instance import dagster_home, open_instance
from dagster_project.settings import DagsterSettings

if TYPE_CHECKING:
    from dagster_project.runs import RunReport

app = typer.Typer(help="Materialize and observe the lake's assets.", no_args_is_help=True)

MAX_GAP: Final = timedelta(days=31)
"""Days without events that are rather built in vain than cost a run of their own."""

RunId = Annotated[bool, typer.Option("--run-id-only", help="Print nothing but the run's id.")]


@app.command()
def materialize(
    drained: Annotated[
        bool, typer.Option("--drained", help="The stream is drained: whatever has not arrived is lost.")
    ] = False,
    days: Annotated[
        str, typer.Option(help="Days to build anew, UTC: first..last, or one day; what changed if empty.")
    ] = "",
    run_id_only: RunId = False,
) -> None:
    """Loads receipts, accounts for every event, builds silver and gold of what changed or of some days.

    Ends with 1 where the accounting or another check fails; gold is then as it was. Run again,
    also after it died, it leaves the same rows.
    """
    from dagster_project.partitions import only_changes
    from dagster_project.policies import WHOLE_BUILD

    _run("observe_stream", quiet=run_id_only)
    ops = {
        **(strict_accounting() if drained else {}),
        **({} if days else only_changes("conversations", "marts")),
    }
    for tags in _days_to_build(days):
        run = _run("lakehouse", quiet=run_id_only, ops=ops, tags={**tags, **WHOLE_BUILD})
        _tell(run, run_id_only=run_id_only)


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


def strict_accounting(*, gold: bool = True) -> dict[str, Any]:
    """Configuration under which nothing may be on its way any more, to silver or also to gold."""
    to_silver = {"accounting": {"config": {"in_flight_s": 0.0}}}
    return {**to_silver, "gold_accounting": {"config": {"may_wait_s": 0.0}}} if gold else to_silver


def _days_to_build(text: str) -> list[dict[str, str]]:
    """For each run that these days need, the tags that make it build its part of them."""
    from dagster_project.lake import Lake
    from dagster_project.partitions import hull, range_tags, stretches
    from pipelines.days import Days
    from pipelines.due_days import due_days

    if text:
        try:
            return [range_tags(hull(Days.parse(text)))]
        except ValueError as error:
            raise typer.BadParameter(f"{error}; write first..last", param_hint="--days") from error
    with Lake().open() as (connection, catalog):
        days = due_days(connection, catalog).days or [datetime.now(UTC).date()]
    return [range_tags(keys) for keys in stretches(days, max_gap=MAX_GAP)]


def _run(
    job: str, *, quiet: bool, ops: Mapping[str, Any] | None = None, tags: Mapping[str, str] | None = None
) -> "RunReport":
    from dagster_project.runs import run_job

    def progress(line: str) -> None:
        if not quiet:
            typer.echo(f"  {line}", file=sys.__stdout__)

    settings = DagsterSettings()
    log = dagster_home(settings) / f"{job}.log"
    with open_instance(settings) as instance, log.open("w") as steps, redirect_stdout(steps):
        return run_job(job, instance, progress=progress, ops=ops, tags=tags)


def _tell(report: "RunReport", *, run_id_only: bool) -> None:
    if run_id_only:
        typer.echo(report.run_id)
    if report.success and not run_id_only:
        typer.echo(f"run {report.run_id} succeeded")
    if not report.success:
        told = "\n".join(f"  {problem}" for problem in report.problems)
        typer.secho(f"run {report.run_id} failed:\n{told}", fg="red", err=True)
        raise typer.Exit(1)
