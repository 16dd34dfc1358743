"""The histograms of the way of events, against times set by hand."""

import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import _dataframe_to_data_files
from pyiceberg.table import Table

from pipelines.commits import builds
from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import WATERFALL
from pipelines.publishing import publish
from pipelines.tables import BRONZE, RECEIPTS, SILVER
from pipelines.waterfall import EDGES_S, GOLD, HOPS, publish_waterfall
from tests.pipelines.made_events import conversation
from tests.pipelines.made_stream import append, bronze_row, deliver, silver_row

pytestmark = pytest.mark.spec("E7", "F3")

Histogram = dict[str, Counter[tuple[float | None, float]]]


def _ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def _stream(catalog: SqlCatalog, number: int, since: datetime) -> int:
    """Events 3 s before their hand-over, acknowledged after 40 ms, read after 1.5 s, now committed."""
    deliveries = [replace(d, offset=d.offset + 1_000 * number) for d in deliver(conversation(number))]
    rows = []
    for d in deliveries:
        times = {
            "broker_time": since,
            "event_time": since - timedelta(seconds=3),
            "ingested_at": since + timedelta(seconds=1.5),
        }
        rows.append({**silver_row(d), **times})
    append(catalog, BRONZE.name, [{**bronze_row(d), "broker_time": since} for d in deliveries])
    append(catalog, SILVER.name, rows)
    receipts = [
        {
            "event_id": d.event_id,
            **d.coordinates,
            "broker_time": since,
            "acked_at": since + timedelta(milliseconds=40),
        }
        for d in deliveries
    ]
    append(catalog, RECEIPTS.name, receipts)
    return len(rows)


def _build_gold(catalog: SqlCatalog, through: datetime) -> None:
    schema = pa.schema([("agent", pa.string()), ("data_through", pa.timestamp("us", "UTC"))])
    rows = pa.Table.from_pylist([{"agent": "a", "data_through": through}], schema=schema)
    publish(catalog, GOLD, rows.to_reader())


def _told(catalog: SqlCatalog) -> Histogram:
    told: Histogram = {}
    for row in _rows(catalog):
        told.setdefault(row["hop"], Counter())[row["over_s"], row["up_to_s"]] += row["events"]
    return told


def _rows(catalog: SqlCatalog) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = catalog.load_table(WATERFALL.name).scan().to_arrow().to_pylist()
    return rows


def _bucket(seconds: float) -> tuple[float | None, float]:
    """The bucket of a duration, by hand: 1, 2, 5, 10 and so on."""
    edges = [*EDGES_S, inf]
    place = next(i for i, edge in enumerate(edges) if seconds <= edge)
    return (edges[place - 1] if place else None), edges[place]


def test_every_hop_of_every_event_is_in_its_bucket(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    handed_over = _ago(seconds=30)
    count = _stream(catalog, 0, handed_over)
    rebuild_conversations(connection, catalog)
    _build_gold(catalog, handed_over)
    publish_waterfall(connection, catalog, now=datetime.now(UTC))

    read, committed = handed_over + timedelta(seconds=1.5), {}
    for name in (BRONZE.name, SILVER.name):
        [snapshot] = catalog.load_table(name).snapshots()
        committed[name] = datetime.fromtimestamp(snapshot.timestamp_ms / 1_000, UTC)
    [rebuilt] = builds(catalog.load_table("silver.conversations"))
    [gold] = builds(catalog.load_table(GOLD))
    assert (rebuilt.through, gold.through) == (handed_over, handed_over)
    to_bronze, to_silver = ((committed[n] - read).total_seconds() for n in (BRONZE.name, SILVER.name))
    expected = {
        "event_to_hand_over": (2.0, 5.0),
        "hand_over_to_ack": (0.02, 0.05),
        "hand_over_to_stream": (1.0, 2.0),
        "stream_to_bronze": _bucket(to_bronze),
        "stream_to_silver": _bucket(to_silver),
        "silver_to_conversations": _bucket((rebuilt.committed_at - committed[SILVER.name]).total_seconds()),
        "conversations_to_gold": _bucket((gold.committed_at - rebuilt.committed_at).total_seconds()),
        "hand_over_to_gold": _bucket((gold.committed_at - handed_over).total_seconds()),
    }
    assert expected["stream_to_bronze"] == (20.0, 50.0)
    assert _told(catalog) == {hop: Counter({bucket: count}) for hop, bucket in expected.items()}
    assert {row["hop"]: row["place"] for row in _rows(catalog)} == {h: n for n, h in enumerate(HOPS, 1)}
    assert {row["hour"] for row in _rows(catalog)} == {handed_over.replace(minute=0, second=0, microsecond=0)}


def test_an_event_that_no_build_knows_yet_has_come_as_far_as_silver(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    first = _stream(catalog, 0, _ago(seconds=60))
    rebuild_conversations(connection, catalog)
    second = _stream(catalog, 1, _ago(seconds=20))
    publish_waterfall(connection, catalog, now=datetime.now(UTC))
    totals = {hop: buckets.total() for hop, buckets in _told(catalog).items()}
    assert totals == {
        **dict.fromkeys(HOPS[:5], first + second),
        "silver_to_conversations": first,
    }


def test_builds_that_bring_nothing_new_change_nothing(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    handed_over = _ago(seconds=30)
    connection.execute("SET asof_loop_join_threshold = 0")  # few rows are joined in another way than many
    _stream(catalog, 0, handed_over)
    rebuild_conversations(connection, catalog)
    _build_gold(catalog, handed_over)
    publish_waterfall(connection, catalog, now=datetime.now(UTC))
    before = _told(catalog)
    time.sleep(1)  # builds of later would be in other buckets
    rebuild_conversations(connection, catalog)
    _build_gold(catalog, handed_over)
    publish_waterfall(connection, catalog, now=datetime.now(UTC))
    assert _told(catalog) == before


def test_a_clock_that_is_ahead_shows_below_zero(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    [delivery] = deliver(conversation(0)[:1], since=_ago(seconds=5))
    row = silver_row(delivery)
    append(catalog, SILVER.name, [{**row, "event_time": row["broker_time"] + timedelta(hours=1)}])
    publish_waterfall(connection, catalog, now=datetime.now(UTC))
    assert _told(catalog)["event_to_hand_over"] == Counter({(None, 0.0): 1})


def test_hours_outside_the_window_and_files_that_were_rewritten_keep_what_was_measured(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    old = _stream(catalog, 0, _ago(hours=5))
    publish_waterfall(connection, catalog, now=datetime.now(UTC))
    new = _stream(catalog, 1, _ago(seconds=10))
    publish_waterfall(connection, catalog, now=datetime.now(UTC), window=timedelta(hours=1))
    assert _told(catalog)["hand_over_to_ack"] == Counter({(0.02, 0.05): old + new})

    _compact(catalog.load_table(SILVER.name))
    before = _told(catalog)
    for _ in range(2):
        publish_waterfall(connection, catalog, now=datetime.now(UTC))
    assert _told(catalog) == before


def _compact(table: Table) -> None:
    """Rewrites every file in one commit, as a compaction does: none is an appended one any more."""
    rows = table.scan().to_arrow()
    with table.transaction() as transaction, transaction.update_snapshot().overwrite() as rewrite:
        for task in table.scan().plan_files():
            rewrite.delete_data_file(task.file)
        for file in _dataframe_to_data_files(transaction.table_metadata, rows, table.io):
            rewrite.append_data_file(file)


def test_an_empty_lake_has_an_empty_waterfall(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    assert publish_waterfall(connection, catalog, now=datetime.now(UTC)).rows == 0


def test_buckets_are_in_order_without_gaps() -> None:
    assert list(EDGES_S) == sorted(set(EDGES_S))
    assert EDGES_S[:5] == (0.0, 0.001, 0.002, 0.005, 0.01)
    assert EDGES_S[-2:] == (5e8, 1e9)
