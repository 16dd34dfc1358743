"""From events in the lake to rows of gold and a page."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.experiments.assignment import Assigner
from agent_runtime.experiments.registry import Experiment, Layer, Registry, Variant
from analytics.experiments.page import render_page
from analytics.experiments.plan import AlwaysValid, FixedHorizon, Metric, Plan
from analytics.experiments.readouts import READOUTS, Readout, publish_readout, read_experiment
from pipelines.conversations import rebuild_conversations
from pipelines.tables import SILVER
from pipelines.views import connect
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("H1", "H2")

CUSTOMERS = 400
MONDAY = datetime.fromtimestamp(MONDAY_NS / 1e9, UTC)
REGISTRY = Registry(
    default={"tone": "plain"},
    layers=(
        Layer(
            key="layer.tone",
            experiments=(
                Experiment(
                    key="warm",
                    first=0,
                    stop=1000,
                    variants=(
                        Variant(name="control", weight=500),
                        Variant(name="warm", weight=500, config={"tone": "warm"}),
                    ),
                ),
            ),
        ),
    ),
)
PLAN = Plan(
    experiment="warm",
    hypothesis="A warm tone <b>resolves</b> more",
    metrics=(
        Metric(name="resolution", outcome="resolved", per="conversations", minimum_effect=0.1),
        Metric(name="cost", outcome="cost_usd", better="lower", role="guardrail"),
    ),
    design=AlwaysValid(units=250),
    shares={"control": 0.5, "warm": 0.5},
    registered_at=MONDAY - timedelta(days=1),
)
THROUGH = MONDAY + timedelta(days=4)


def events_of(number: int, rng: np.random.Generator) -> list[AgentEvent]:
    """A customer's conversation, with the exposure that the runtime would emit."""
    assigned = Assigner(REGISTRY).assign(f"customer-{number}")
    resolved = rng.random() < (0.95 if assigned.variants["warm"] == "warm" else 0.55)
    events = conversation(
        number,
        tenant="acme",
        start_ns=MONDAY_NS + number * 600 * SECOND_NS,
        outcome="resolved" if resolved else "failed",
        customer=assigned.unit,
    )
    [payload] = assigned.exposures()
    time_ns = events[0].time_ns + 1
    exposure = structs.replace(
        events[1], id=seeded_ids(f"{number}")(time_ns), time_ns=time_ns, payload=payload
    )
    return [events[0], exposure, *events[1:]]


@pytest.fixture(scope="module")
def connection(catalog: SqlCatalog) -> Iterator[DuckDBPyConnection]:
    with connect(catalog) as connection:
        yield connection


@pytest.fixture(scope="module")
def readout(catalog: SqlCatalog, connection: DuckDBPyConnection) -> Readout:
    rng = np.random.default_rng(6)
    events = [event for number in range(CUSTOMERS) for event in events_of(number, rng)]
    append(catalog, SILVER.name, [silver_row(one) for one in deliver(events)])
    rebuild_conversations(connection, catalog)
    return read_experiment(connection, catalog, PLAN, complete_through=THROUGH, now=THROUGH)


def test_an_experiment_is_judged_from_the_events_that_the_runtime_emits(
    readout: Readout, catalog: SqlCatalog
) -> None:
    resolution, cost = (one.verdict for one in readout.comparisons)
    assert (resolution.decision, cost.decision) == ("better", "waiting")
    assert resolution.estimate == pytest.approx(0.4, abs=0.12)
    assert sum(resolution.origin.units.values()) == CUSTOMERS
    snapshot = catalog.load_table(SILVER.name).current_snapshot()
    assert snapshot is not None
    assert resolution.origin.snapshots["silver.events"] == snapshot.snapshot_id


def test_a_read_out_replaces_the_rows_of_its_experiment_in_gold(
    readout: Readout, catalog: SqlCatalog
) -> None:
    publish_readout(catalog, readout)
    others = structs.replace(PLAN, experiment="other")
    verdicts = [
        structs.replace(one, verdict=structs.replace(one.verdict, experiment="other"))
        for one in readout.comparisons
    ]
    publish_readout(catalog, structs.replace(readout, plan=others, comparisons=verdicts))
    assert publish_readout(catalog, readout) == 2
    rows = catalog.load_table(READOUTS.name).scan().to_arrow().to_pylist()
    assert sorted((row["experiment"], row["metric"]) for row in rows) == [
        ("other", "cost"),
        ("other", "resolution"),
        ("warm", "cost"),
        ("warm", "resolution"),
    ]
    [row] = [row for row in rows if (row["experiment"], row["metric"]) == ("warm", "resolution")]
    verdict = readout.comparisons[0].verdict
    assert row["decision"] == "better"
    assert (row["low"], row["high"], row["power"]) == (verdict.low, verdict.high, verdict.power)
    assert json.loads(row["snapshots"]) == dict(verdict.origin.snapshots)
    assert row["read_at"] == THROUGH


def test_the_page_shows_what_the_verdict_says_and_needs_no_network(readout: Readout) -> None:
    page = render_page(readout)
    figures = re.findall(r'Plotly\.newPlot\(\s*"[^"]+",\s*(\[.*?\]),\s*\{', page, re.DOTALL)
    effects, way = map(json.loads, figures)
    verdict = readout.comparisons[0].verdict
    [shown] = [trace for trace in effects if trace["name"] == "resolution"]
    assert f"{verdict.estimate:.4g} ({verdict.low:.4g} to {verdict.high:.4g})" in shown["hovertemplate"]
    assert way[2]["name"] == "difference"
    assert "A warm tone &lt;b&gt;resolves&lt;/b&gt; more" in page
    assert PLAN.fingerprint in page
    assert not re.findall(r"<(?:script|link|img)[^>]*https?:", page)


def test_a_page_of_an_experiment_that_waits_shows_no_difference(
    catalog: SqlCatalog, connection: DuckDBPyConnection, readout: Readout
) -> None:
    plan = structs.replace(PLAN, design=FixedHorizon(units=5_000))
    waiting = read_experiment(connection, catalog, plan, complete_through=THROUGH, now=THROUGH)
    assert {one.verdict.decision for one in waiting.comparisons} == {"waiting"}
    page = render_page(waiting)
    assert "Plotly.newPlot" not in page
    assert "of 5,000 planned users a variant" in page
