"""Which days a build of gold is for, on real tables; the mart is made here by one query."""

from datetime import date

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.conversations import rebuild_conversations
from pipelines.days import ALL_DAYS, Days
from pipelines.mart_builds import days_behind, plan_build
from pipelines.publishing import publish
from pipelines.tables import SILVER
from pipelines.views import refresh
from tests.pipelines.made_events import MONDAY_NS, SECOND_NS, conversation
from tests.pipelines.made_stream import append, deliver, silver_row

pytestmark = pytest.mark.spec("F3")

MART = "gold.by_day"
MONDAY, TUESDAY, WEDNESDAY = (date(2025, 3, day) for day in (3, 4, 5))
_ROWS = "select started_at::date as day, count(*) as conversations from silver.conversations group by all"


def _talk(catalog: SqlCatalog, connection: DuckDBPyConnection, number: int, day: int) -> None:
    start = MONDAY_NS + day * 86_400 * SECOND_NS
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversation(number, start_ns=start))])
    rebuild_conversations(connection, catalog)


def test_a_build_is_for_the_days_that_changed_and_for_those_that_were_asked_for(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    for number in (0, 1, 2):
        _talk(catalog, connection, number, number)
    first = plan_build(catalog, [MART], "v1", Days.parse("2025-03-04"))
    assert first.days is None  # nothing tells what an earlier build had
    refresh(connection, catalog)
    rows = connection.sql(_ROWS).to_arrow_reader()
    publish(catalog, MART, rows, partition_by=["day"], properties=first.properties)
    assert plan_build(catalog, [MART], "v1").days == []
    assert plan_build(catalog, [MART], "v1", Days.parse("2025-03-04")).days == [TUESDAY]
    assert plan_build(catalog, [MART], "v1", ALL_DAYS).days == [MONDAY, TUESDAY, WEDNESDAY]
    _talk(catalog, connection, 3, 2)
    assert days_behind(catalog, MART) == [WEDNESDAY]
    assert plan_build(catalog, [MART], "v1", Days.parse("2025-03-03")).days == [MONDAY, WEDNESDAY]
    assert plan_build(catalog, [MART], "v2", Days.parse("2025-03-03")).days is None
