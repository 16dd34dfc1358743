"""The books of a stack under faults: what was acknowledged, and where each record is now."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from confluent_kafka import Consumer, TopicPartition

from pipelines.accounting import Totals, account, verdict
from pipelines.catalog import open_catalog
from pipelines.receipts import load_receipts
from pipelines.views import connect
from streaming.receipts import recover_receipts
from tests.stack import StackUnderTest


def totals(stack: StackUnderTest) -> Totals:
    """The accounting of the drained stream: what has not arrived is lost."""
    recover_receipts(stack.local.lake.receipts_dir)
    catalog = open_catalog(stack.local.lake)
    with connect(catalog) as connection:
        load_receipts(connection, catalog, stack.local.lake.receipts_dir)
        account(connection, catalog, now=datetime.now(UTC), in_flight=None)
        found = verdict(connection, catalog).totals
    catalog.close()
    return found


def drain(stack: StackUnderTest, timeout_s: float = 300.0) -> None:
    """Waits until the tables have every record of the log."""
    ends = _ends(stack)

    def arrived() -> bool:
        found = dict(stack.query("select kafka_partition, max(kafka_offset) from bronze.events group by all"))
        return all(found.get(partition, -1) >= end - 1 for partition, end in ends.items())

    stack.wait_for("all records in bronze", arrived, timeout_s)
    stack.wait_for_commits()


def wait_for_newer(stack: StackUnderTest, than: datetime, timeout_s: float = 300.0) -> float:
    """Waits until bronze has a record that was handed over later; returns the seconds since then."""
    stack.wait_for(f"a record in bronze that is newer than {than}", lambda: _newest(stack) > than, timeout_s)
    return (datetime.now(UTC) - than).total_seconds()


def until(what: str, condition: Callable[[], bool], timeout_s: float = 120.0, pause_s: float = 0.001) -> None:
    """Waits for an instant that a fault must hit, looking all the time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s"
        time.sleep(pause_s)


def _newest(stack: StackUnderTest) -> datetime:
    found: datetime | None = stack.query("select max(broker_time) from bronze.events")[0][0]
    return found or datetime.fromtimestamp(0, UTC)


def _ends(stack: StackUnderTest) -> dict[int, int]:
    streaming = stack.local.streaming
    consumer = Consumer(
        {"bootstrap.servers": streaming.bootstrap_servers, "group.id": "books", "log_level": 0}
    )
    try:
        return {
            partition: consumer.get_watermark_offsets(TopicPartition(streaming.topic, partition), timeout=60)[
                1
            ]
            for partition in range(streaming.partitions)
        }
    finally:
        consumer.close()
