from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.dead_letters import Replay, Selection, note_replays, reconcile, waiting_letters
from pipelines.derived_tables import REPLAYS
from pipelines.tables import BRONZE, DEAD_LETTERS
from streaming.contract.cloudevents import Record
from streaming.contract.dead_letters import REPLAY_OF, REPLAY_REPAIR, DeadLetter
from streaming.contract.header_text import decode_headers, encode_headers
from tests.pipelines.made_stream import HANDED_OVER, TOPIC, Delivery, append, bronze_row

pytestmark = pytest.mark.spec("E5", "F2")

REASONS = ("header ce_id is missing", "header ce_time is missing", "the payload is not UTF-8")


def _letters(catalog: SqlCatalog, count: int = 6) -> list[dict[str, Any]]:
    """Dead letters of one partition, a second between them, with the reasons in turn."""
    rows = [
        {
            "topic": TOPIC,
            "kafka_partition": 0,
            "kafka_offset": n,
            "broker_time": HANDED_OVER + timedelta(seconds=n),
            "ingested_at": HANDED_OVER + timedelta(seconds=n),
            "reason": REASONS[n % len(REASONS)],
            "record_key": None if n == 1 else b"key",
            "record_value": None if n == 2 else b'{"a":"\xff"}',
            "headers": encode_headers([("ce_type", b"error"), ("ce_turn", None)]),
        }
        for n in range(count)
    ]
    append(catalog, DEAD_LETTERS.name, rows)
    return rows


def _waiting(
    connection: DuckDBPyConnection, catalog: SqlCatalog, repair: str = "unchanged", **selection: Any
) -> list[DeadLetter]:
    batches = waiting_letters(connection, catalog, Selection(**selection), repair)
    return [letter for batch in batches for letter in batch]


def _offsets(letters: Iterable[DeadLetter]) -> list[int]:
    return [letter.offset for letter in letters]


def _replay(offset: int, replay_offset: int, repair: str = "unchanged") -> Replay:
    return Replay(
        topic=TOPIC,
        kafka_partition=0,
        kafka_offset=offset,
        replay_topic=TOPIC,
        replay_partition=0,
        replay_offset=replay_offset,
        event_id=f"event-{offset}",
        repair=repair,
        replayed_at=HANDED_OVER,
    )


def test_a_letter_is_the_record_as_it_was_produced(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    rows = _letters(catalog)
    letters = _waiting(connection, catalog)
    assert [(one.key, one.value, one.headers, one.reason, one.broker_time, one.place) for one in letters] == [
        (
            row["record_key"],
            row["record_value"],
            dict(decode_headers(row["headers"])),
            row["reason"],
            row["broker_time"],
            f"{TOPIC}/0/{n}",
        )
        for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param({"reason": "CE_TIME"}, [1, 4], id="by a part of the reason, in any case"),
        pytest.param({"reason": "%"}, [], id="a reason is no pattern"),
        pytest.param({"since": HANDED_OVER + timedelta(seconds=4)}, [4, 5], id="since"),
        pytest.param({"until": HANDED_OVER + timedelta(seconds=2)}, [0, 1], id="until"),
        pytest.param({"reason": "ce_id", "since": HANDED_OVER + timedelta(seconds=1)}, [3], id="both"),
    ],
)
def test_letters_are_chosen_by_reason_and_time(
    catalog: SqlCatalog, connection: DuckDBPyConnection, selection: dict[str, Any], expected: list[int]
) -> None:
    _letters(catalog)
    assert _offsets(_waiting(connection, catalog, **selection)) == expected


def test_a_letter_that_was_replayed_waits_no_more(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _letters(catalog)
    note_replays(catalog, [_replay(0, 100), _replay(3, 101)])
    assert _offsets(_waiting(connection, catalog)) == [1, 2, 4, 5]


def test_what_a_repair_made_in_vain_waits_for_another_one(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _letters(catalog, 3)
    note_replays(catalog, [_replay(0, 2, "add-id")])  # the replay is a dead letter itself, at offset 2
    assert _offsets(_waiting(connection, catalog, "add-id")) == [1]
    assert _offsets(_waiting(connection, catalog, "fix-text")) == [1, 2]
    assert _offsets(_waiting(connection, catalog, "add-id", again=True)) == [1, 2]


def test_replays_that_only_bronze_knows_are_noted_once(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _letters(catalog)
    noted, found = _replay(0, 100), _replay(1, 101, "add-id, set ce_turn=1")
    note_replays(catalog, [noted])
    append(catalog, BRONZE.name, [_in_bronze(one) for one in (noted, found)])
    append(catalog, BRONZE.name, [_in_bronze(found, place=b"of/no/letter"), _in_bronze(found, place=None)])
    assert reconcile(connection, catalog) == 1
    assert reconcile(connection, catalog) == 0
    rows = catalog.load_table(REPLAYS.name).scan().to_arrow().to_pylist()
    assert [Replay(**row) for row in sorted(rows, key=lambda row: int(row["replay_offset"]))] == [
        noted,
        found,
    ]
    assert _offsets(_waiting(connection, catalog)) == [2, 3, 4, 5]


def _in_bronze(replay: Replay, place: bytes | None = b"") -> dict[str, Any]:
    of = f"{replay.topic}/{replay.kafka_partition}/{replay.kafka_offset}".encode() if place == b"" else place
    headers = [("ce_id", replay.event_id.encode()), (REPLAY_REPAIR, replay.repair.encode())]
    record = Record(b"", b"{}", [*headers, *([(REPLAY_OF, of)] if of is not None else [])])
    offset = replay.replay_offset if place == b"" else 900 + bool(of)
    return bronze_row(Delivery(record, 0, offset, replay.replayed_at))


def test_an_empty_lake_has_no_letters_and_no_replays(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    assert _waiting(connection, catalog, since=datetime(2026, 1, 1, tzinfo=UTC)) == []
    assert reconcile(connection, catalog) == 0
