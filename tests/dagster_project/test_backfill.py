"""Days built, built again, and built after a failure, by the job that new events start."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import StringType

from dagster_project.cli import strict_accounting
from dagster_project.defs.silver import conversations as asset
from dagster_project.instance import open_instance
from dagster_project.partitions import hull, range_tags
from dagster_project.runs import RunReport, run_job
from dagster_project.settings import DagsterSettings
from pipelines.days import Days
from pipelines.errors import TableChangedError
from pipelines.settings import LakeSettings
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import Stations, deliver, flow

pytestmark = pytest.mark.spec("F2", "F4")

DAY_NS = 86_400 * SECOND_NS
CONVERSATIONS = dg.AssetKey(["silver", "conversations"])
WEEK = "2025-03-03..2025-03-05"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with open_instance(DagsterSettings()) as instance:
        yield instance


@pytest.fixture
def stations(catalog: SqlCatalog, lake_settings: LakeSettings) -> Stations:
    """Nine conversations, three a day."""
    talks = (conversation(n, start_ns=MONDAY_NS + n % 3 * DAY_NS) for n in range(9))
    made = flow(deliver(event for talk in talks for event in talk))
    made.write(catalog, lake_settings.receipts_dir)
    return made


def _build(instance: dg.DagsterInstance, days: str) -> RunReport:
    tags = range_tags(hull(Days.parse(days)))
    return run_job("silver", instance, progress=lambda _: None, ops=strict_accounting(gold=False), tags=tags)


def _rows(catalog: SqlCatalog) -> list[str]:
    return sorted(map(str, catalog.load_table("silver.conversations").scan().to_arrow().to_pylist()))


def _files(catalog: SqlCatalog) -> set[str]:
    tasks = catalog.load_table("silver.conversations").scan().plan_files()
    return {task.file.file_path for task in tasks}


@pytest.mark.usefixtures("stations")
def test_a_backfill_fills_its_days_and_a_day_built_again_changes_that_day_alone(
    catalog: SqlCatalog, instance: dg.DagsterInstance
) -> None:
    assert _build(instance, WEEK).success
    assert instance.get_materialized_partitions(CONVERSATIONS) == {"2025-03-03", "2025-03-04", "2025-03-05"}
    rows, files = _rows(catalog), _files(catalog)
    assert len(rows) == 9
    catalog.load_table("silver.conversations").delete(Days.parse("2025-03-04").of_times("started_at"))
    assert len(_rows(catalog)) == 6
    assert _build(instance, "2025-03-04").success
    assert _rows(catalog) == rows
    assert {path for path in files if "2025-03-04" not in path} <= _files(catalog)


def _built(instance: dg.DagsterInstance, day: str) -> int:
    """How often a day of the conversations was told to be built."""
    days = dg.AssetRecordsFilter(asset_key=CONVERSATIONS, asset_partitions=[day])
    return len(instance.fetch_materializations(days, limit=10).records)


@pytest.mark.usefixtures("stations")
def test_a_run_that_brings_a_late_event_along_tells_the_day_that_it_corrected_and_no_other(
    catalog: SqlCatalog, instance: dg.DagsterInstance, lake_settings: LakeSettings
) -> None:
    assert _build(instance, WEEK).success
    late = [replace(d, partition=2) for d in deliver(conversation(9, start_ns=MONDAY_NS), partitions=1)]
    flow(late).write(catalog, lake_settings.receipts_dir, segment="p2")
    assert _build(instance, "2025-03-05").success
    assert len(_rows(catalog)) == 10
    assert [_built(instance, day) for day in ("2025-03-03", "2025-03-04", "2025-03-05")] == [2, 1, 2]


@pytest.mark.usefixtures("stations")
def test_a_build_whose_commit_was_lost_to_another_is_tried_again_by_itself(
    catalog: SqlCatalog, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    events = tmp_path / "lineage.jsonl"
    monkeypatch.setenv("TURNSTONE_DAGSTER_LINEAGE", str(events))
    rebuild, lost = asset.rebuild_conversations, ["once"]

    def lose_the_first_commit(*arguments: Any, **options: Any) -> Any:
        built = rebuild(*arguments, **options)
        if lost:
            raise TableChangedError(lost.pop())
        return built

    monkeypatch.setattr(asset, "rebuild_conversations", lose_the_first_commit)
    assert _build(instance, WEEK).success
    assert len(_rows(catalog)) == 9
    told = [json.loads(line) for line in events.read_text().splitlines()]
    of_build = [event for event in told if event["job"]["name"] == "conversations"]
    assert [event["eventType"] for event in of_build] == ["START", "FAIL", "START", "COMPLETE"]
    rows = {
        output["name"]: output["outputFacets"]["outputStatistics"]["rowCount"]
        for output in of_build[-1]["outputs"]
    }
    assert rows == {"silver.conversations": 9, "silver.turns": 18}
    assert {dataset["name"] for dataset in of_build[-1]["inputs"]} == {"ops.accounting", "silver.events"}
    assert of_build[1]["run"]["facets"]["errorMessage"]["message"] == "TableChangedError: once"


def test_a_failed_run_is_repeated_after_the_repair_without_double_counting(
    catalog: SqlCatalog,
    instance: dg.DagsterInstance,
    stations: Stations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TURNSTONE_DAGSTER_LINEAGE", "http://127.0.0.1:1")  # nobody listens: told, not raised
    assert _build(instance, WEEK).success
    rows = _rows(catalog)
    lost = stations.silver[5]
    table = catalog.load_table("silver.events")
    table.delete(f"event_id == '{lost.event_id}'")
    failed = _build(instance, "2025-03-03")
    assert not failed.success
    assert any("1 lost between bronze and silver" in problem for problem in failed.problems)
    assert _rows(catalog) == rows
    Stations(silver=[lost]).write(catalog)
    assert _build(instance, "2025-03-03").success
    assert _rows(catalog) == rows


@pytest.mark.usefixtures("stations")
def test_a_column_that_is_gone_stops_the_build_before_silver(
    catalog: SqlCatalog, instance: dg.DagsterInstance
) -> None:
    with catalog.load_table("silver.events").update_schema() as update:
        update.rename_column("span_id", "span")
    report = _build(instance, WEEK)
    assert not report.success
    assert any("columns_are_as_stated failed. missing: span_id string" in p for p in report.problems)
    assert not catalog.table_exists("silver.conversations")


@pytest.mark.usefixtures("stations")
def test_a_column_that_came_is_told_and_stops_nothing(
    catalog: SqlCatalog, instance: dg.DagsterInstance
) -> None:
    with catalog.load_table("silver.events").update_schema() as update:
        update.add_column("mood", StringType())
    report = _build(instance, WEEK)
    assert report.success
    assert report.problems == ["silver/events: no_column_is_new failed. added: mood string"]
    assert catalog.load_table("silver.conversations").scan().count() > 0
