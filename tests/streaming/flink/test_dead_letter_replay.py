"""Dead letters, replayed on the real stack: each becomes an event of silver, once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.replay import ReplayReport, replay_dead_letters
from pipelines.catalog import open_catalog
from pipelines.dead_letters import Selection
from pipelines.derived_tables import REPLAYS
from pipelines.views import connect
from streaming.receipts import recover_receipts
from streaming.repairs import repair_of
from tests.stack import Coordinates, StackUnderTest
from tests.streaming.flink.records import event, record, with_header, without_header

pytestmark = [pytest.mark.stack, pytest.mark.spec("E5", "F2", "F4")]


@contextmanager
def _lake(stack: StackUnderTest) -> Iterator[tuple[DuckDBPyConnection, SqlCatalog]]:
    catalog = open_catalog(stack.local.lake)
    with connect(catalog) as connection:
        yield connection, catalog
    catalog.close()


def _replay(stack: StackUnderTest, reason: str, *repairs: str, **options: Any) -> ReplayReport:
    with _lake(stack) as (connection, catalog):
        return replay_dead_letters(
            connection,
            catalog,
            stack.local.streaming,
            Selection(reason=reason),
            repair_of(repairs),
            **options,
        )


def _settled(stack: StackUnderTest) -> list[Coordinates]:
    """Waits until the replays noted so far are in bronze; returns where they are."""
    places = stack.query(f"select replay_partition, replay_offset from {REPLAYS.name}")
    replays = [Coordinates(*place) for place in places]
    stack.wait_until_in_bronze(replays)
    return replays


def test_a_repaired_letter_is_in_silver_once_also_when_replayed_twice_or_by_a_killed_process(
    stack: StackUnderTest,
) -> None:
    count = 40
    sent = [without_header(record(event("again", n)), "ce_agentversion") for n in range(count)]
    reason, repair = "ce_agentversion is missing", "ce_agentversion=v9"
    coordinates = stack.send(sent)
    stack.wait_until_in_bronze(coordinates)

    with _lake(stack) as (connection, catalog):
        options: dict[str, Any] = {"selection": Selection(reason=reason), "repair": repair_of((), [repair])}
        settings = stack.local.streaming
        told = replay_dead_letters(connection, catalog, settings, **options, dry_run=True)
        assert told.replayed.total() >= count
        first = replay_dead_letters(connection, catalog, settings, **options)
        assert first.replayed == told.replayed
        assert (first.found, first.refused) == (0, Counter())
        second = replay_dead_letters(connection, catalog, settings, **options)
        assert (second.found, second.replayed) == (0, Counter())

        catalog.drop_table(REPLAYS.name)  # as if the process had died before it noted anything
        third = replay_dead_letters(connection, catalog, settings, **options)
        assert third.found == first.replayed.total()
        assert not third.replayed

    replays = _settled(stack)
    rows = stack.query(
        "select event_id, agent_version, kafka_partition, kafka_offset from silver.events"
        " where conversation_id like 'again-%'"
    )
    assert Counter(row[0] for row in rows) == Counter(event("again", n).id for n in range(count))
    assert {row[1] for row in rows} == {"v9"}
    assert {Coordinates(*row[2:]) for row in rows} <= set(replays)
    letters = stack.query(
        f"select kafka_partition, kafka_offset from ops.dead_letter_replays where repair = 'set {repair}'"
    )
    assert {Coordinates(*place) for place in letters} >= set(coordinates)
    assert len(letters) == len(set(letters))
    recover_receipts(stack.local.streaming.receipts_dir)
    receipts = stack.query(
        "select kafka_partition, kafka_offset, event_id from read_parquet($files)",
        {"files": f"{stack.local.streaming.receipts_dir}/replay-*/*.parquet"},
    )
    bronze = stack.query(
        "select kafka_partition, kafka_offset, event_id from bronze.events"
        " where headers->>'ce_replayof' is not null"
    )
    assert Counter(receipts) == Counter(bronze)


def test_what_a_repair_does_not_mend_is_a_dead_letter_again_and_left_alone(stack: StackUnderTest) -> None:
    broken = with_header(without_header(record(event("vain", 1)), "ce_id"), "ce_turn", b"-1")
    [place] = stack.send([broken])
    stack.wait_until_in_bronze([place])

    _replay(stack, "ce_id is missing", "add-id")
    _settled(stack)
    of_place = {"place": f"{stack.local.streaming.topic}/{place.partition}/{place.offset}"}
    letters = stack.query(
        "select reason from silver.dead_letters where headers->>'ce_replayof' = $place", of_place
    )
    assert letters == [("header ce_turn is not a count",)]
    refused = _replay(stack, "ce_turn is not a count", "add-id")
    assert not refused.replayed
