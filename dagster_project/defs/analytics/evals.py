"""Suites that a changed agent is tried on, and the verdict that stops a regression (G1, G3, G4)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import dagster as dg
import msgspec

from analytics.evals.agents import AgentConfig, read_agent
from analytics.evals.errors import UnknownNameError
from analytics.evals.evaluation import Evaluation, decide, try_all
from analytics.evals.golden import GOLDEN, RECORDED
from analytics.evals.page import read_transcripts, render_page
from analytics.evals.provenance import code
from analytics.evals.publishing import publish
from analytics.evals.scenes import SAFETY
from analytics.evals.settings import EvalSettings
from analytics.evals.suites import SUITES, load
from analytics.evals.tables import EVAL_RESULTS, EVAL_VERDICTS
from analytics.evals.verdicts import pass_hats
from dagster_project.lake import OWNERS, Lake, snapshot_metadata
from dagster_project.plots import table
from dagster_project.settings import DagsterSettings
from pipelines.table_definition import TableDefinition

GROUP: Final = "evals"
CANDIDATE: Final = dg.AssetKey(["agents", "candidate"])
VERDICTS: Final = dg.AssetKey(["analytics", "eval_verdicts"])
_DOCS: Final = {
    GOLDEN: "Golden cases of the generator: final state and required outputs (G1)",
    RECORDED: "The public tau-bench tasks, read in place; absent where the data set is (G1)",
    SAFETY: "Adversarial cases: nothing that must not happen does (G1)",
}
_STATUS: Final = (
    dg.DefaultSensorStatus.RUNNING if DagsterSettings().automation else dg.DefaultSensorStatus.STOPPED
)


class Tried(dg.Config):
    """Who is tried: configurations as they were when the run was asked for; those of the files if empty."""

    candidate: str = ""
    """JSON of the candidate's configuration."""
    baseline: str = ""
    """JSON of the configuration in production."""
    changed_at: float = 0.0
    """When the candidate changed, seconds since the epoch; 0 where unknown."""

    def agents(self) -> tuple[AgentConfig, AgentConfig]:
        """Candidate and baseline."""
        settings = EvalSettings()
        told = ((self.candidate, settings.candidate), (self.baseline, settings.baseline))
        new, old = (
            msgspec.json.decode(text, type=AgentConfig) if text else read_agent(path) for text, path in told
        )
        return new, old


def _suite_asset(name: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=["analytics", f"eval_{name}"],
        deps=[CANDIDATE],
        description=f"{_DOCS[name]}. A row a case and trial in gold.eval_results.",
        group_name=GROUP,
        owners=OWNERS,
        kinds={"python", "iceberg"},
        tags={"layer": "analytics"},
        metadata=_table(EVAL_RESULTS),
    )
    def tried(context: dg.AssetExecutionContext, lake: Lake, config: Tried) -> dg.MaterializeResult[None]:
        loaded, settings = load(name, EvalSettings()), EvalSettings()
        if loaded is None:
            return dg.MaterializeResult(metadata={"cases": 0, "absent": "its data is not at hand"})
        new, old = config.agents()
        now = datetime.now(UTC)
        with lake.step(context) as (_, catalog):
            results = asyncio.run(
                try_all(catalog, loaded, (new, old), trials=settings.trials, code=code(), now=now)
            )
            facts = snapshot_metadata(catalog, EVAL_RESULTS.name)
        rows = [
            (one[0].agent_version, len(one), f"{pass_hats(one)[0]:.1%}", one[0].run_id)
            for one in results.values()
        ]
        told: dict[str, Any] = {
            "cases": len(loaded.suite.cases),
            "suite_version": loaded.suite.version,
            "untrusted": len({each.case.case_id for each in loaded.faults if each.grave}),
            "passed": table(name, ("agent", "conversations", "passed", "run"), rows),
        }
        return dg.MaterializeResult(metadata={**facts, **told})

    return tried


def _table(definition: TableDefinition) -> dict[str, Any]:
    return {"dagster/table_name": definition.name}


suites: Final = [_suite_asset(name) for name in SUITES]


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key=VERDICTS,
            deps=[["analytics", f"eval_{name}"] for name in SUITES],
            description=f"{EVAL_VERDICTS.doc}; and a page that can be sent.",
            group_name=GROUP,
            owners=OWNERS,
            kinds={"python", "iceberg"},
            tags={"layer": "analytics"},
            metadata=_table(EVAL_VERDICTS),
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(
            "no_regression",
            asset=VERDICTS,
            blocking=True,
            description="On no suite a significant drop beyond what is tolerated, no measured budget missed.",
        )
    ],
)
def eval_verdicts(
    context: dg.AssetExecutionContext, lake: Lake, config: Tried
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """Judges the candidate by what the suites have put into the lake."""
    settings = EvalSettings()
    new, old = config.agents()
    loaded = [one for name in SUITES if (one := load(name, settings))]
    changed_at = datetime.fromtimestamp(config.changed_at, UTC) if config.changed_at else None
    with lake.step(context) as (_, catalog):
        evaluation = decide(
            catalog,
            loaded,
            candidate=new,
            baseline=old,
            trials=settings.trials,
            code=code(),
            now=datetime.now(UTC),
            changed_at=changed_at,
        )
        publish(catalog, evaluation)
        facts = snapshot_metadata(catalog, EVAL_VERDICTS.name)
        transcripts = read_transcripts(catalog, evaluation)
    settings.pages.mkdir(parents=True, exist_ok=True)
    page = settings.pages.resolve() / f"{evaluation.evaluation_id}.html"
    page.write_text(render_page(evaluation, transcripts), encoding="utf-8")
    yield dg.MaterializeResult(
        asset_key=VERDICTS,
        metadata={
            **facts,
            "page": dg.MetadataValue.path(str(page)),
            "verdicts": _verdicts(evaluation),
            **_minutes(evaluation),
        },
    )
    yield dg.AssetCheckResult(
        asset_key=VERDICTS,
        check_name="no_regression",
        passed=not evaluation.regression,
        severity=dg.AssetCheckSeverity.ERROR,
        description="; ".join(f"{one.name}: {one.decision}, {one.reasons[0]}" for one in evaluation.suites),
    )


@dg.sensor(
    job_name="evals",
    minimum_interval_seconds=30,
    default_status=_STATUS,
    description="Tries the candidate as soon as its configuration, or that in production, is another one.",
)
def agent_changed(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """One run for each pair of fingerprints; the cursor keeps the pair that was asked for."""
    settings = EvalSettings()
    try:
        new, old = read_agent(settings.candidate), read_agent(settings.baseline)
    except UnknownNameError as error:
        return dg.SensorResult(skip_reason=str(error), cursor=context.cursor)
    pair = f"{new.fingerprint}-{old.fingerprint}"
    if new.fingerprint == old.fingerprint:
        return dg.SensorResult(skip_reason=f"{new.version} is in production", cursor=pair)
    if pair == context.cursor:
        return dg.SensorResult(skip_reason=f"{new.version} was tried as it is", cursor=pair)
    tried = {
        "candidate": msgspec.json.encode(new).decode(),
        "baseline": msgspec.json.encode(old).decode(),
        "changed_at": max(path.stat().st_mtime for path in (settings.candidate, settings.baseline)),
    }
    ops = [*(one.node_def.name for one in suites), eval_verdicts.node_def.name]
    changed = dg.AssetMaterialization(
        CANDIDATE, metadata={"version": new.version}, tags={"dagster/data_version": new.fingerprint}
    )
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(
                run_key=pair,
                run_config={"ops": {op: {"config": tried} for op in ops}},
                tags={"turnstone/candidate": new.fingerprint, "turnstone/baseline": old.fingerprint},
            )
        ],
        asset_events=[changed],
        cursor=pair,
    )


@dg.definitions
def evaluations() -> dg.Definitions:
    """The suites, the verdict, what starts them, and the configuration that they are about."""
    candidate = dg.AssetSpec(
        CANDIDATE,
        description="The configuration that is to replace the one in production: a file, by its fingerprint.",
        group_name=GROUP,
        owners=OWNERS,
        kinds={"json"},
        tags={"layer": "analytics"},
    )
    job = dg.define_asset_job(
        "evals",
        selection=dg.AssetSelection.groups(GROUP).materializable(),
        description="Tries the candidate on all suites beside production, and judges it.",
    )
    return dg.Definitions(assets=[candidate, *suites, eval_verdicts], jobs=[job], sensors=[agent_changed])


def _verdicts(evaluation: Evaluation) -> dg.MarkdownMetadataValue:
    columns = ("suite", "decision", "drop", "95 % one-sided", "p corrected", "power", "detectable")
    rows = [
        (
            one.name,
            one.decision,
            f"{one.comparison.drop:.1%}",
            f"{one.comparison.low:.1%} to {one.comparison.high:.1%}",
            f"{one.p_adjusted:.2g}",
            f"{one.comparison.power:.0%}",
            f"{one.comparison.detectable:.1%}",
        )
        for one in evaluation.suites
    ]
    return table(f"{evaluation.candidate.version} beside {evaluation.baseline.version}", columns, rows)


def _minutes(evaluation: Evaluation) -> dict[str, float]:
    """From the change of the configuration to now, minutes, where the change is known."""
    if evaluation.changed_at is None:
        return {}
    seconds = (datetime.now(UTC) - evaluation.changed_at).total_seconds()
    return {"minutes_from_change_to_verdict": round(seconds / 60, 3)}
