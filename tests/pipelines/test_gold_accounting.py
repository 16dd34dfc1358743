"""From silver to gold nothing is lost, counted twice or left waiting; one query makes gold here."""

from datetime import UTC, datetime, timedelta

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.derived_tables import CONVERSATIONS, GOLD_ACCOUNTING
from pipelines.gold_accounting import MART, GoldTotals, account_gold, gold_totals
from pipelines.mart_builds import plan_build
from pipelines.publishing import publish
from pipelines.tables import SILVER
from pipelines.views import refresh
from tests.pipelines.made_events import conversation, conversations
from tests.pipelines.made_stream import HANDED_OVER, Delivery, append, deliver, silver_row

pytestmark = pytest.mark.spec("F4")

NOW = HANDED_OVER + timedelta(hours=2)
_DAYS = """
    select tenant_id, started_at::date as day, agent_version, sum(events)::bigint as events,
        max(data_through) as data_through
    from silver.conversations group by all
"""


def _build_gold(connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
    build = plan_build(catalog, [MART], "made by one query")
    refresh(connection, catalog)
    publish(
        catalog,
        MART,
        connection.sql(_DAYS).to_arrow_reader(),
        partition_by=["day"],
        properties=build.properties,
    )


def _books(
    connection: DuckDBPyConnection, catalog: SqlCatalog, *, may_wait: timedelta | None = timedelta(minutes=15)
) -> GoldTotals:
    account_gold(connection, catalog, now=NOW, may_wait=may_wait)
    return gold_totals(connection, catalog)


@pytest.fixture
def built(connection: DuckDBPyConnection, catalog: SqlCatalog) -> list[Delivery]:
    """Four conversations of two tenants, built up to gold."""
    deliveries = deliver(conversations(4))
    append(catalog, SILVER.name, [silver_row(d) for d in deliveries])
    rebuild_conversations(connection, catalog)
    _build_gold(connection, catalog)
    return deliveries


def test_what_is_built_up_to_gold_balances_in_every_partition_and_hour(
    connection: DuckDBPyConnection, catalog: SqlCatalog, built: list[Delivery]
) -> None:
    totals = _books(connection, catalog, may_wait=None)
    assert totals.balanced
    assert totals.silver == totals.conversations == totals.gold == len(built)
    rows = catalog.load_table(GOLD_ACCOUNTING.name).scan().to_arrow().to_pylist()
    hour = datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert {(r["kafka_partition"], r["hour"]): r["gold"] for r in rows} == {
        (partition, hour): sum(d.partition == partition for d in built) for partition in (0, 1)
    }
    assert all(r["balanced"] for r in rows)


@pytest.mark.usefixtures("built")
def test_a_planted_loss_between_silver_and_conversations_is_caught(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    catalog.load_table(CONVERSATIONS.name).delete("conversation_id == 'conversation-00002'")
    totals = _books(connection, catalog)
    assert not totals.balanced
    assert totals.lost_before_conversations == len(conversation(2))
    assert totals.message.startswith(f"{len(conversation(2))} of conversations that lack events. ")


@pytest.mark.usefixtures("built")
def test_a_planted_loss_between_conversations_and_gold_is_caught(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    catalog.load_table(MART).delete("tenant_id == 'acme'")
    totals = _books(connection, catalog)
    assert not totals.balanced
    assert totals.lost_before_gold == len(conversation(0)) + len(conversation(2))


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize("table", [CONVERSATIONS.name, MART])
def test_a_planted_duplicate_is_caught_wherever_it_is(
    connection: DuckDBPyConnection, catalog: SqlCatalog, table: str
) -> None:
    rows = catalog.load_table(table).scan().to_arrow()
    catalog.load_table(table).append(rows.slice(0, 1))
    totals = _books(connection, catalog)
    assert not totals.balanced
    assert totals.doubled > 0
    assert "counted more often than they are there" in totals.message


@pytest.mark.usefixtures("built")
def test_rows_of_events_that_silver_never_had_are_caught(
    connection: DuckDBPyConnection, catalog: SqlCatalog
) -> None:
    rows = catalog.load_table(CONVERSATIONS.name).scan().to_arrow().to_pylist()
    append(catalog, CONVERSATIONS.name, [{**rows[0], "conversation_id": "invented"}])
    assert _books(connection, catalog).doubled >= rows[0]["events"]


def test_a_planted_late_event_waits_at_first_and_is_caught_where_no_build_takes_it(
    connection: DuckDBPyConnection, catalog: SqlCatalog, built: list[Delivery]
) -> None:
    late = deliver(conversation(0, turns=3)[-1:], since=NOW - timedelta(minutes=5))
    append(catalog, SILVER.name, [silver_row(d) for d in late])
    waiting = _books(connection, catalog, may_wait=timedelta(minutes=15))
    assert waiting.balanced
    assert (waiting.waiting, waiting.gold) == (1, len(built))
    overdue = _books(connection, catalog, may_wait=timedelta(minutes=4))
    assert not overdue.balanced
    assert overdue.message.startswith("1 wait longer than they may. ")
    rebuild_conversations(connection, catalog)
    behind = _books(connection, catalog, may_wait=None)
    assert (behind.conversations, behind.gold, behind.overdue) == (len(built) + 1, len(built), 1)
    _build_gold(connection, catalog)
    totals = _books(connection, catalog, may_wait=None)
    assert totals.balanced
    assert totals.gold == len(built) + 1
