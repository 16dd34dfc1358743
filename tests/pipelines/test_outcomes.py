"""How conversations ended, what came afterwards, and rows of odd input."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.tables import SILVER
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("F2")

HOUR_NS = 3_600 * SECOND_NS


def _rows(
    catalog: SqlCatalog,
    connection: DuckDBPyConnection,
    events: list[AgentEvent],
    name: str = CONVERSATIONS.name,
) -> list[dict[str, Any]]:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(events)])
    rebuild_conversations(connection, catalog)
    rows: list[dict[str, Any]] = catalog.load_table(name).scan().to_arrow().to_pylist()
    return sorted(rows, key=lambda row: (row["conversation_id"], row.get("turn")))


def _after(events: list[AgentEvent], payload: p.Payload, hours: float) -> AgentEvent:
    """An event of the same conversation some hours after its last one."""
    last = events[-1]
    time_ns = last.time_ns + int(hours * HOUR_NS)
    new = seeded_ids(f"{last.conversation_id}/{payload}")(time_ns)
    return structs.replace(last, id=new, time_ns=time_ns, payload=payload)


@pytest.mark.parametrize(
    ("told", "handed_over", "outcome"),
    [
        ("resolved", False, "resolved"),
        ("abandoned", False, "abandoned"),
        ("escalated", True, "escalated"),
        ("resolved", True, "escalated"),
        ("failed", True, "failed"),
        (None, True, "escalated"),
        (None, False, None),
        ("vanished", False, "unknown"),
    ],
)
def test_the_outcome_follows_the_rule_and_tells_its_version(
    catalog: SqlCatalog,
    connection: DuckDBPyConnection,
    told: str | None,
    handed_over: bool,
    outcome: str | None,
) -> None:
    events = conversation(0, reward=None)
    ended = events.pop()
    if handed_over:
        events.append(_after(events, p.Handover(reason="asked", summary="wants a human"), 0))
    rows = [silver_row(d) for d in deliver([*events, ended] if told else events)]
    if told:
        rows[-1]["payload"] = rows[-1]["payload"].replace('"resolved"', f'"{told}"')
    append(catalog, SILVER.name, rows)
    rebuild_conversations(connection, catalog)
    [row] = catalog.load_table(CONVERSATIONS.name).scan().to_arrow().to_pylist()
    assert (row["outcome"], row["outcome_told"], row["outcome_rule"]) == (outcome, told, 1)
    assert row["handover_summary"] == ("wants a human" if handed_over else None)


@pytest.mark.spec("N3")
def test_outcomes_that_come_days_later_join_their_conversation(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0, reward=None)
    [before] = _rows(catalog, connection, events)
    assert [before[name] for name in ("rating", "csat", "refund_settled", "hallucination")] == [None] * 4
    later = [
        _after(events, p.FeedbackReceived(rating=4, comment="quick"), 5),
        _after(events, p.OutcomeRecorded(name="csat", score=3.5), 30),
        _after(events, p.OutcomeRecorded(name="hallucination", score=0.25), 40),
        _after(events, p.OutcomeRecorded(name="refund_settled", score=54.5), 24 * 9),
    ]
    [row] = _rows(catalog, connection, later)
    assert (row["rating"], row["feedback_comment"], row["csat"]) == (4, "quick", 3.5)
    assert (row["hallucination"], row["refund_settled"]) == (0.25, True)
    assert row["refund_settled_at"] == row["last_event_at"] > row["last_contact_at"]
    assert (row["outcome"], row["duration_ms"]) == (before["outcome"], before["duration_ms"])


def test_a_customer_who_comes_back_within_a_day_is_told_by_the_conversation_before(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    first = conversation(0, customer="anna", tenant="acme")
    [row] = _rows(catalog, connection, first)
    assert (row["recontacted_within_24h"], row["recontact_at"]) == (False, None)
    start = first[-2].time_ns
    others = [
        *conversation(1, customer="anna", tenant="globex", start_ns=start + HOUR_NS),
        *conversation(2, customer="bert", tenant="acme", start_ns=start + 2 * HOUR_NS),
        *conversation(3, customer="anna", tenant="acme", start_ns=start + 23 * HOUR_NS),
        *conversation(4, customer=None, tenant="acme", start_ns=start + 24 * HOUR_NS),
        *conversation(5, customer="anna", tenant="acme", start_ns=start + 49 * HOUR_NS),
    ]
    rows = _rows(catalog, connection, others)
    assert [r["recontacted_within_24h"] for r in rows] == [True, False, False, False, None, False]
    assert rows[0]["recontact_at"] == rows[3]["started_at"]
    assert rebuild_conversations(connection, catalog, whole=True).conversations.rows == 0


def test_a_wide_row_tells_tools_models_guardrails_experiments_and_errors(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0, turns=2, tool_calls=2, failing_tools=1, customer="anna")
    events += [
        _after(events, p.GuardrailTriggered(guardrail="cap", layer="tool", action="refused"), 0),
        _after(events, p.ExperimentExposure(experiment="tone", variant="b"), 0),
        _after(events, p.Error(error_type="Timeout", message="model"), 0),
    ]
    [row] = _rows(catalog, connection, events)
    assert row["tool_counts"] == [("get_order_details", 4)]
    assert [(c["turn"], c["ok"], c["error_type"]) for c in row["tool_log"]] == [
        (1, False, "NotFound"),
        (1, True, None),
        (2, False, "NotFound"),
        (2, True, None),
    ]
    assert sum(c["cost_usd"] for c in row["model_log"]) == pytest.approx(row["cost_usd"])
    assert (row["guardrails"], row["guardrails_triggered"]) == (["tool/cap"], 1)
    assert (row["exposures"], row["error_types"], row["errors"]) == (["tone=b"], ["Timeout"], 1)
    assert (row["customer_key"], row["total_response_ms"]) == ("anna", 4_000.0)
    assert 0 < row["handle_ms"] <= (row["last_event_at"] - row["started_at"]).total_seconds() * 1e3


def test_a_turn_without_its_start_is_a_row_without_a_message(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = [e for e in conversation(0) if not (e.type == "msg_received" and e.turn == 2)]
    rows = _rows(catalog, connection, events, TURNS.name)
    assert [row["turn"] for row in rows] == [1, 2]
    assert (rows[1]["customer_message"], rows[1]["agent_response"]) == (None, "answer 2")
    assert rows[1]["started_at"] > rows[0]["started_at"]


def test_a_clock_that_jumps_back_moves_the_start_and_makes_no_duration_negative(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0, reward=None)
    jumped = [structs.replace(e, time_ns=e.time_ns - HOUR_NS) for e in events[6:-1]]
    [row] = _rows(catalog, connection, [*events[:6], *jumped, events[-1]])
    assert row["started_at"] == datetime.fromtimestamp(jumped[0].time_ns // 1_000 / 1e6, UTC)
    assert min(row["duration_ms"], row["handle_ms"], *row["response_ms"]) >= 0
    assert row["events"] == len(events)


def test_two_versions_in_one_conversation_count_for_the_first_and_are_both_told(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0, version="v1")
    events[5:] = [structs.replace(e, agent_version="v2") for e in events[5:]]
    [row] = _rows(catalog, connection, events)
    assert (row["agent_version"], row["agent_versions"]) == ("v1", ["v1", "v2"])


def test_what_a_producer_says_of_itself_is_no_conversation(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = conversation(0)
    report = p.EventsDropped(dropped={"error": 3}, sampled={}, sample_rate=0.01, duration=1)
    dropped = structs.replace(_after(events, report, 0), conversation_id="producer-1")
    rows = _rows(catalog, connection, [*events, dropped])
    assert [row["conversation_id"] for row in rows] == ["conversation-00000"]
    assert rebuild_conversations(connection, catalog, whole=True).touched == 1


def test_a_redelivery_with_an_earlier_time_of_hand_over_is_the_one_that_counts(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    told = deliver(conversation(0, start_ns=MONDAY_NS))
    append(catalog, SILVER.name, [silver_row(d) for d in told])
    rebuild_conversations(connection, catalog)
    early = replace(told[-1], broker_time=told[0].broker_time, offset=99)
    append(catalog, SILVER.name, [silver_row(early)])
    rebuild_conversations(connection, catalog)
    [row] = catalog.load_table(CONVERSATIONS.name).scan().to_arrow().to_pylist()
    assert (row["data_through"], row["events"]) == (told[-2].broker_time, len(told))


def test_a_tenant_seen_for_the_first_time_gets_rows_and_files_of_its_own(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    _rows(catalog, connection, conversation(0, tenant="acme"))
    before = _files(catalog)
    rows = _rows(catalog, connection, conversation(1, tenant="initech"))
    assert [row["tenant_id"] for row in rows] == ["acme", "initech"]
    appeared = _files(catalog) - before
    assert before <= _files(catalog)
    assert appeared
    assert all("tenant_id=initech" in path for path in appeared)


def _files(catalog: SqlCatalog) -> set[str]:
    tables = (catalog.load_table(name) for name in (TURNS.name, CONVERSATIONS.name))
    return {task.file.file_path for table in tables for task in table.scan().plan_files()}
