"""The repair of silver while the stream job commits to it: two writers, two languages, one table."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import StartsWith

from pipelines.catalog import open_catalog
from pipelines.repair import remove_late_duplicates
from pipelines.tables import SILVER
from pipelines.views import connect
from tests.stack import Coordinates, StackUnderTest
from tests.streaming.flink.records import event, records

pytestmark = [pytest.mark.stack, pytest.mark.spec("E5", "F2")]

EVENTS = 8_000
ROUNDS = 6
FORGOTTEN = 1_000_000_000
"""Added to the offset of a row that stands for a duplicate which came after the stream forgot its event."""


def test_the_repair_loses_nothing_that_the_stream_commits_meanwhile(stack: StackUnderTest) -> None:
    coordinates: list[Coordinates] = []
    sending = threading.Thread(
        target=lambda: coordinates.extend(stack.send(records("repair", EVENTS), per_second=400))
    )
    sending.start()
    catalog = open_catalog(stack.local.lake)
    added = removed = 0
    try:
        stack.wait_for("a first part in silver", lambda: _in_silver(stack).total() > 100)
        with connect(catalog) as connection:
            for number in range(ROUNDS):
                added += _append_late_duplicates(catalog, number)
                removed += remove_late_duplicates(connection, catalog, now=datetime.now(UTC)).removed
    finally:
        sending.join(120)
        catalog.close()
    stack.wait_until_in_bronze(coordinates)

    assert removed == added > 0
    assert _in_silver(stack) == Counter(event("repair", n).id for n in range(EVENTS))
    told = stack.query(
        "select topic, kafka_partition, kafka_offset from ops.repairs where kafka_offset >= $since",
        {"since": FORGOTTEN},
    )
    assert len(told) == len(set(told)) == removed


def _in_silver(stack: StackUnderTest) -> Counter[str]:
    rows = stack.query("select event_id from silver.events where conversation_id like 'repair-%'")
    return Counter(event_id for (event_id,) in rows)


def _append_late_duplicates(catalog: SqlCatalog, number: int) -> int:
    """Writes up to fifty rows of the stream a second time, as records of eight days later."""
    table = catalog.load_table(SILVER.name)
    rows = table.scan(StartsWith("conversation_id", "repair-")).to_arrow().slice(number * 50, 50)
    offsets = pc.add(rows["kafka_offset"], FORGOTTEN * (number + 1))
    later = pc.add(rows["broker_time"], pa.scalar(timedelta(days=8)))
    for name, column in (("kafka_offset", offsets), ("broker_time", later)):
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), column)
    table.append(rows)
    return int(rows.num_rows)
