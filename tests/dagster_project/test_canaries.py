import dagster as dg
import pytest
from duckdb import DuckDBPyConnection
from msgspec.structs import replace
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.canaries import CanaryPlanter
from dagster_project.cli import strict_accounting
from dagster_project.defs.silver.canaries import canaries_stay_masked, canaries_stay_out_of_gold
from dagster_project.instance import open_instance
from dagster_project.lake import Lake
from dagster_project.partitions import hull, range_tags
from dagster_project.runs import run_job
from dagster_project.settings import DagsterSettings
from pipelines.conversations import rebuild_conversations
from pipelines.days import Days
from pipelines.settings import LakeSettings
from pipelines.tables import SILVER
from streaming.contract import payloads as p
from streaming.contract.canaries import CanarySettings, canaries_of
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import append, deliver, flow, silver_row

pytestmark = pytest.mark.spec("F2")


def _played() -> list[AgentEvent]:
    """A few conversations of two tenants on one day, with canaries."""
    events = list[AgentEvent]()
    planter = CanaryPlanter(events.append, CanarySettings().seed)
    for event in conversations(4):
        planter(event)
    return events


def test_canaries_that_are_masked_pass_both_checks(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(_played())])
    rebuild_conversations(connection, catalog)
    for check in (canaries_stay_masked, canaries_stay_out_of_gold):
        result = check(Lake())
        assert isinstance(result, dg.AssetCheckResult)
        assert result.passed
        counts = {name: value.value for name, value in result.metadata.items()}
        assert counts == {"partitions": 2, "partitions_with_canaries": 2, "leaks": 0}


def test_a_canary_in_a_column_that_nobody_masks_keeps_gold_from_being_built(
    catalog: SqlCatalog, lake_settings: LakeSettings
) -> None:
    name = canaries_of(CanarySettings().seed, "2025-03-03/acme")[0]
    events = _played()
    for place, event in enumerate(events):
        if isinstance(event.payload, p.ConversationStarted) and event.tenant_id == "acme":
            events[place] = replace(event, payload=replace(event.payload, scenario=f"asked by {name.value}"))
    flow(deliver(events)).write(catalog, lake_settings.receipts_dir)
    with open_instance(DagsterSettings()) as instance:
        tags = range_tags(hull(Days.parse("2025-03-03..2025-03-09")))
        report = run_job("lakehouse", instance, progress=lambda _: None, ops=strict_accounting(), tags=tags)
    assert not report.success
    assert any("NAME in silver.conversations.scenario" in problem for problem in report.problems)
    assert not catalog.table_exists("gold.agent_daily")
