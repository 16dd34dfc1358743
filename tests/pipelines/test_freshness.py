from datetime import UTC, datetime, timedelta

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table.snapshots import Operation

from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import FRESHNESS
from pipelines.freshness import Freshness, measure, publish_freshness
from pipelines.tables import BRONZE, DEAD_LETTERS, RECEIPTS, SILVER
from tests.pipelines.made_events import conversation
from tests.pipelines.made_stream import append, bronze_row, deliver, flow, silver_row


def _measure(connection: DuckDBPyConnection, catalog: SqlCatalog) -> dict[str, Freshness]:
    now = datetime.now(UTC)
    return {row.table_name: row for row in publish_freshness(connection, catalog, now=now)}


def _ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.mark.spec("F1", "F2")
def test_freshness_runs_from_the_hand_over_to_the_commit(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    flow(deliver(conversation(0), since=_ago(30))).write(catalog)
    measured = _measure(connection, catalog)
    for name, target in ((BRONZE.name, 60.0), (SILVER.name, 300.0)):
        row = measured[name]
        assert row.rows == len(conversation(0))
        assert row.p50_s == pytest.approx(30, abs=5)
        assert row.max_s is not None
        assert row.p99_s is not None
        assert row.p50_s <= row.p99_s <= row.max_s
        assert (row.target_s, row.within_target) == (target, True)
    assert measured[DEAD_LETTERS.name].rows == 0
    assert measured[DEAD_LETTERS.name].within_target is None


@pytest.mark.spec("F1")
def test_each_row_is_held_against_the_commit_that_added_its_file(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    slow, fast = deliver(conversation(0), since=_ago(3_600)), deliver(conversation(1), since=_ago(10))
    for deliveries in (slow, fast):
        append(catalog, BRONZE.name, [bronze_row(d) for d in deliveries])
    row = _measure(connection, catalog)[BRONZE.name]
    assert row.rows == len(slow) + len(fast)
    assert row.max_s == pytest.approx(3_600, abs=10)
    assert row.p50_s is not None
    assert 5 < row.p50_s < 3_600
    assert row.within_target is False


@pytest.mark.parametrize("operation", [Operation.REPLACE, Operation.OVERWRITE])
def test_files_that_a_compaction_or_a_repair_rewrote_do_not_count(
    catalog: SqlCatalog, connection: DuckDBPyConnection, operation: Operation
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(0), since=_ago(10))])
    table, now = catalog.load_table(SILVER.name), datetime.now(UTC)
    assert measure(connection, table, now=now, window=timedelta(days=1)).rows == len(conversation(0))
    [snapshot] = table.snapshots()
    assert snapshot.summary is not None
    vars(snapshot.summary)["operation"] = operation
    assert measure(connection, table, now=now, window=timedelta(days=1)).rows == 0


@pytest.mark.spec("F2")
def test_a_rebuild_is_measured_by_the_rows_that_it_brought(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(0), since=_ago(3_600))])
    rebuild_conversations(connection, catalog)
    first = _measure(connection, catalog)["silver.conversations"]
    assert (first.rows, first.max_s) == (1, pytest.approx(3_600, abs=10))
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(1), since=_ago(20))])
    rebuild_conversations(connection, catalog)
    second = _measure(connection, catalog)["silver.conversations"]
    assert (second.rows, second.max_s) == (1, pytest.approx(20, abs=10))
    rebuild_conversations(connection, catalog)  # brings nothing new: the measure stays
    third = _measure(connection, catalog)["silver.conversations"]
    assert (third.rows, third.max_s) == (second.rows, second.max_s)


def test_freshness_is_published_as_a_table_without_the_ledger(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    flow(deliver(conversation(0), since=_ago(5))).write(catalog)
    measured = _measure(connection, catalog)
    assert RECEIPTS.name not in measured
    rows = catalog.load_table(FRESHNESS.name).scan().to_arrow().to_pylist()
    assert {row["table_name"]: row["p99_s"] for row in rows} == {
        name: row.p99_s for name, row in measured.items()
    }
