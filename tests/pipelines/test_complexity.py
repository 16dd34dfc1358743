"""How much a customer asks for, by their first message alone (spec H3)."""

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS
from pipelines.queries import query
from pipelines.tables import SILVER
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.pipelines.made_events import conversation, shuffled
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("H3")


@pytest.mark.parametrize(
    ("message", "complexity"),
    [
        (None, None),
        ("", "low"),
        ("Where is my order #W2378156?", "low"),
        ("Where is my order #W2378156? It is W2378156!", "low"),
        ("Where are my orders #W2378156 and #W1234567?", "high"),
        ("Can I cancel it? And also change my address?", "high"),
        ("I want to cancel one item. Can you also tell me my balance?", "middle"),
        ("I would like some help. " * 7, "middle"),
        ("I would like some help. " * 17, "high"),
    ],
)
def test_the_rule_counts_requests_numbers_and_characters(message: str | None, complexity: str | None) -> None:
    connection = duckdb.connect()
    connection.execute(query("complexity_rule"))
    assert connection.execute("select complexity_of(?::varchar)", [message]).fetchall() == [(complexity,)]


def saying(number: int, first: str, later: str) -> list[AgentEvent]:
    """A conversation whose customer says these messages."""
    told = iter([first, later])
    return [
        structs.replace(one, payload=p.MsgReceived(content=next(told)))
        if isinstance(one.payload, p.MsgReceived)
        else one
        for one in conversation(number, turns=2)
    ]


def test_a_conversation_has_the_complexity_of_its_first_message_whatever_came_after(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    easy, hard = "Where is my order?", "Cancel #W1111111, #W2222222 and #W3333333."
    events = [
        *saying(0, easy, hard),
        *saying(1, hard, easy),
        *[one for one in conversation(2) if not isinstance(one.payload, p.MsgReceived)],
    ]
    append(catalog, SILVER.name, [silver_row(one) for one in deliver(shuffled(events, 5))])
    rebuild_conversations(connection, catalog, mask=lambda table, _: table)
    rows = catalog.load_table(CONVERSATIONS.name).scan().to_arrow().to_pylist()
    found = {row["conversation_id"]: (row["complexity"], row["complexity_rule"]) for row in rows}
    assert list(dict(sorted(found.items())).values()) == [("low", 1), ("high", 1), (None, 1)]
