from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.accounting import Totals, account, judge, verdict
from pipelines.derived_tables import ACCOUNTING
from pipelines.queries import query
from pipelines.receipts import load_receipts
from streaming.contract.cloudevents import Record
from tests.pipelines.made_events import conversation, conversations
from tests.pipelines.made_stream import HANDED_OVER, TOPIC, Delivery, Stations, deliver, flow

JUNK = Record(key=b"k", value=b"{", headers=[("ce_id", b"junk"), ("ce_type", b"nonsense")])


def _stream() -> Stations:
    """Two conversations, one event sent twice, and a record that is no event."""
    deliveries = deliver([*conversations(2), JUNK], partitions=2)
    again = [deliveries[3].again(100), deliveries[4].again(100)]
    between = [replace(deliveries[4], partition=p, offset=o) for p in (0, 1) for o in _missing(deliveries, p)]
    return flow([*deliveries, *between, *again])


def _missing(deliveries: list[Delivery], partition: int) -> range:
    """Offsets between the last record and the repeated one at offset 100."""
    return range(max(d.offset for d in deliveries if d.partition == partition) + 1, 100)


def _totals(
    stations: Stations, *, now: datetime = HANDED_OVER, in_flight: timedelta | None = None
) -> tuple[Totals, list[dict[str, Any]]]:
    """Accounts for stations in plain DuckDB tables: the query alone, without a lake."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, deliveries in (
            ("bronze.delivery_receipts", stations.receipts),
            ("bronze.events", stations.bronze),
            ("silver.events", stations.silver),
            ("silver.dead_letters", stations.dead_letters),
        ):
            _fill(connection, name, deliveries)
        connection.execute("SET VARIABLE accounted_at = CAST(? AS TIMESTAMPTZ)", [now])
        connection.execute(
            "SET VARIABLE in_flight_since = CAST(? AS TIMESTAMPTZ)", [in_flight and now - in_flight]
        )
        connection.execute(f"CREATE SCHEMA ops; CREATE TABLE ops.accounting AS {query('accounting')}")
        rows = connection.table("ops.accounting").to_arrow_table().to_pylist()
        [values] = connection.execute(query("accounting_totals")).fetchall()
    return Totals(**dict(zip(Totals.__struct_fields__, values, strict=True))), rows


def _fill(connection: DuckDBPyConnection, name: str, deliveries: Iterable[Delivery]) -> None:
    schema = pa.schema(
        [
            ("topic", pa.string()),
            ("kafka_partition", pa.int32()),
            ("kafka_offset", pa.int64()),
            ("broker_time", pa.timestamp("us", "UTC")),
            ("event_id", pa.string()),
        ]
    )
    rows = pa.Table.from_pylist(
        [{**d.coordinates, "event_id": d.event_id} for d in deliveries], schema=schema
    )
    connection.register("rows_in", rows)
    connection.execute(
        f"CREATE SCHEMA IF NOT EXISTS {name.split('.', 1)[0]}; CREATE TABLE {name} AS FROM rows_in"
    )


@pytest.mark.spec("F4")
def test_a_faultless_stream_balances_and_every_record_has_its_fate() -> None:
    stations = _stream()
    totals, rows = _totals(stations)
    assert judge(totals).balanced
    assert totals.bronze == totals.acked == len(stations.bronze)
    assert totals.dead_letters == 1
    assert totals.silver == len(stations.silver)
    assert totals.duplicates == totals.bronze - totals.silver - 1 > 0
    assert {row["kafka_partition"] for row in rows} == {0, 1}
    assert all(row["hour"] == HANDED_OVER.replace(minute=0) for row in rows)


def _drop(station: str, index: int) -> Callable[[Stations], None]:
    return lambda stations: getattr(stations, station).pop(index)


def _double(station: str, index: int = 5) -> Callable[[Stations], None]:
    return lambda stations: getattr(stations, station).append(getattr(stations, station)[index])


def _lose_one_and_double_another(stations: Stations) -> None:
    stations.bronze[5] = stations.bronze[6]


def _same_id_elsewhere_in_silver(stations: Stations) -> None:
    stations.silver.append(stations.bronze[-1])


def _both_silver_and_dead(stations: Stations) -> None:
    stations.dead_letters.append(stations.silver[0])


def _another_event_under_the_acked_coordinates(stations: Stations) -> None:
    other = deliver(conversation(9))[0]
    stations.bronze[5] = replace(stations.bronze[5], record=other.record)


def _silver_swapped_two_events(stations: Stations) -> None:
    a, b = stations.silver[2], stations.silver[3]
    stations.silver[2], stations.silver[3] = replace(a, record=b.record), replace(b, record=a.record)


def _never_in_bronze(stations: Stations) -> None:
    lost = stations.bronze.pop(5)
    stations.silver = [d for d in stations.silver if d.event_id != lost.event_id]


@pytest.mark.spec("F4")
@pytest.mark.parametrize(
    ("plant", "expected"),
    [
        pytest.param(
            _never_in_bronze, {"lost_before_bronze": 1, "offset_gaps": 1}, id="acked, not in bronze"
        ),
        pytest.param(
            _drop("bronze", 5), {"lost_before_bronze": 1, "offset_gaps": 1}, id="in silver, not in bronze"
        ),
        pytest.param(_drop("silver", 5), {"lost_after_bronze": 1}, id="in bronze, not in silver"),
        pytest.param(_drop("dead_letters", 0), {"lost_after_bronze": 1}, id="a dead letter is lost"),
        pytest.param(_drop("receipts", 5), {"unacked": 1}, id="no receipt"),
        pytest.param(_double("bronze"), {"doubled": 1}, id="twice in bronze"),
        pytest.param(_double("silver"), {"doubled": 1}, id="twice in silver"),
        pytest.param(_double("dead_letters", 0), {"doubled": 1}, id="twice among the dead letters"),
        pytest.param(_double("receipts"), {"doubled": 1}, id="a receipt twice"),
        pytest.param(_same_id_elsewhere_in_silver, {"doubled": 1}, id="a duplicate that silver kept"),
        pytest.param(_both_silver_and_dead, {"doubled": 1}, id="in silver and dead"),
        pytest.param(
            _lose_one_and_double_another,
            {"lost_before_bronze": 1, "doubled": 1, "offset_gaps": 1},
            id="counts fit, one lost and one doubled",
        ),
        pytest.param(
            _another_event_under_the_acked_coordinates,
            {"lost_before_bronze": 1, "lost_after_bronze": 1},
            id="counts fit, the wrong event",
        ),
        pytest.param(_silver_swapped_two_events, {"lost_after_bronze": 2}, id="counts fit, events swapped"),
    ],
)
def test_a_planted_fault_is_found_and_named(
    plant: Callable[[Stations], None], expected: dict[str, int]
) -> None:
    stations = _stream()
    plant(stations)
    totals, rows = _totals(stations)
    faults = ("lost_before_bronze", "lost_after_bronze", "doubled", "offset_gaps", "unacked")
    assert {name: getattr(totals, name) for name in faults if getattr(totals, name)} == expected
    judged = judge(totals)
    assert not judged.balanced
    assert judged.sound == (expected.keys() == {"unacked"})
    assert judged.settled
    assert sum(not row["balanced"] for row in rows) >= 1
    assert all(str(count) in judged.message for count in expected.values())


@pytest.mark.spec("F4")
def test_the_newest_records_are_in_flight_and_not_lost_while_the_stream_runs() -> None:
    stations = _stream()
    tail = stations.bronze.pop()
    now = tail.broker_time + timedelta(seconds=5)
    running, _ = _totals(stations, now=now, in_flight=timedelta(seconds=60))
    assert (running.in_flight, running.lost) == (1, 0)
    assert judge(running).balanced
    assert not judge(running).settled
    drained, _ = _totals(stations, now=now)
    assert (drained.in_flight, drained.lost) == (0, 1)
    late, _ = _totals(stations, now=now + timedelta(hours=1), in_flight=timedelta(seconds=60))
    assert (late.in_flight, late.lost) == (0, 1)


@pytest.mark.spec("F4")
def test_a_hole_behind_newer_records_is_lost_however_new_it_is() -> None:
    stations = _stream()
    hole = stations.silver.pop(5)
    totals, _ = _totals(stations, now=hole.broker_time, in_flight=timedelta(hours=1))
    assert totals.lost_after_bronze == 1


@pytest.mark.spec("F4")
def test_hours_are_those_of_the_hand_over() -> None:
    early = deliver(conversation(0))
    late = deliver(conversation(1), since=HANDED_OVER + timedelta(hours=1))
    late = [replace(d, offset=d.offset + 100) for d in late]
    _, rows = _totals(flow([*early, *late]))
    by_hour = Counter[datetime]()
    for row in rows:
        by_hour[row["hour"]] += row["bronze"]
    first = HANDED_OVER.replace(minute=0)
    assert by_hour == {first: len(early), first + timedelta(hours=1): len(late)}


_FAULTS = st.sampled_from(["none", "none", "none", "not in bronze", "not downstream", "no receipt", "twice"])
_RECORDS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(0, 7), st.booleans(), _FAULTS), min_size=1, max_size=25
)


@pytest.mark.spec("F4")
@settings(deadline=None, max_examples=80)
@given(_RECORDS)
def test_the_query_agrees_with_plain_sets(records: list[tuple[int, int, bool, str]]) -> None:
    """Each record: partition, number of its event, whether it is junk, what goes wrong."""
    event = conversation(0)[0]
    stations, offsets, seen = Stations(), Counter[int](), set[str]()
    for partition, number, junk, fault in records:
        event_id = f"junk-{len(seen)}" if junk else f"event-{number}"
        headers = [("ce_id", event_id.encode()), ("ce_type", event.type.encode())]
        delivery = Delivery(Record(b"", b"", headers), partition, offsets[partition], HANDED_OVER)
        offsets[partition] += 1
        _pass_on(stations, delivery, fault, is_dead=junk, is_first=event_id not in seen)
        seen.add(event_id)
    totals, _ = _totals(stations)
    assert totals == _by_sets(stations)


def _pass_on(stations: Stations, delivery: Delivery, fault: str, *, is_dead: bool, is_first: bool) -> None:
    if fault != "no receipt":
        stations.receipts.append(delivery)
    if fault == "not in bronze":
        return
    stations.bronze += [delivery] * (2 if fault == "twice" else 1)
    if fault != "not downstream":
        if is_dead:
            stations.dead_letters.append(delivery)
        elif is_first:
            stations.silver.append(delivery)


def _by_sets(stations: Stations) -> Totals:
    """The same accounting by other means: sets of coordinates and ids."""

    def places(deliveries: list[Delivery]) -> set[tuple[int, int]]:
        return {(d.partition, d.offset) for d in deliveries}

    bronze, dead, silver = map(places, (stations.bronze, stations.dead_letters, stations.silver))
    acked, silver_ids = places(stations.receipts), {d.event_id for d in stations.silver}
    duplicates = (
        {(d.partition, d.offset) for d in stations.bronze if d.event_id in silver_ids} - silver - dead
    )
    missing = bronze - dead - silver - duplicates
    gaps = 0
    for partition in {p for p, _ in bronze}:
        offsets = [o for p, o in bronze if p == partition]
        gaps += max(offsets) - min(offsets) + 1 - len(offsets)
    lost_before = (acked | silver | dead) - bronze
    return Totals(
        acked=len(acked),
        bronze=len(bronze),
        silver=len(silver & bronze),
        duplicates=len(duplicates),
        dead_letters=len(dead & bronze),
        unacked=len(bronze - acked),
        lost_before_bronze=len(lost_before),
        lost_after_bronze=len(missing),
        lost=len(lost_before | missing),
        doubled=len(stations.bronze) - len(bronze),
        offset_gaps=gaps,
        in_flight=0,
    )


@pytest.mark.spec("F4")
def test_the_books_of_a_lake_are_published_as_a_table_and_judged_from_it(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    stations = _stream()
    stations.write(catalog, tmp_path / "receipts")
    load_receipts(connection, catalog, tmp_path / "receipts")
    now = datetime(2026, 1, 5, 10, tzinfo=UTC)
    for _ in range(2):  # a second accounting replaces the first
        account(connection, catalog, now=now)
    rows = catalog.load_table(ACCOUNTING.name).scan().to_arrow().to_pylist()
    assert [(row["topic"], row["kafka_partition"], row["accounted_at"]) for row in rows] == [
        (TOPIC, 0, now),
        (TOPIC, 1, now),
    ]
    judged = verdict(connection, catalog)
    assert judged.balanced
    assert judged.totals.bronze == len(stations.bronze)
    assert judged.message.startswith("Balanced: ")


def test_an_empty_lake_balances(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    account(connection, catalog, now=HANDED_OVER)
    assert verdict(connection, catalog).balanced
