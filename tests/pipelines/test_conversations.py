import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.queries import query
from pipelines.tables import SILVER
from streaming.contract import names
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation, conversations, shuffled
from tests.pipelines.made_stream import HANDED_OVER, append, deliver, silver_row

Rows = list[dict[str, Any]]


def _rebuild(
    catalog: SqlCatalog, connection: DuckDBPyConnection, events: Iterable[AgentEvent]
) -> tuple[Rows, Rows]:
    """Turns and conversations of events that are all there is in silver."""
    silver = catalog.load_table(SILVER.name)
    if silver.current_snapshot():
        silver.delete("event_id is not null")
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(events)])
    rebuild_conversations(connection, catalog)
    turns = catalog.load_table(TURNS.name).scan().to_arrow().to_pylist()
    whole = catalog.load_table(CONVERSATIONS.name).scan().to_arrow().to_pylist()
    return (
        sorted(turns, key=lambda row: (row["conversation_id"], row["turn"])),
        sorted(whole, key=lambda row: row["conversation_id"]),
    )


def _at(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns // 1_000 / 1e6, UTC)


@pytest.mark.spec("F2")
def test_a_conversation_is_one_row_with_all_that_happened(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(
        3,
        turns=2,
        tool_calls=3,
        failing_tools=1,
        outcome="escalated",
        reward=0.0,
        tenant="acme",
        version="v7",
    )
    _, [row] = _rebuild(catalog, connection, events)
    by_type = [event.type for event in events]
    ended = next(event for event in events if event.type == "conversation_ended")
    expected = {
        "tenant_id": "acme",
        "conversation_id": "conversation-00003",
        "agent_version": "v7",
        "agent_name": "retail",
        "channel": "chat",
        "scenario": "task-3",
        "started_at": _at(events[0].time_ns),
        "ended_at": _at(ended.time_ns),
        "duration_ms": pytest.approx((ended.time_ns - events[0].time_ns) / 1e6),
        "outcome": "escalated",
        "outcome_reason": "customer_done",
        "handover_reason": "agent_transfer",
        "handed_over": True,
        "reward": 0.0,
        "turns": 2,
        "steps": 8,
        "responses": 2,
        "first_response_ms": 2_000.0,
        "response_ms": [2_000.0, 2_000.0],
        "model_calls": 8,
        "model_ms": 4_000.0,
        "input_tokens": 800,
        "output_tokens": 80,
        "tokens_estimated": True,
        "cost_usd": pytest.approx(0.008),
        "tool_calls": 6,
        "tool_errors": 2,
        "tool_ms": 240.0,
        "tools": ["get_order_details"],
        "errors": 0,
        "events": len(by_type),
    }
    assert {name: row[name] for name in expected} == expected


@pytest.mark.spec("F2")
def test_a_turn_is_one_row_with_what_was_said_and_done_in_it(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0, turns=3, tool_calls=1)
    turns, _ = _rebuild(catalog, connection, events)
    assert [row["turn"] for row in turns] == [1, 2, 3]
    for row in turns:
        received = next(e for e in events if e.type == "msg_received" and e.turn == row["turn"])
        assert row["customer_message"] == f"message {row['turn']}, it's number 0"
        assert row["agent_response"] == f"answer {row['turn']}"
        assert row["started_at"] == _at(received.time_ns)
        assert (row["model_calls"], row["tool_calls"], row["response_ms"]) == (2, 1, 2_000.0)
        assert row["ended_at"] < row["started_at"].replace(minute=59)  # a later grade is not the turn's end


@pytest.mark.spec("F2")
def test_a_conversation_that_still_runs_has_no_outcome_yet(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = [e for e in conversation(0) if e.type not in {"conversation_ended", "outcome_recorded"}]
    _, [row] = _rebuild(catalog, connection, events)
    assert (row["outcome"], row["ended_at"], row["duration_ms"], row["reward"]) == (None, None, None, None)
    assert row["steps"] == 4  # counted from the model's answers until the runtime says


@pytest.mark.spec("F2", "A12")
def test_the_newest_grade_and_the_newest_rating_win(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0, reward=0.0)
    last = events[-1]

    def later(payload: p.Payload, seconds: int, event_id: str) -> AgentEvent:
        return AgentEvent(
            **{name: getattr(last, name) for name in AgentEvent.__struct_fields__}
            | {"id": event_id, "payload": payload, "time_ns": last.time_ns + seconds * SECOND_NS}
        )

    events += [
        later(p.OutcomeRecorded(name="task_reward", score=1.0), 20, "b"),
        later(p.OutcomeRecorded(name="task_reward", score=0.5), 10, "c"),
        later(p.OutcomeRecorded(name="politeness", score=0.1), 30, "d"),
        later(p.FeedbackReceived(rating=2), 5, "e"),
        later(p.FeedbackReceived(rating=4), 6, "f"),
    ]
    _, [row] = _rebuild(catalog, connection, events)
    assert (row["reward"], row["rating"]) == (1.0, 4)


def _told(rows: Rows) -> Rows:
    """Rows without the time of their delivery, which differs by design."""
    return [{name: value for name, value in row.items() if name != "data_through"} for row in rows]


@pytest.mark.spec("F2", "A12")
@settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), repeats=st.lists(st.integers(0, 70), max_size=20))
def test_order_and_duplicates_of_delivery_change_nothing(
    catalog: SqlCatalog, connection: DuckDBPyConnection, seed: int, repeats: list[int]
) -> None:
    events = [*conversation(0, tool_calls=2, failing_tools=1), *conversation(1, outcome="escalated")]
    delivered = shuffled([*events, *(events[i % len(events)] for i in repeats)], seed)
    expected, actual = (_rebuild(catalog, connection, told) for told in (events, delivered))
    assert [_told(rows) for rows in actual] == [_told(rows) for rows in expected]


def test_a_rebuild_replaces_the_one_before_and_says_how_far_its_data_goes(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _rebuild(catalog, connection, conversations(3))
    _, rows = _rebuild(catalog, connection, conversations(2))
    assert [row["conversation_id"] for row in rows] == ["conversation-00000", "conversation-00001"]
    newest = max(row["data_through"] for row in rows)
    assert newest == HANDED_OVER.replace(microsecond=1_000 * (sum(row["events"] for row in rows) - 1))
    summary = catalog.load_table(CONVERSATIONS.name).current_snapshot().summary  # type: ignore[union-attr]
    assert summary is not None
    assert summary["turnstone.data-through-us"] == str(round(newest.timestamp() * 1e6))


def test_no_events_make_no_conversations(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    rebuilt = rebuild_conversations(connection, catalog)
    assert (rebuilt.turns.rows, rebuilt.conversations.rows) == (0, 0)


@pytest.mark.spec("F7")
def test_a_tenant_and_day_have_their_own_files(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    day = 24 * 3_600 * SECOND_NS
    events = [
        event
        for number in range(4)
        for event in conversation(number, tenant=f"t{number % 2}", start_ns=MONDAY_NS + number // 2 * day)
    ]
    _rebuild(catalog, connection, events)
    table = catalog.load_table(CONVERSATIONS.name)
    everything = list(table.scan().plan_files())
    one = list(table.scan("tenant_id = 't1' and started_at < '2025-03-04T00:00:00+00:00'").plan_files())
    assert (len(everything), len(one)) == (4, 1)


def test_payload_fields_that_the_sql_reads_are_names_of_the_contract() -> None:
    known = {value for name, value in vars(names).items() if name.isupper()}
    read = set(re.findall(r"'([a-z_]+\.[a-z_.]+)'", query("typed_events")))
    parsed = set(re.findall(r'"([a-z_]+\.[a-z_.]+)":', query("typed_events")))
    assert read == parsed
    assert read <= known
