"""When two answers are the same, and what a conversation is before it is sent to a peer."""

from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.sql_session import SqlSession
from pipelines.tables import SILVER
from tests.bench.tracers.answers import differences
from tests.bench.tracers.comparison import DOCUMENTS, _rows
from tests.bench.tracers.told import Told, read_conversations
from tests.pipelines.conftest import catalog, connection, lake_settings
from tests.pipelines.made_events import conversation
from tests.pipelines.made_stream import append, deliver, silver_row

__all__ = ["catalog", "connection", "lake_settings"]

ANSWERS: dict[str, list[list[Any]]] = {
    "volume": [["2025-03-03", "v1", 3], ["2025-03-03", "v2", 4]],
    "latency": [["acme", 1000.0]],
    "tool_errors": [["find", 0.25]],
    "cost": [["v1", 0.5]],
    "worst": [["b", 3], ["a", 2]],
}


def test_the_order_of_rows_does_not_matter_but_for_the_worst() -> None:
    assert differences(ANSWERS, ANSWERS | {"volume": ANSWERS["volume"][::-1]}) == []
    assert differences(ANSWERS, ANSWERS | {"worst": ANSWERS["worst"][::-1]}) != []


@pytest.mark.parametrize(
    ("question", "row", "same"),
    [
        ("latency", ["acme", 1009.0], True),
        ("latency", ["acme", 1020.0], False),
        ("cost", ["v1", 0.5 + 1e-12], True),
        ("cost", ["v1", 0.5001], False),
        ("tool_errors", ["find", 0.26], False),
        ("tool_errors", ["look", 0.25], False),
        ("volume", ["2025-03-03", "v1", 2], False),
    ],
)
def test_numbers_may_differ_by_what_sketches_and_sums_differ(
    question: str, row: list[Any], same: bool
) -> None:
    theirs = ANSWERS | {question: [row, *ANSWERS[question][1:]]}
    assert (differences(ANSWERS, theirs) == []) is same


@pytest.mark.spec("F2")
def test_a_conversation_is_sent_with_all_that_silver_knows_of_it(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    events = [event for number in range(4) for event in conversation(number, tool_calls=2, failing_tools=1)]
    append(catalog, SILVER.name, [silver_row(one) for one in deliver(events)])
    rebuild_conversations(connection, catalog)
    documents = SqlSession(connection, catalog).run(DOCUMENTS).rows
    sent = read_conversations("\n".join(document for (document,) in documents).encode())
    assert len(sent) == 4
    for one in sent:
        assert [turn.message and turn.message[:7] for turn in one.turns] == ["message"] * 2
        assert [turn.ms for turn in one.turns] == [2000.0] * 2
        assert [call.ok for call in one.tools] == [False, True] * 2
        assert len(one.models) == 6
        assert one.started_ns < one.turns[0].started_ns < one.ended_ns


def test_where_the_peers_are_not_set_up_ours_alone_is_told() -> None:
    ours = Told(
        spans=9, start_s=0, load_s=1, disk_bytes=5, seconds=dict.fromkeys(ANSWERS, 0.1), answers=ANSWERS
    )
    assert [row.peers for row in _rows(1, ours, {})] == [{}] * 8
