"""Duplicates that the stream had forgotten leave silver; nothing else does."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.accounting import account, verdict
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.derived_tables import REPAIRS
from pipelines.receipts import load_receipts
from pipelines.repair import remove_late_duplicates
from pipelines.settings import LakeSettings
from pipelines.tables import SILVER
from pipelines.views import connect
from tests.pipelines.made_events import MONDAY_NS, conversation, conversations
from tests.pipelines.made_stream import HANDED_OVER, append, deliver, flow, silver_row

pytestmark = pytest.mark.spec("E5", "F2")

NOW = datetime(2026, 1, 20, tzinfo=UTC)
DAY_NS = 86_400_000_000_000
EVENTS = conversation(0, tenant="acme") + conversation(1, tenant="globex", start_ns=MONDAY_NS + DAY_NS)
Row = dict[str, Any]


class Copy(NamedTuple):
    """One record of an event in the log."""

    event: int
    partition: int
    minutes: int
    """Between the first hand-over and its own."""
    other_day: bool
    """Whether it says that the event happened another day: a body that is not the same."""


def _rows(copies: Iterable[Copy]) -> list[Row]:
    offsets, rows = Counter[int](), list[Row]()
    for copy in copies:
        [delivery] = deliver([EVENTS[copy.event]], since=HANDED_OVER + timedelta(minutes=copy.minutes))
        row = silver_row(replace(delivery, partition=copy.partition, offset=offsets[copy.partition]))
        if copy.other_day:
            row["event_time"] += timedelta(days=1)
            row["payload"] = '{"other": "body"}'
        offsets[copy.partition] += 1
        rows.append(row)
    return rows


def _place(row: Row) -> tuple[str, int, int]:
    return row["topic"], row["kafka_partition"], row["kafka_offset"]


def _in_table(catalog: SqlCatalog, name: str) -> list[Row]:
    rows: list[Row] = catalog.load_table(name).scan().to_arrow().to_pylist()
    return rows


def _multiset(rows: Iterable[Row]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(sorted(row.items())) for row in rows)


def _first_ones(rows: list[Row]) -> list[Row]:
    """What must stay, by other means: the first row of each id in the order of the hand-over."""
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["broker_time"], *_place(row))):
        first.setdefault(row["event_id"], row)
    return list(first.values())


_COPIES = st.lists(
    st.builds(
        Copy,
        event=st.sampled_from([0, 1, 2, 12, 13]),
        partition=st.integers(0, 1),
        minutes=st.integers(0, 2),
        other_day=st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


@settings(deadline=None, max_examples=15)
@given(copies=_COPIES, cut=st.integers(0, 14))
def test_after_the_repair_each_event_is_there_once_and_nothing_else_changed(
    copies: list[Copy], cut: int
) -> None:
    rows = _rows(copies)
    with TemporaryDirectory() as folder:
        lake = LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
        catalog = open_catalog(lake)
        ensure_tables(catalog)
        for part in (rows[:cut], rows[cut:]):  # two commits, so that duplicates share files or not
            append(catalog, SILVER.name, part)
        with connect(catalog) as connection:
            done = remove_late_duplicates(connection, catalog, now=NOW)
            kept = _first_ones(rows)
            assert _multiset(_in_table(catalog, SILVER.name)) == _multiset(kept)
            assert done.removed == len(rows) - len(kept)
            gone = Counter(map(_place, rows)) - Counter(map(_place, kept))
            assert Counter(map(_place, _in_table(catalog, REPAIRS.name))) == gone
            before = catalog.load_table(SILVER.name).metadata_location
            assert remove_late_duplicates(connection, catalog, now=NOW).removed == 0
            assert catalog.load_table(SILVER.name).metadata_location == before
        catalog.close()


def test_what_was_removed_is_told_with_what_stayed(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    rows = _rows([Copy(0, 1, 0, False), Copy(0, 0, 5, False), Copy(0, 0, 9, True), Copy(1, 0, 0, False)])
    append(catalog, SILVER.name, rows)
    remove_late_duplicates(connection, catalog, now=NOW)
    told = sorted(_in_table(catalog, REPAIRS.name), key=_place)
    assert [_place(one) for one in told] == [_place(rows[1]), _place(rows[2])]
    for one in told:
        assert (one["kept_topic"], one["kept_partition"], one["kept_offset"]) == _place(rows[0])
        assert (one["kept_broker_time"], one["repaired_at"]) == (rows[0]["broker_time"], NOW)
    assert [one["same_payload"] for one in told] == [True, False]


def test_a_row_that_comes_back_is_removed_again_and_told_once(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    """As after a repair that died between telling and removing, or a rollback of silver."""
    rows = _rows([Copy(0, 0, 0, False), Copy(0, 1, 5, False)])
    append(catalog, SILVER.name, rows)
    for _ in range(2):
        remove_late_duplicates(connection, catalog, now=NOW)
        assert _multiset(_in_table(catalog, SILVER.name)) == _multiset(rows[:1])
        append(catalog, SILVER.name, rows[1:])
    assert len(_in_table(catalog, REPAIRS.name)) == 1


def test_only_files_that_hold_a_duplicate_are_written_anew(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversations(6))])
    late = silver_row(deliver(conversations(6))[0])
    append(catalog, SILVER.name, [{**late, "kafka_offset": 10_000}])
    before = _files(catalog)
    remove_late_duplicates(connection, catalog, now=NOW)
    after = _files(catalog)
    assert len(before - after) == 1
    assert not after - before


def _files(catalog: SqlCatalog) -> set[str]:
    return {task.file.file_path for task in catalog.load_table(SILVER.name).scan().plan_files()}


@pytest.mark.spec("F4")
def test_the_books_count_what_was_removed_among_the_duplicates(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    deliveries = deliver(conversations(2), partitions=1)
    late = [d.again(len(deliveries) + i) for i, d in enumerate(deliveries[:5])]
    stations = flow([*deliveries, *late])
    stations.silver += late  # the stream had forgotten them
    stations.write(catalog, tmp_path)
    load_receipts(connection, catalog, tmp_path)
    account(connection, catalog, now=NOW)
    assert verdict(connection, catalog).totals.doubled == len(late)
    remove_late_duplicates(connection, catalog, now=NOW)
    account(connection, catalog, now=NOW)
    judged = verdict(connection, catalog)
    assert judged.balanced
    assert (judged.totals.silver, judged.totals.duplicates) == (len(deliveries), len(late))


@pytest.mark.spec("F4")
def test_a_row_that_the_stream_wrote_twice_is_no_late_duplicate_and_stays_a_fault(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    stations = flow(deliver(conversation(0)))
    stations.silver.append(stations.silver[3])
    stations.write(catalog)
    assert remove_late_duplicates(connection, catalog, now=NOW).removed == 0
    account(connection, catalog, now=NOW)
    assert verdict(connection, catalog).totals.doubled == 1


def test_what_the_stream_appends_meanwhile_is_not_lost(
    lake_settings: LakeSettings, catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = list(conversations(8))
    first = [silver_row(d) for d in deliver(events, partitions=1)]
    append(catalog, SILVER.name, first)
    again = [{**row, "kafka_offset": 10_000 + n} for n, row in enumerate(first)]
    stop, appended, failed = threading.Event(), list[Row](), list[BaseException]()

    def stream() -> None:
        own = open_catalog(lake_settings)
        try:
            for at in range(0, len(again), 4):
                append(own, SILVER.name, again[at : at + 4])
                appended.extend(again[at : at + 4])
                if stop.wait(0.05):
                    break
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            own.close()

    writer = threading.Thread(target=stream)
    writer.start()
    rounds = removed = 0
    while writer.is_alive() and rounds < 100:
        removed += remove_late_duplicates(connection, catalog, now=NOW).removed
        rounds += 1
    stop.set()
    writer.join(60)
    assert not failed
    removed += remove_late_duplicates(connection, catalog, now=NOW).removed
    assert removed == len(appended) > 0
    assert rounds > 1
    assert _multiset(_in_table(catalog, SILVER.name)) == _multiset(first)
    assert len(_in_table(catalog, REPAIRS.name)) == removed
