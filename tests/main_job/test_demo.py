"""The main job as a user runs it: the command, on a stack of its own, twice."""

from typing import Any

import pytest
from duckdb import DuckDBPyConnection

from streaming.contract.cloudevents import Record, decode
from streaming.contract.header_text import decode_headers
from tests.main_job.played import CONVERSATIONS, Played

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


def one(lake: DuckDBPyConnection, sql: str) -> Any:
    row = lake.execute(sql).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.spec("E3", "F4")
def test_every_acknowledged_event_is_where_it_must_be_once(played: Played) -> None:
    stations = played.first["stations"]
    assert stations["acked"] == stations["bronze"] == stations["silver"] > 10 * CONVERSATIONS
    assert [stations[fault] for fault in ("lost", "doubled", "offset_gaps", "duplicates")] == [0, 0, 0, 0]


@pytest.mark.spec("F2", "F4", "E5")
def test_playing_the_same_again_after_a_restart_makes_duplicates_and_no_new_events(played: Played) -> None:
    first, second = played.first["stations"], played.second["stations"]
    assert second["acked"] == 2 * first["acked"]
    assert second["silver"] == first["silver"]
    assert second["duplicates"] == first["silver"]
    assert second["lost"] == second["doubled"] == 0


@pytest.mark.spec("F1", "E1", "E2")
def test_bronze_has_the_events_as_produced_and_they_are_of_the_contract(played: Played) -> None:
    rows = played.lake.execute(
        "select record_key, record_value, headers, event_id, tenant_id from bronze.events"
    ).fetchall()
    for key, value, headers, event_id, tenant in rows:
        event = decode(Record(key, value, [(name, raw or b"") for name, raw in decode_headers(headers)]))
        assert (event.id, event.tenant_id) == (event_id, tenant)


@pytest.mark.spec("F2")
def test_silver_has_every_event_once_and_conversations_are_rebuilt(played: Played) -> None:
    assert one(played.lake, "select count(*) - count(distinct event_id) from silver.events") == 0
    assert one(played.lake, "select count(*) from silver.conversations") == CONVERSATIONS
    assert one(played.lake, "select count(*) from silver.conversations where outcome is null") == 0
    turns = "select sum(turns) from silver.conversations"
    assert one(played.lake, "select count(*) from silver.turns") == one(played.lake, turns)


@pytest.mark.spec("F3", "F8")
def test_gold_adds_up_to_the_conversations(played: Played) -> None:
    assert one(played.lake, "select sum(conversations) from gold.agent_daily") == CONVERSATIONS
    ended = "select sum(resolved + escalated + abandoned + failed) from gold.agent_daily"
    assert one(played.lake, ended) == CONVERSATIONS
    calls = "select count(*) from silver.events where event_type = 'tool_call_end'"
    assert one(played.lake, "select sum(tool_calls) from gold.agent_daily") == one(played.lake, calls)


@pytest.mark.spec("A10")
def test_every_conversation_was_really_held(played: Played) -> None:
    """Each one that did not crash in the record has answers of a model and, somewhere, tool calls."""
    silent = """
        select count(*) from silver.conversations
        where model_calls = 0 and outcome_reason <> 'crashed'
    """
    assert one(played.lake, silent) == 0
    assert (
        one(played.lake, "select count(*) from silver.conversations where tool_calls > 0") > CONVERSATIONS / 2
    )


@pytest.mark.spec("F1", "F2", "F3")
def test_every_layer_is_fresh(played: Played) -> None:
    measured = {each["table_name"]: each for each in played.first["freshness"]}
    assert {"bronze.events", "silver.events", "silver.conversations", "gold.agent_daily"} <= set(measured)
    for each in measured.values():
        assert 0 < each["p50_s"] <= each["p99_s"] <= each["target_s"], each


def test_it_says_what_was_played_and_stops_what_it_started(played: Played) -> None:
    assert f"the first {CONVERSATIONS} of" in played.output
    assert "Dagster: http://127.0.0.1:" in played.output
