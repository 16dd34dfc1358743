"""Command line of the orchestration: materialize, observe, prepare."""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
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
