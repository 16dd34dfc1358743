"""Incremental builds of turns and conversations against whole ones (ADR 011)."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog

import pipelines.conversations as module
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.conversations import Rebuilt, rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.errors import TableChangedError
from pipelines.repair import remove_late_duplicates
from pipelines.settings import LakeSettings
from pipelines.table_definition import TableDefinition
from pipelines.tables import SILVER
from pipelines.views import connect
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation, shuffled
from tests.pipelines.made_stream import Delivery, append, deliver, silver_row

pytestmark = pytest.mark.spec("F2")

DAY_NS = 24 * 3_600 * SECOND_NS
Tables = dict[str, list[dict[str, Any]]]


def _some_events() -> list[AgentEvent]:
    """Conversations over three days, some of one customer, one without an end."""
    talks = [
        conversation(0, customer="anna"),
        conversation(1, outcome="escalated", customer="bert"),
        conversation(2, outcome="failed", start_ns=MONDAY_NS + DAY_NS, customer="anna", tool_calls=2),
        conversation(3, start_ns=MONDAY_NS + 2 * DAY_NS, tenant="acme", customer="anna"),
        conversation(4, start_ns=MONDAY_NS + 2 * DAY_NS, tenant="newcomer")[:9],
    ]
    return [event for talk in talks for event in talk]


def _stream(catalog: SqlCatalog, deliveries: Sequence[Delivery]) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliveries])


def _tables(catalog: SqlCatalog) -> Tables:
    return {
        name: sorted(catalog.load_table(name).scan().to_arrow().to_pylist(), key=str)
        for name in (TURNS.name, CONVERSATIONS.name)
    }


def _snapshots(catalog: SqlCatalog) -> list[int | None]:
    tables = (catalog.load_table(name) for name in (TURNS.name, CONVERSATIONS.name))
    return [table.metadata.current_snapshot_id for table in tables]


def _files_by_day(catalog: SqlCatalog, name: str) -> dict[str, set[str]]:
    files: dict[str, set[str]] = {}
    for task in catalog.load_table(name).scan().plan_files():
        day = date(1970, 1, 1) + timedelta(days=task.file.partition[0])
        files.setdefault(str(day), set()).add(task.file.file_path)
    return files


@contextmanager
def _lake() -> Iterator[tuple[SqlCatalog, DuckDBPyConnection]]:
    with tempfile.TemporaryDirectory() as folder:
        catalog = open_catalog(
            LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
        )
        ensure_tables(catalog)
        with connect(catalog) as connection:
            yield catalog, connection
        catalog.close()


@pytest.mark.spec("A12")
@settings(deadline=None, max_examples=5)
@given(
    seed=st.integers(0, 2**32),
    cuts=st.lists(st.integers(0, 90), min_size=1, max_size=2),
    repeats=st.lists(st.integers(0, 200), max_size=10),
    repaired=st.booleans(),
)
def test_batches_in_any_order_split_and_repetition_end_in_the_tables_of_one_whole_build(
    seed: int, cuts: list[int], repeats: list[int], repaired: bool
) -> None:
    events = _some_events()
    told = deliver(shuffled([*events, *(events[i % len(events)] for i in repeats)], seed))
    bounds = [0, *sorted(cuts), len(told)]
    with _lake() as (catalog, connection):
        for start, stop in pairwise(bounds):
            _stream(catalog, told[start:stop])
            rebuild_conversations(connection, catalog)
        if repaired:
            remove_late_duplicates(connection, catalog, now=datetime(2026, 1, 6, tzinfo=UTC))
            rebuild_conversations(connection, catalog)
        step_by_step = _tables(catalog)
        again = rebuild_conversations(connection, catalog, whole=True)
        assert (again.whole, again.turns.rows, again.conversations.rows) == (True, 0, 0)
    with _lake() as (catalog, connection):
        _stream(catalog, told)
        assert rebuild_conversations(connection, catalog).touched == 5
        assert _tables(catalog) == step_by_step


def test_a_build_with_nothing_new_writes_nothing(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    _stream(catalog, deliver(_some_events()))
    assert rebuild_conversations(connection, catalog).whole
    before = _snapshots(catalog)
    assert rebuild_conversations(connection, catalog).touched == 0
    rebuild_conversations(connection, catalog, whole=True)
    assert _snapshots(catalog) == before


def test_a_late_event_rewrites_its_day_and_tenant_alone(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    told = deliver(_some_events())
    late = next(d for d in told if d.event_id == conversation(0, customer="anna")[3].id)
    _stream(catalog, [d for d in told if d is not late])
    rebuild_conversations(connection, catalog)
    before = _files_by_day(catalog, CONVERSATIONS.name)
    _stream(catalog, [late])
    rebuilt = rebuild_conversations(connection, catalog)
    after = _files_by_day(catalog, CONVERSATIONS.name)
    assert (rebuilt.touched, rebuilt.whole, rebuilt.conversations.rows) == (1, False, 1)
    assert {day for day in before if before[day] != after[day]} == {"2025-03-03"}
    assert len(before["2025-03-03"] & after["2025-03-03"]) == 1  # the other tenant's file of that day
    assert rebuild_conversations(connection, catalog, whole=True).conversations.rows == 0


def test_a_build_that_died_between_its_two_commits_is_done_again(
    catalog: SqlCatalog, connection: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = deliver(_some_events())
    _stream(catalog, told[:40])
    rebuild_conversations(connection, catalog)
    _stream(catalog, told[40:])
    overwrite = module.overwrite_changed

    def dies_at_conversations(*arguments: Any, **options: Any) -> Any:
        if options["fresh"] == "fresh_conversations":
            raise KeyboardInterrupt
        return overwrite(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(module, "overwrite_changed", dies_at_conversations)
        with pytest.raises(KeyboardInterrupt):
            rebuild_conversations(connection, catalog)
    rebuilt = rebuild_conversations(connection, catalog)
    assert (rebuilt.turns.rows, rebuilt.conversations.rows > 0) == (0, True)
    assert rebuild_conversations(connection, catalog, whole=True).conversations.rows == 0


def test_of_two_builds_at_once_one_writes_and_the_other_says_so(
    catalog: SqlCatalog, connection: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stream(catalog, deliver(_some_events()))
    find = module.find_touched

    def overtaken(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(module, "find_touched", find)
        with connect(catalog) as other:
            rebuild_conversations(other, catalog)
        return find(*arguments, **options)

    monkeypatch.setattr(module, "find_touched", overtaken)
    with pytest.raises(TableChangedError, match=r"silver\.turns: another writer"):
        rebuild_conversations(connection, catalog)
    assert len(_tables(catalog)[CONVERSATIONS.name]) == 5


def test_a_compaction_of_the_events_touches_no_conversation(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _stream(catalog, deliver(_some_events()))
    rebuild_conversations(connection, catalog)
    before, events = _snapshots(catalog), catalog.load_table(SILVER.name)
    events.overwrite(events.scan().to_arrow())
    rebuilt = rebuild_conversations(connection, catalog)
    assert (rebuilt.touched, rebuilt.whole, _snapshots(catalog)) == (0, False, before)


def test_where_the_last_builds_snapshot_has_expired_everything_is_computed_and_only_differences_written(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    told = deliver(_some_events())
    _stream(catalog, told[:-9])
    rebuild_conversations(connection, catalog)
    expired = catalog.load_table(SILVER.name).metadata.current_snapshot_id
    assert expired is not None
    _stream(catalog, told[-9:])
    catalog.load_table(SILVER.name).maintenance.expire_snapshots().by_id(expired).commit()
    rebuilt = rebuild_conversations(connection, catalog)
    assert (rebuilt.touched, rebuilt.whole, rebuilt.conversations.rows) == (5, True, 1)


def test_a_change_of_the_sql_computes_everything_anew(
    catalog: SqlCatalog, connection: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stream(catalog, deliver(_some_events()))
    monkeypatch.setattr("pipelines.cursor.rules", lambda: "older")
    monkeypatch.setattr("pipelines.conversations.rules", lambda: "older")
    rebuild_conversations(connection, catalog)
    monkeypatch.undo()
    assert rebuild_conversations(connection, catalog).whole


def test_a_roll_back_of_the_table_is_built_again(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    told = deliver(_some_events())
    _stream(catalog, told[:40])
    rebuild_conversations(connection, catalog)
    early = [
        catalog.load_table(name).metadata.current_snapshot_id for name in (TURNS.name, CONVERSATIONS.name)
    ]
    _stream(catalog, told[40:])
    rebuild_conversations(connection, catalog)
    expected = _tables(catalog)
    for name, snapshot in zip((TURNS.name, CONVERSATIONS.name), early, strict=True):
        assert snapshot is not None
        catalog.load_table(name).manage_snapshots().rollback_to_snapshot(snapshot).commit()
    rebuild_conversations(connection, catalog)
    assert _tables(catalog) == expected


def test_conversations_whose_events_were_erased_leave_the_tables(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _stream(catalog, deliver(_some_events()))
    rebuild_conversations(connection, catalog)
    catalog.load_table(SILVER.name).delete("conversation_id = 'conversation-00001'")
    rebuilt = rebuild_conversations(connection, catalog)
    assert (rebuilt.touched, rebuilt.whole) == (1, False)
    left = {row["conversation_id"] for rows in _tables(catalog).values() for row in rows}
    assert left == {f"conversation-0000{n}" for n in (0, 2, 3, 4)}


def test_what_people_wrote_passes_the_mask_before_it_is_stored(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    def mask(rows: pa.Table, columns: Sequence[str]) -> pa.Table:
        for column in columns:
            place = rows.column_names.index(column)
            rows = rows.set_column(place, column, pc.replace_substring(rows[column], "number", "[MASKED]"))
        return rows

    def build() -> Rebuilt:
        return rebuild_conversations(connection, catalog, mask=mask)

    _stream(catalog, deliver(_some_events()))
    build()
    messages = [row["customer_message"] for row in _tables(catalog)[TURNS.name]]
    assert all("[MASKED]" in text for text in messages)
    assert "number" not in str(messages)
    before = _snapshots(catalog)
    _stream(catalog, [deliver(_some_events())[5]])
    build()
    assert _snapshots(catalog) == before  # a duplicate: the same text is masked in the same way


def test_a_table_of_an_earlier_release_gets_the_columns_that_it_lacks(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    names = [name for name in CONVERSATIONS.schema.column_names if name not in {"handle_ms", "tool_log"}]
    earlier = TableDefinition(
        name=CONVERSATIONS.name, doc="", schema=CONVERSATIONS.schema.select(*names), properties={}
    )
    ensure_tables(catalog, (earlier,))
    _stream(catalog, deliver(_some_events()))
    rebuild_conversations(connection, catalog)
    rows = _tables(catalog)[CONVERSATIONS.name]
    assert sorted(len(row["tool_log"]) for row in rows) == sorted(row["tool_calls"] for row in rows)


def test_silence_of_a_day_ends_a_conversation_that_nothing_new_touches(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    since = datetime(2026, 1, 5, tzinfo=UTC)
    _stream(catalog, deliver(conversation(0)[:6], since=since))
    rebuild_conversations(connection, catalog)
    [row] = _tables(catalog)[CONVERSATIONS.name]
    assert row["outcome"] is None
    _stream(catalog, deliver(conversation(1), since=since + timedelta(hours=25)))
    assert rebuild_conversations(connection, catalog).touched == 2
    outcomes = {row["conversation_id"]: row["outcome"] for row in _tables(catalog)[CONVERSATIONS.name]}
    assert outcomes == {"conversation-00000": "abandoned", "conversation-00001": "resolved"}
    assert rebuild_conversations(connection, catalog, whole=True).conversations.rows == 0
