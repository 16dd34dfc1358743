from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from typer.testing import CliRunner

from dagster_project.cli import app, strict_accounting
from dagster_project.definitions import defs
from dagster_project.instance import dagster_home, open_instance
from dagster_project.partitions import hull, range_tags
from dagster_project.runs import RunReport, run_job
from dagster_project.settings import DagsterSettings
from pipelines.conversations import rebuild_conversations
from pipelines.days import Days
from pipelines.settings import LakeSettings
from streaming.contract.cloudevents import Record
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation, conversations
from tests.pipelines.made_stream import Stations, deliver, flow

JUNK = Record(key=b"k", value=b"{", headers=[("ce_id", b"junk"), ("ce_type", b"nonsense")])


def _stations(count: int = 4) -> Stations:
    """A few conversations, all of whose records came through, one as a dead letter."""
    return flow(deliver([*conversations(count), JUNK]))


def _materialize(progress: list[str]) -> tuple[RunReport, dg.DagsterInstance]:
    instance = open_instance(DagsterSettings())
    tags = range_tags(hull(Days.parse("2025-03-03..2025-03-09")))
    report = run_job("lakehouse", instance, progress=progress.append, ops=strict_accounting(), tags=tags)
    return report, instance


def _latest(instance: dg.DagsterInstance, *key: str) -> dict[str, Any]:
    event = instance.get_latest_materialization_event(dg.AssetKey(list(key)))
    assert event is not None
    assert event.asset_materialization is not None
    return {name: value.value for name, value in event.asset_materialization.metadata.items()}


@pytest.mark.spec("F3", "F4")
def test_a_stream_that_balances_is_built_up_to_gold(catalog: SqlCatalog, lake_settings: LakeSettings) -> None:
    stations, told = _stations(), list[str]()
    stations.write(catalog, lake_settings.receipts_dir)
    report, instance = _materialize(told)
    with instance:
        assert report.success, report.problems
        assert "silver/conversations: 4 rows" in told
        assert _latest(instance, "bronze", "delivery_receipts")["rows_loaded"] == len(stations.receipts)
        books = _latest(instance, "ops", "accounting")
        assert (books["acked"], books["bronze"]) == (len(stations.receipts), len(stations.bronze))
        assert (books["lost"], books["doubled"], books["dead_letters"]) == (0, 0, 1)
        gold = _latest(instance, "gold", "agent_daily")
        assert gold["dagster/row_count"] == catalog.load_table("gold.agent_daily").scan().count() > 0
        assert instance.get_run_by_id(report.run_id) is not None
        lineage = gold["dagster/column_lineage"].deps_by_column
        assert {dep.column_name for dep in lineage["resolution_rate"]} == {
            "resolved",
            "conversations",
            "still_open",
        }
        assert gold["rows_by_day"].startswith("**gold.agent_daily: rows by day**")
        assert _latest(instance, "ops", "freshness")["dagster/row_count"] == 9


@pytest.mark.spec("F3")
def test_one_mart_is_built_alone_with_the_views_that_it_reads(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    day, first = MONDAY_NS + 86_400 * SECOND_NS, conversation(0, start_ns=MONDAY_NS)
    flow(deliver([*first, *conversation(1, start_ns=day)])).write(catalog)
    rebuild_conversations(connection, catalog)
    job = defs().resolve_implicit_global_asset_job_def()
    built = job.execute_in_process(
        asset_selection=[dg.AssetKey(["gold", "tool_daily"])], partition_key="2025-03-04"
    )
    assert built.success
    made = {event.asset_key.to_user_string() for event in built.get_asset_materialization_events()}
    assert made == {"gold/tool_daily"}
    rows = catalog.load_table("gold.tool_daily").scan().to_arrow().to_pylist()
    assert {str(row["day"]) for row in rows} == {"2025-03-03", "2025-03-04"}  # the first build is of all


@pytest.mark.spec("F4")
def test_a_lost_event_fails_the_run_and_keeps_silver_conversations_and_gold_as_they_were(
    catalog: SqlCatalog, lake_settings: LakeSettings
) -> None:
    stations = _stations()
    stations.silver.pop(7)
    stations.write(catalog, lake_settings.receipts_dir)
    told = list[str]()
    report, instance = _materialize(told)
    with instance:
        assert not report.success
        assert any(
            "accounting_balances failed. 1 lost between bronze and silver" in p for p in report.problems
        )
        assert _latest(instance, "ops", "accounting")["lost_after_bronze"] == 1
        for key in (["silver", "conversations"], ["gold", "agent_daily"]):
            assert instance.get_latest_materialization_event(dg.AssetKey(key)) is None
    assert not catalog.table_exists("silver.conversations")
    assert not catalog.table_exists("gold.agent_daily")


@pytest.mark.spec("F4")
def test_a_producer_that_died_before_it_wrote_its_receipts_is_told_and_gold_is_built(
    catalog: SqlCatalog, lake_settings: LakeSettings
) -> None:
    stations = _stations()
    del stations.receipts[5:8]
    stations.write(catalog, lake_settings.receipts_dir)
    report, instance = _materialize([])
    with instance:
        assert report.success
        told = "ops/accounting: every_record_has_a_receipt failed. 3 records in bronze without a receipt"
        assert told in report.problems
        assert _latest(instance, "ops", "accounting")["unacked"] == 3
        assert _latest(instance, "gold", "agent_daily")["dagster/row_count"] > 0


@pytest.mark.spec("F4")
def test_the_command_ends_with_an_error_where_an_event_is_doubled(
    catalog: SqlCatalog, lake_settings: LakeSettings
) -> None:
    stations = _stations()
    stations.silver.append(stations.silver[0])
    stations.write(catalog, lake_settings.receipts_dir)
    result = CliRunner().invoke(app, ["materialize", "--drained"])
    assert result.exit_code == 1
    assert "1 doubled" in result.output


def test_streamed_tables_are_observed_with_rows_and_age_and_a_stopped_broker_is_told(
    catalog: SqlCatalog,
) -> None:
    stations = _stations()
    stations.write(catalog)
    with open_instance(DagsterSettings()) as instance:
        report = run_job("observe_stream", instance, progress=lambda _: None)
        assert report.success
        seen = {}
        for key in (["kafka", "agent_events"], ["bronze", "events"], ["silver", "dead_letters"]):
            records = instance.fetch_observations(dg.AssetKey(key), limit=1).records
            observation = records[0].asset_observation
            assert observation is not None
            seen["/".join(key)] = {name: value.value for name, value in observation.metadata.items()}
    assert seen["kafka/agent_events"]["reachable"] is False
    bronze = seen["bronze/events"]
    assert bronze["dagster/row_count"] == len(stations.bronze)
    assert bronze["snapshot_id"] == str(catalog.load_table("bronze.events").current_snapshot().snapshot_id)  # type: ignore[union-attr]
    assert bronze["seconds_since_newest_record"] > 0
    assert seen["silver/dead_letters"]["dagster/row_count"] == 1


def test_dagsters_home_is_made_once_with_telemetry_off(tmp_path: Path) -> None:
    home = dagster_home(DagsterSettings(home=tmp_path / "home"))
    configuration = home / "dagster.yaml"
    assert "enabled: false" in configuration.read_text()
    configuration.write_text("telemetry:\n  enabled: false\n# mine\n")
    dagster_home(DagsterSettings(home=home))
    assert "# mine" in configuration.read_text()
