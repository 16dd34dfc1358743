"""Experiments judged by the lake as it is, after every build of the conversations (spec H2, H3)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import dagster as dg

from analytics.experiments.page import render_page
from analytics.experiments.plan_files import read_plans
from analytics.experiments.readouts import READOUTS, Readout, publish_readout, read_experiment
from analytics.experiments.settings import ExperimentSettings
from dagster_project.lake import Lake, snapshot_metadata, spec_of
from dagster_project.plots import intervals, table
from dagster_project.policies import FOLLOW
from pipelines.catalog import ensure_tables
from pipelines.derived_tables import CONVERSATIONS
from pipelines.facts import table_facts
from pipelines.freshness import TARGETS_S

_LATE: Final = timedelta(seconds=TARGETS_S["silver"])
"""What happened so long before the conversations were built is taken to be in them."""


@dg.multi_asset(
    specs=[
        spec_of(
            READOUTS,
            deps=[["silver", "events"], ["silver", "conversations"], ["gold", "tenants"]],
            kinds={"duckdb", "iceberg"},
            automation_condition=FOLLOW,
        )
    ]
)
def experiment_readouts(context: dg.AssetExecutionContext, lake: Lake) -> dg.MaterializeResult[None]:
    """Reads out every experiment that has a plan, and writes its page."""
    settings = ExperimentSettings()
    plans = read_plans(settings.plans)
    now = datetime.now(UTC)
    with lake.step(context) as (connection, catalog):
        ensure_tables(catalog, (READOUTS, CONVERSATIONS))
        built = table_facts(catalog.load_table(CONVERSATIONS.name)).committed_at
        through = (built or now) - _LATE
        readouts = []
        for plan in plans:
            readout = read_experiment(connection, catalog, plan, complete_through=through, now=now)
            publish_readout(catalog, readout)
            readouts.append(readout)
            context.log.info("%s: %s", plan.experiment, _page(settings.pages, readout))
        facts = snapshot_metadata(catalog, READOUTS.name)
    verdicts = _verdicts(readouts) if readouts else dg.MetadataValue.text(f"no plans in {settings.plans}")
    return dg.MaterializeResult(
        asset_key=["gold", "experiment_readouts"],
        metadata={
            **facts,
            "experiments": len(readouts),
            "verdicts": verdicts,
            "differences": intervals("Treatment minus control", _differences(readouts)),
            "pages": dg.MetadataValue.path(settings.pages.resolve()),
        },
    )


def _page(folder: Path, readout: Readout) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{readout.plan.experiment}.html"
    page.write_text(render_page(readout), encoding="utf-8")
    return page


def _verdicts(readouts: list[Readout]) -> dg.MarkdownMetadataValue:
    told = [
        (
            verdict.experiment,
            verdict.metric,
            verdict.treatment,
            verdict.decision,
            "–" if verdict.estimate is None else f"{verdict.estimate:+.4g}",
            "–"
            if verdict.low is None or verdict.high is None
            else f"{verdict.low:+.4g} to {verdict.high:+.4g}",
            "; ".join(verdict.reasons),
        )
        for readout in readouts
        for verdict in [one.verdict for one in readout.comparisons]
    ]
    columns = ("experiment", "metric", "treatment", "decision", "difference", "interval", "why")
    return table("What may be said of each experiment", columns, told)


def _differences(readouts: list[Readout]) -> dict[str, tuple[float, float, float]]:
    return {
        f"{verdict.experiment}: {verdict.metric}, {verdict.treatment}, {verdict.decision}": (
            verdict.low,
            verdict.estimate,
            verdict.high,
        )
        for readout in readouts
        for verdict in [one.verdict for one in readout.comparisons]
        if verdict.low is not None and verdict.estimate is not None and verdict.high is not None
    }


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:+.4g}"
