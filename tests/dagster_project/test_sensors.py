"""The sensors on a real lake; how a build is decided is tested beside, without one."""

from collections.abc import Iterator

import dagster as dg
import msgspec
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.defs import sensors
from dagster_project.lake import Lake
from dagster_project.new_days import Cursor
from pipelines.conversations import rebuild_conversations
from pipelines.due_days import newest_snapshot
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import deliver, flow

DAY_NS = 86_400 * SECOND_NS


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def _tick(sensor: dg.SensorDefinition, instance: dg.DagsterInstance, cursor: str | None) -> dg.SensorResult:
    context = dg.build_sensor_context(instance=instance, cursor=cursor, resources={"lake": Lake()})
    result = sensor(context)
    assert isinstance(result, dg.SensorResult)
    return result


@pytest.mark.spec("F2", "F3")
def test_new_events_ask_for_their_days_and_again_for_nothing(
    catalog: SqlCatalog, instance: dg.DagsterInstance
) -> None:
    first = _tick(sensors.new_days, instance, None)
    assert not first.run_requests
    starts = (MONDAY_NS, MONDAY_NS + DAY_NS, MONDAY_NS + 4 * DAY_NS)
    flow(deliver(e for n, start in enumerate(starts) for e in conversation(n, start_ns=start))).write(catalog)
    asked = _tick(sensors.new_days, instance, first.cursor)
    days = [
        (r.tags["dagster/asset_partition_range_start"], r.tags["dagster/asset_partition_range_end"])
        for r in asked.run_requests or ()
    ]
    assert days == [("2025-03-03", "2025-03-04"), ("2025-03-07", "2025-03-07")]
    assert msgspec.json.decode(asked.cursor or "", type=Cursor).asked == newest_snapshot(catalog)
    built = msgspec.json.encode(Cursor(built=newest_snapshot(catalog))).decode()
    assert not _tick(sensors.new_days, instance, built).run_requests


@pytest.mark.spec("F3")
def test_a_build_that_failed_after_silver_is_asked_for_again_though_no_day_of_silver_is_due(
    catalog: SqlCatalog, connection: DuckDBPyConnection, instance: dg.DagsterInstance
) -> None:
    flow(deliver(conversation(0))).write(catalog)
    rebuild_conversations(connection, catalog)
    new, failed = (msgspec.json.encode(Cursor(built=1, tries=tries)).decode() for tries in (0, 1))
    assert not _tick(sensors.new_days, instance, new).run_requests
    [again] = _tick(sensors.new_days, instance, failed).run_requests or ()
    assert again.run_config["ops"]["marts"] == {"config": {"anew": False}}


def test_the_watch_observes_what_nobody_can_call_current_and_each_as_often_as_its_target_asks(
    catalog: SqlCatalog, instance: dg.DagsterInstance
) -> None:
    flow(deliver(conversation(0))).write(catalog)
    first = _tick(sensors.stream_watch, instance, None)
    events = {event.asset_key.to_user_string(): event for event in first.asset_events}
    assert set(events) == {"kafka/agent_events", "bronze/events", "silver/events", "silver/dead_letters"}
    assert all(isinstance(event, dg.AssetObservation) for event in events.values())  # no broker: who knows
    assert events["bronze/events"].metadata["dagster/row_count"].value > 0
    assert not _tick(sensors.stream_watch, instance, first.cursor).asset_events


@pytest.mark.spec("F1")
def test_a_table_that_lacks_nothing_counts_as_brought_up_to_date(
    catalog: SqlCatalog, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = deliver(conversation(0), partitions=1)
    flow(deliveries).write(catalog)
    for missing, kind in ((0, dg.AssetMaterialization), (5, dg.AssetObservation)):
        ends = {0: len(deliveries) + missing}
        monkeypatch.setattr("dagster_project.stream_watch.end_offsets", lambda _, ends=ends: ends)
        monkeypatch.setattr("dagster_project.stream_watch.stream_metadata", lambda *_: {"stream": "running"})
        result = _tick(sensors.stream_watch, instance, None)
        bronze = next(e for e in result.asset_events if e.asset_key == dg.AssetKey(["bronze", "events"]))
        assert isinstance(bronze, kind)
        assert bronze.metadata["lag_of_bronze"].value == missing
