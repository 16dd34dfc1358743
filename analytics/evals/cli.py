"""Commands of evaluations: ``turnstone eval …``."""

import asyncio
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pyiceberg.catalog.sql import SqlCatalog

    from analytics.evals.evaluation import Evaluation
    from analytics.evals.suites import Loaded

app = typer.Typer(help="Try agents on suites of cases.", no_args_is_help=True)

AgentName = Annotated[str, typer.Option(help="A JSON file, or a known agent; by the settings if empty.")]
SuiteNames = Annotated[
    list[str] | None, typer.Option("--suite", help="golden, recorded or safety; all where none is named.")
]


@app.command()
def run(
    candidate: Annotated[
        str, typer.Option(help="A JSON file or a known agent; by the settings if empty.")
    ] = "",
    baseline: Annotated[str, typer.Option(help="Likewise: what is in production.")] = "",
    trials: Annotated[int | None, typer.Option(min=1, help="How often each case is held.")] = None,
    suite: SuiteNames = None,
) -> None:
    """Tries a candidate beside the production version and judges it; ends with 1 on a regression."""
    from analytics.evals.agents import agent_of
    from analytics.evals.errors import EvalError
    from analytics.evals.evaluation import decide, try_all
    from analytics.evals.page import read_transcripts, render_page
    from analytics.evals.provenance import code
    from analytics.evals.publishing import publish
    from analytics.evals.settings import EvalSettings

    settings = EvalSettings()
    times, now, made = trials or settings.trials, datetime.now(UTC), code()
    try:
        new = agent_of(candidate or str(settings.candidate))
        old = agent_of(baseline or str(settings.baseline))
        catalog, loaded = _open(), _load(suite)
        for one in loaded:
            typer.echo(f"{one.suite.name}: {len(one.suite.cases)} cases, version {one.suite.version}")
            asyncio.run(try_all(catalog, one, (new, old), trials=times, code=made, now=now))
        evaluation = decide(
            catalog, loaded, candidate=new, baseline=old, trials=times, code=made, now=datetime.now(UTC)
        )
    except EvalError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(2) from error
    publish(catalog, evaluation)
    settings.pages.mkdir(parents=True, exist_ok=True)
    page = settings.pages / f"{evaluation.evaluation_id}.html"
    page.write_text(render_page(evaluation, read_transcripts(catalog, evaluation)), encoding="utf-8")
    _tell(evaluation)
    typer.echo(f"the page to send: {page}")
    sys.exit(evaluation.regression)


@app.command()
def regrade(
    grader: Annotated[str, typer.Argument(help="Name/version of the rule, such as task/2.")],
    suite: SuiteNames = None,
    lake: Annotated[
        bool, typer.Option("--lake", help="Conversations of customers in bronze, not those of evaluations.")
    ] = False,
) -> None:
    """Grades old conversations by another version of a rule; the agent is not run, both grades stay."""
    from analytics.evals.errors import EvalError
    from analytics.evals.graders import grader_of
    from analytics.evals.provenance import code
    from analytics.evals.regrading import regrade_evals, regrade_lake

    name, _, version = grader.partition("/")
    grade = regrade_lake if lake else regrade_evals
    try:
        rule = grader_of(name, int(version) if version else None)
        catalog = _open()
        for one in _load(suite):
            if one.suite.grader == name:
                made = asyncio.run(grade(catalog, one, rule, code=code(), now=datetime.now(UTC)))
                passed = sum(each.passed for each in made.results)
                typer.echo(
                    f"{one.suite.name}: {len(made.results):,} conversations by {rule.name}/{rule.version}, "
                    f"{passed:,} passed, {made.changed:,} otherwise than before, {made.unmatched:,} no case"
                )
    except EvalError as error:
        typer.secho(str(error), fg="red", err=True)
        raise typer.Exit(2) from error


@app.command()
def faults(suite: SuiteNames = None) -> None:
    """Lists what is wrong with the ground truth of the suites."""
    for one in _load(suite):
        for fault in one.faults:
            counts = "left out" if fault.grave else "counts"
            typer.echo(f"{fault.case.case_id}\t{fault.fault}\t{counts}\t{fault.detail}")


def _open() -> "SqlCatalog":
    from analytics.evals.tables import EVAL_TABLES
    from pipelines.catalog import ensure_tables, open_catalog
    from pipelines.settings import LakeSettings

    catalog = open_catalog(LakeSettings())
    ensure_tables(catalog)
    ensure_tables(catalog, EVAL_TABLES)
    return catalog


def _load(names: list[str] | None) -> "list[Loaded]":
    from analytics.evals.settings import EvalSettings
    from analytics.evals.suites import SUITES, load

    return [one for name in names or SUITES if (one := load(name, EvalSettings()))]


def _tell(evaluation: "Evaluation") -> None:
    for one in evaluation.suites:
        typer.echo(f"{one.name}: {one.decision}. {'; '.join(one.reasons)}")
    for name in evaluation.not_held:
        typer.echo(f"{name}: not held by both agents")
    for each in evaluation.budgets:
        figure = "" if each.candidate is None else f" {each.candidate:.3g} of {each.limit:g}"
        typer.echo(f"{each.measure}: {each.decision}{figure}{' (estimated)' if each.estimated else ''}")
