"""Builds that were asked for single days, and which days wait for one, on real tables."""

from datetime import date, timedelta
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines import conversations
from pipelines.conversations import Rebuilt, rebuild_conversations
from pipelines.days import Days
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.due_days import due_days
from pipelines.tables import SILVER
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation, shuffled
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("F2", "F4")

MONDAY = date(2025, 3, 3)
TUESDAY, WEDNESDAY = MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)
TABLES = (TURNS.name, CONVERSATIONS.name)
DAY_NS = 86_400 * SECOND_NS
LATE = 15 * 3_600 * SECOND_NS - 3 * SECOND_NS
"""After Monday 9:00, three seconds before midnight: the second turn is Tuesday's."""


def _on(day: date) -> Days:
    return Days(first=day, last=day)


def _events() -> list[AgentEvent]:
    """Three days of two tenants, with conversations that go on past midnight."""
    starts = [MONDAY_NS + (n % 3) * DAY_NS + (LATE if n % 4 == 0 else n * SECOND_NS) for n in range(12)]
    return [event for n, start in enumerate(starts) for event in conversation(n, start_ns=start)]


def _write(catalog: SqlCatalog, events: list[AgentEvent]) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(events)])


def _rows(catalog: SqlCatalog) -> list[list[str]]:
    return [sorted(map(str, catalog.load_table(name).scan().to_arrow().to_pylist())) for name in TABLES]


def _files(catalog: SqlCatalog) -> set[str]:
    tables = [catalog.load_table(name) for name in TABLES]
    return {task.file.file_path for table in tables for task in table.scan().plan_files()}


def _days(catalog: SqlCatalog, name: str) -> set[date]:
    return {row["started_at"].date() for row in catalog.load_table(name).scan().to_arrow().to_pylist()}


def _spoil(catalog: SqlCatalog, day: date) -> None:
    """Loses a day's rows of both tables, and tells nobody."""
    for name in TABLES:
        table, rows = catalog.load_table(name), _on(day).of_times("started_at")
        if table.scan(rows).count():
            table.delete(rows)


@pytest.mark.parametrize("seed", range(3))
def test_days_lost_and_built_one_by_one_in_any_order_are_what_a_build_of_everything_makes(
    connection: DuckDBPyConnection, catalog: SqlCatalog, seed: int
) -> None:
    _write(catalog, shuffled(_events(), seed))
    rebuild_conversations(connection, catalog)
    whole, days = _rows(catalog), [MONDAY, TUESDAY, WEDNESDAY, WEDNESDAY + timedelta(days=1)]
    for day in days:
        _spoil(catalog, day)
    for number in [(0, 1, 2, 3), (3, 1, 0, 2), (2, 3, 1, 0)][seed]:
        rebuild_conversations(connection, catalog, days=_on(days[number]))
    assert _rows(catalog) == whole


def test_a_build_of_days_computes_theirs_and_writes_nothing_where_nothing_differs(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    _write(catalog, _events())
    rebuild_conversations(connection, catalog)
    files = _files(catalog)
    built = rebuild_conversations(connection, catalog, days=_on(TUESDAY))
    assert 0 < built.touched < 12
    assert (built.turns.rows, built.conversations.rows, built.whole) == (0, 0, False)
    assert _files(catalog) == files


def test_a_lost_day_is_mended_by_its_build_alone_and_other_days_keep_their_files(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    _write(catalog, _events())
    rebuild_conversations(connection, catalog)
    whole = _rows(catalog)
    _spoil(catalog, TUESDAY)
    left = _files(catalog)
    rebuild_conversations(connection, catalog)
    assert _files(catalog) == left
    built = rebuild_conversations(connection, catalog, days=_on(TUESDAY))
    assert built.conversations.days == built.turns.days == (TUESDAY,)
    assert left <= _files(catalog)
    assert _rows(catalog) == whole


def test_a_build_of_a_day_brings_along_what_changed_on_others(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    """So that every build ends up to date, and none forgets a change that an earlier one left."""
    _write(catalog, _events())
    rebuild_conversations(connection, catalog)
    _write(catalog, conversation(20, start_ns=MONDAY_NS + 2 * DAY_NS))
    built = rebuild_conversations(connection, catalog, days=_on(MONDAY))
    assert built.conversations.days == (WEDNESDAY,)
    assert due_days(connection, catalog).days == []


def test_a_turn_past_midnight_is_in_its_own_day_and_its_conversation_in_the_first(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    _write(catalog, conversation(0, start_ns=MONDAY_NS + LATE))
    rebuild_conversations(connection, catalog)
    for day in (MONDAY, TUESDAY):
        _spoil(catalog, day)
        rebuild_conversations(connection, catalog, days=_on(day))
        assert _days(catalog, TURNS.name) == {MONDAY, TUESDAY}
        assert _days(catalog, CONVERSATIONS.name) == {MONDAY}


def test_a_build_that_died_between_its_two_tables_is_simply_run_again(
    connection: DuckDBPyConnection, catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(catalog, _events())
    rebuild_conversations(connection, catalog)
    once = _rows(catalog)
    _spoil(catalog, MONDAY)
    overwrite = conversations.overwrite_changed

    def die_at_conversations(*arguments: Any, **options: Any) -> Any:
        if options["fresh"] == "fresh_conversations":
            raise ConnectionError
        return overwrite(*arguments, **options)

    monkeypatch.setattr(conversations, "overwrite_changed", die_at_conversations)
    with pytest.raises(ConnectionError):
        rebuild_conversations(connection, catalog, days=_on(MONDAY))
    monkeypatch.undo()
    rebuild_conversations(connection, catalog, days=_on(MONDAY))
    assert _rows(catalog) == once


def _late_and_early() -> tuple[list[AgentEvent], list[AgentEvent]]:
    """A conversation's events before midnight, and those after it."""
    talk, midnight = conversation(0, start_ns=MONDAY_NS + LATE), MONDAY_NS + 15 * 3_600 * SECOND_NS
    return [e for e in talk if e.time_ns < midnight], [e for e in talk if e.time_ns >= midnight]


def test_late_events_are_due_on_the_days_that_they_change_and_on_no_others(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    late, early = _late_and_early()
    _write(catalog, [*early, *conversation(1, start_ns=MONDAY_NS + 2 * DAY_NS)])
    assert due_days(connection, catalog).days == [TUESDAY, WEDNESDAY]
    rebuild_conversations(connection, catalog)
    assert due_days(connection, catalog).days == []
    _write(catalog, late)
    assert due_days(connection, catalog).days == [MONDAY, TUESDAY]
    built = rebuild_conversations(connection, catalog)
    assert built.conversations.days == (MONDAY, TUESDAY)
    assert _days(catalog, CONVERSATIONS.name) == {MONDAY, WEDNESDAY}


def test_a_day_whose_events_are_gone_is_due_and_emptied(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    _write(catalog, _events())
    rebuild_conversations(connection, catalog)
    catalog.load_table(SILVER.name).delete(_on(WEDNESDAY).of_times("event_time"))
    assert WEDNESDAY in due_days(connection, catalog).days
    built: Rebuilt = rebuild_conversations(connection, catalog, days=_on(WEDNESDAY))
    assert WEDNESDAY in built.conversations.days
    assert WEDNESDAY not in _days(catalog, CONVERSATIONS.name)
    assert TUESDAY in _days(catalog, CONVERSATIONS.name)
