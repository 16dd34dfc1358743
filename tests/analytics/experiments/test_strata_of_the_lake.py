"""Strata come from the lake by themselves, and a paradox planted in its events is found (spec H3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from analytics.experiments.page import render_page
from analytics.experiments.plan import FixedHorizon, Metric, Plan
from analytics.experiments.readouts import READOUTS, Readout, publish_readout, read_experiment
from pipelines.conversations import rebuild_conversations
from pipelines.tables import SILVER
from pipelines.tenants import Registry, Tiering, publish_tenants
from pipelines.views import connect
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("H3")
MONDAY = datetime.fromtimestamp(MONDAY_NS / 1e9, UTC)
USERS = 1_200
THROUGH = MONDAY + timedelta(days=4)
REGISTRY: Registry = {
    "acme": [Tiering(tier="enterprise", since=MONDAY - timedelta(days=300))],
    "globex": [
        Tiering(tier="starter", since=MONDAY - timedelta(days=300)),
        Tiering(tier="enterprise", since=MONDAY + timedelta(days=30)),
    ],
}
EASY, HARD = "Where is my order?", "Cancel #W1111111, #W2222222 and #W3333333."


def plan_of(experiment: str) -> Plan:
    return Plan(
        experiment=experiment,
        hypothesis="A warm tone resolves more",
        metrics=(Metric(name="resolution", outcome="resolved", per="conversations", minimum_effect=0.1),),
        design=FixedHorizon(units=500),
        shares={"control": 0.5, "warm": 0.5},
        registered_at=MONDAY - timedelta(days=1),
    )


def events_of(
    experiment: str, number: int, *, warm: bool, tenant: str, resolved: bool, late: bool = False
) -> list[AgentEvent]:
    """A customer's conversation; they are exposed when the model is asked first, or before they speak."""
    start = MONDAY_NS + number % USERS * 60 * SECOND_NS
    outcome: p.Outcome = "resolved" if resolved else "failed"
    customer = f"{number:016x}"
    events = conversation(
        number, tenant=tenant, start_ns=start, turns=1, tool_calls=0, outcome=outcome, customer=customer
    )
    said = p.MsgReceived(content=HARD if number % 3 == 0 else EASY)
    first = next(place for place, one in enumerate(events) if isinstance(one.payload, p.MsgReceived))
    events[first] = structs.replace(events[first], payload=said)
    before = events[0 if late else first]
    exposure = structs.replace(
        before,
        id=seeded_ids(f"exposure-{number}")(before.time_ns + 1),
        time_ns=before.time_ns + 1,
        payload=p.ExperimentExposure(experiment=experiment, variant="warm" if warm else "control"),
    )
    return [*events, exposure]


def paradox(experiment: str, first: int, *, planted: bool) -> Iterator[AgentEvent]:
    """Enterprise customers resolve more; planted: they are more often warm, and warmth does harm."""
    rng = np.random.default_rng(7)
    for number in range(first, first + USERS):
        warm = number % 2 == 0
        enterprise = rng.random() < ((0.85 if warm else 0.15) if planted else 0.5)
        share = (0.9 if enterprise else 0.5) + ((-0.15 if planted else 0.15) if warm else 0.0)
        yield from events_of(
            experiment,
            number,
            warm=warm,
            tenant="acme" if enterprise else "globex",
            resolved=bool(rng.random() < min(share, 0.99)),
        )


@pytest.fixture(scope="module")
def connection(catalog: SqlCatalog) -> Iterator[DuckDBPyConnection]:
    """The lake after three experiments went through the builder of silver."""
    events = [
        *paradox("planted", 0, planted=True),
        *paradox("plain", USERS, planted=False),
        *[
            event
            for number in range(2 * USERS, 2 * USERS + 200)
            for event in events_of(
                "early", number, warm=number % 2 == 0, tenant="initech", resolved=True, late=True
            )
        ],
    ]
    append(catalog, SILVER.name, [silver_row(one) for one in deliver(events)])
    publish_tenants(catalog, REGISTRY)
    with connect(catalog) as connection:
        rebuild_conversations(connection, catalog, mask=lambda table, _: table)
        yield connection


def read(catalog: SqlCatalog, connection: DuckDBPyConnection, experiment: str) -> Readout:
    return read_experiment(connection, catalog, plan_of(experiment), complete_through=THROUGH, now=THROUGH)


def test_a_paradox_of_tenant_tiers_is_found_and_named(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    readout = read(catalog, connection, "planted")
    [comparison] = readout.comparisons
    verdict = comparison.verdict
    assert verdict.estimate is not None
    assert verdict.low is not None
    assert verdict.low > 0, "all users together say that it is better"
    assert verdict.decision == "inconclusive"
    assert "opposite in tenant_tier enterprise, starter;" in verdict.reasons[-1]
    assert verdict.dimensions == ("complexity", "hour", "tenant_tier", "topic")
    assert {one.name for one in comparison.strata["tenant_tier"]} == {"enterprise", "starter"}
    assert all(one.difference.estimate < 0 for one in comparison.strata["tenant_tier"])
    publish_readout(catalog, readout)
    [row] = catalog.load_table(READOUTS.name).scan().to_arrow().to_pylist()
    assert row["dimensions"] == list(verdict.dimensions)
    page = render_page(readout)
    assert "tenant_tier: enterprise" in page
    assert "complexity: high" in page


def test_where_there_is_no_paradox_none_is_found(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    [comparison] = read(catalog, connection, "plain").comparisons
    assert comparison.verdict.decision == "better"
    assert "tenant_tier" in comparison.verdict.dimensions
    snapshot = catalog.load_table("gold.tenants").current_snapshot()
    assert snapshot is not None
    assert comparison.verdict.origin.snapshots["gold.tenants"] == snapshot.snapshot_id


def strata(connection: DuckDBPyConnection, experiment: str, stratum: str) -> dict[str | None, int]:
    counted = f"select {stratum}, count(*) from exposure_log where experiment = ? group by 1"
    return dict(connection.execute(counted, [experiment]).fetchall())


def test_a_change_of_tier_after_the_exposure_leaves_its_stratum(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    read(catalog, connection, "plain")
    assert strata(connection, "plain", "tenant_tier").keys() == {"enterprise", "starter"}


def test_a_tenant_that_nobody_listed_is_a_stratum_of_its_own(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    read(catalog, connection, "early")
    assert strata(connection, "early", "tenant_tier") == {"unlisted": 200}


def test_what_the_customer_said_after_the_exposure_is_no_stratum(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    read(catalog, connection, "early")
    assert strata(connection, "early", "complexity") == {None: 200}
    assert strata(connection, "plain", "complexity") == {"low": USERS * 2 // 3, "high": USERS // 3}
