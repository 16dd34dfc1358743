"""From conversations held under an experiment to verdicts in gold and a page (spec H1, H2)."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import msgspec
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.experiments.registry import Experiment, Layer, Registry, Variant
from agent_runtime.experiments.running import RunningExperiments
from agent_runtime.play import play
from agent_runtime.settings import RuntimeSettings
from analytics.experiments.plan import FixedHorizon, Metric, Plan
from dagster_project.definitions import defs
from dagster_project.instance import open_instance
from dagster_project.settings import DagsterSettings
from pipelines.conversations import rebuild_conversations
from streaming.contract.events import AgentEvent
from tests.pipelines.made_stream import deliver, flow

pytestmark = pytest.mark.spec("H1", "H2")

KEY = dg.AssetKey(["gold", "experiment_readouts"])
SHORT = Experiment(
    key="short",
    first=0,
    stop=1000,
    variants=(
        Variant(name="control", weight=500),
        Variant(name="one-step", weight=500, config={"max_steps": 1}),
    ),
)
REGISTRY = Registry(default={"max_steps": None}, layers=(Layer(key="layer.steps", experiments=(SHORT,)),))
PLAN = Plan(
    experiment="short",
    hypothesis="An agent that may think once resolves less",
    metrics=(Metric(name="resolution", outcome="resolved", per="conversations", minimum_effect=0.1),),
    design=FixedHorizon(units=20),
    shares={"control": 0.5, "one-step": 0.5},
    registered_at=datetime(2020, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of plans, empty."""
    for name in ("plans", "pages"):
        monkeypatch.setenv(f"TURNSTONE_EXPERIMENTS_{name.upper()}", str(tmp_path / name))
    (tmp_path / "plans").mkdir()
    return tmp_path / "plans"


def _materialize() -> dict[str, object]:
    with open_instance(DagsterSettings()) as instance:
        job = defs().resolve_implicit_global_asset_job_def()
        assert job.execute_in_process(asset_selection=[KEY], instance=instance).success
        event = instance.get_latest_materialization_event(KEY)
        assert event is not None
        assert event.asset_materialization is not None
        return {name: value.value for name, value in event.asset_materialization.metadata.items()}


def test_an_experiment_that_was_run_is_read_out_with_its_page(
    catalog: SqlCatalog, connection: DuckDBPyConnection, plans: Path
) -> None:
    conversations = retail_conversations(RuntimeSettings(simulated_conversations=240), simulated=True)
    events = list[AgentEvent]()
    asyncio.run(
        play(
            conversations.stream,
            total=conversations.total,
            sink=events.append,
            experiments=RunningExperiments(REGISTRY),
        )
    )
    flow(deliver(events)).write(catalog)
    rebuild_conversations(connection, catalog)
    (plans / "short.json").write_bytes(msgspec.json.encode(PLAN))
    for _ in range(2):  # built again it says the same, once
        told = _materialize()
        assert told["experiments"] == 1
        assert "| short | resolution | one-step | worse | -" in str(told["verdicts"])
        assert str(told["differences"]).startswith("**Treatment minus control**")
        [row] = catalog.load_table("gold.experiment_readouts").scan().to_arrow().to_pylist()
        assert (row["decision"], row["plan"]) == ("worse", PLAN.fingerprint)
        assert min(row["control_n"], row["treatment_n"]) >= 20
    assert "one-step" in (plans.parent / "pages" / "short.html").read_text()


def test_without_plans_the_asset_says_where_it_looked(catalog: SqlCatalog, plans: Path) -> None:
    told = _materialize()
    assert (told["experiments"], told["dagster/row_count"]) == (0, 0)
    assert told["verdicts"] == f"no plans in {plans}"


def test_a_plan_that_is_none_fails_with_its_file(catalog: SqlCatalog, plans: Path) -> None:
    (plans / "bad.json").write_text('{"experiment": "bad"}')
    job = defs().resolve_implicit_global_asset_job_def()
    with pytest.raises(Exception, match=r"bad\.json: Object missing required field `hypothesis`"):
        job.execute_in_process(asset_selection=[KEY])
