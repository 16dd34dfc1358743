"""The real stack for tests, in a folder and on ports of its own."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, Message, Producer

from infra.local.ports import free_ports
from infra.local.settings import LocalSettings
from infra.local.stack import LocalStack
from pipelines.catalog import open_catalog
from pipelines.views import connect
from streaming.flink.rest import ClusterRefusedError, FlinkRest

Headers = list[tuple[str, bytes | None]]


class RawRecord(NamedTuple):
    """What goes to the broker as it is, valid or not."""

    value: bytes | None
    headers: Headers
    key: bytes | None = None


class Coordinates(NamedTuple):
    """Where the broker put a record."""

    partition: int
    offset: int


class StackUnderTest:
    """A running stack, and what tests do with it."""

    def __init__(self, local: LocalStack) -> None:
        self.local = local
        self.settings = local.settings
        self.environment = local.settings.environment()

    def send(self, records: Iterable[RawRecord], per_second: float | None = None) -> list[Coordinates]:
        """Sends records, at most so many a second, and returns where each one went, in order."""
        receipts: dict[int, Coordinates] = {}
        producer = self._producer()
        started = time.monotonic()
        for index, record in enumerate(records):
            self._send_one(producer, index, record, receipts)
            if per_second is not None:
                producer.poll(max(0.0, started + (index + 1) / per_second - time.monotonic()))
        assert producer.flush(60) == 0
        return [receipts[index] for index in sorted(receipts)]

    def query(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of a query over the tables as they are now; tables are ``layer.name``."""
        catalog = open_catalog(self.local.lake)
        with connect(catalog) as connection:
            rows = connection.execute(sql, parameters or {}).fetchall()
        catalog.close()
        return rows

    def wait_for(self, what: str, condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
        """Waits until a condition holds."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s"
            time.sleep(0.5)

    def wait_until_in_bronze(self, sent: Iterable[Coordinates], timeout_s: float = 180.0) -> None:
        """Waits until every record that was sent is in bronze, and so its fate in silver decided."""
        last = {c.partition: c.offset for c in sorted(sent)}

        def arrived() -> bool:
            found = dict(
                self.query("select kafka_partition, max(kafka_offset) from bronze.events group by all")
            )
            return all(found.get(partition, -1) >= offset for partition, offset in last.items())

        self.wait_for("records in bronze", arrived, timeout_s)
        self.wait_for_commits()

    def wait_until_healthy(self, timeout_s: float = 120.0) -> None:
        """Waits until every part of the stack passes its probe."""
        self.wait_for("a healthy stack", lambda: all(row.healthy for row in self.local.status()), timeout_s)

    def wait_for_commits(self) -> None:
        """Waits until what was read by now is committed to every table.

        They commit one by one at each checkpoint: two checkpoints later the last of them is done. The
        checkpoints are asked for, as those of the job are seconds apart.
        """
        rest, name = FlinkRest(self.settings.flink_url), self.local.job.job_name

        def latest() -> int:
            return rest.checkpoints(rest.jobs(name)[0].id).latest_id or 0

        seen = latest()

        def two_more() -> bool:
            if latest() >= seen + 2:
                return True
            with suppress(ClusterRefusedError):  # a job that restarts takes none
                rest.trigger_checkpoint(rest.jobs(name)[0].id)
            return False

        self.wait_for("two more checkpoints", two_more)

    def _producer(self) -> Producer:
        return Producer(
            {
                "bootstrap.servers": self.settings.bootstrap_servers,
                "enable.idempotence": True,
                "acks": "all",
                "max.in.flight": 1,  # more, and one that is refused may count as delivered: see Sender
                "linger.ms": 5,
                "log_level": 0,
            }
        )

    def _send_one(
        self, producer: Producer, index: int, record: RawRecord, receipts: dict[int, Coordinates]
    ) -> None:
        def delivered(error: KafkaError | None, message: Message) -> None:
            assert error is None, str(error)
            partition, offset = message.partition(), message.offset()
            assert partition is not None
            assert offset is not None
            receipts[index] = Coordinates(partition, offset)

        producer.produce(
            self.local.streaming.topic,
            value=record.value,
            key=record.key,
            headers=list(record.headers),
            on_delivery=delivered,
        )
        producer.poll(0)


@contextmanager
def start_stack(folder: Path, **changes: Any) -> Iterator[StackUnderTest]:
    """Starts a stack, and stops it whatever happens.

    Args:
        folder: Its state folder.
        changes: Settings that are not the ones of tests.
    """
    kafka, controller, rest, rpc, dagster = free_ports(5)
    settings: dict[str, Any] = {
        "state_dir": folder,
        "jars_dir": LocalSettings().jars,
        "kafka_port": kafka,
        "kafka_controller_port": controller,
        "flink_rest_port": rest,
        "flink_rpc_port": rpc,
        "dagster_port": dagster,
        "checkpoint_interval_s": 2.0,
        "start_timeout_s": 240.0,
        **changes,
    }
    local = LocalStack(LocalSettings(**settings))
    try:
        local.up()
        yield StackUnderTest(local)
    finally:
        local.down()
