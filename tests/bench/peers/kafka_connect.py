"""The Iceberg sink of Kafka Connect, in a standalone worker of its own."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from pyiceberg.catalog.sql import SqlCatalog

from infra.local.ports import free_ports
from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.connect_configuration import as_properties, sink_properties, worker_properties
from tests.bench.peers.consuming import wait_for_rows
from tests.bench.peers.errors import PeerNotSetUpError, PeerStoppedError
from tests.bench.peers.jars import JARS
from tests.bench.peers.measured import Measured, Peer
from tests.bench.peers.processes import Processes, running
from tests.bench.peers.tables import PeerTables, commits, create_bronze_without_envelope
from tests.bench.peers.verification import verified_rows

GUARANTEES: Final = (
    "Bronze only, exactly once by its documentation, though Iceberg issues 17340, 17551 and 17637 tell of "
    "doubled and lost rows after rebalances of 1.11.0; it keeps no headers and no event ids, "
    "removes no duplicates, checks and masks nothing, and has no silver and no dead letters."
)

_WORKER: Final = JARS / "worker"
_SINK: Final = JARS / "iceberg-sink"
_HEAP_MB: Final = 1024
_START_S: Final = 120.0
_ENDED_BY_SIGTERM: Final = 143
_GROUP_NOT_YET: Final = frozenset(
    (
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.GROUP_ID_NOT_FOUND,
    )
)
"""What a broker answers while it makes ready the topic of its groups."""


def consume(lake: LakeSettings, streaming: StreamingSettings, records: int) -> Measured:
    """Measures it; see :data:`tests.bench.peers.measured.Consume`.

    Raises:
        PeerNotSetUpError: Its jars are not there.
        PeerStoppedError: The worker or a task of it ended, or the records did not come in time.
        PeerResultError: The table does not hold what the topic holds.
    """
    if PEER.missing:
        raise PeerNotSetUpError(PEER.missing)
    catalog = open_catalog(lake)
    tables = create_bronze_without_envelope(catalog, "peer_kafka_connect")
    with _sink(lake, streaming, tables) as sink:
        first = sink.wait_until_consuming()
        wait_for_rows(catalog, tables.bronze, records, sink.check)
        sink.processes.stop(_ENDED_BY_SIGTERM)
    return _measured(catalog, tables, records, first, first - sink.processes.started)


class Sink:
    """A running worker with one sink."""

    def __init__(self, name: str, processes: Processes, admin: AdminClient, port: int) -> None:
        self.processes = processes
        self._group = f"connect-{name}"
        self._admin = admin
        self._status = f"http://127.0.0.1:{port}/connectors/{name}/status"

    def wait_until_consuming(self) -> float:
        """Waits until the sink has its partitions; returns when, in seconds since the epoch.

        Raises:
            PeerStoppedError: It did not come to that.
        """
        deadline = time.monotonic() + _START_S
        while not self._has_partitions():
            self.processes.check()
            if time.monotonic() > deadline:
                raise PeerStoppedError(
                    f"the sink read nothing within {_START_S:g} s: {self.processes.said()}"
                )
            time.sleep(0.1)
        return time.time()

    def check(self) -> None:
        """Makes sure that the worker and its tasks run.

        Raises:
            PeerStoppedError: One does not.
        """
        self.processes.check()
        tasks: list[dict[str, Any]] = httpx.get(self._status, timeout=30.0).raise_for_status().json()["tasks"]
        for task in tasks:
            if task["state"] == "FAILED":
                raise PeerStoppedError(f"task {task['id']} of the sink failed: {task['trace'][:1500]}")

    def _has_partitions(self) -> bool:
        try:
            group = self._admin.describe_consumer_groups([self._group])[self._group].result()
        except KafkaException as refused:
            if refused.args[0].code() in _GROUP_NOT_YET:
                return False
            raise
        return any(member.assignment.topic_partitions for member in group.members)


@contextmanager
def _sink(lake: LakeSettings, streaming: StreamingSettings, tables: PeerTables) -> Iterator[Sink]:
    name = f"peer-{time.time_ns()}"
    admin = AdminClient({"bootstrap.servers": streaming.bootstrap_servers})
    # The sink makes no topics, and the broker none by itself.
    admin.create_topics([NewTopic(f"control-{name}", 1, 1)])[f"control-{name}"].result()
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="turnstone-connect-") as made:
        folder = Path(made)
        plugins = folder / "plugins"
        plugins.mkdir()
        (plugins / "iceberg").symlink_to(_SINK)
        worker, sink = folder / "worker.properties", folder / "sink.properties"
        worker.write_text(as_properties(worker_properties(streaming, port, plugins, folder)))
        sink.write_text(
            as_properties(sink_properties(name, lake, streaming, tables.bronze, f"control-{name}"))
        )
        with running([_java(worker, sink)], {}) as processes:
            yield Sink(name, processes, admin, port)


def _java(*configuration: Path) -> list[str]:
    return [
        *("java", f"-Xmx{_HEAP_MB}m", "-cp", f"{_WORKER}/*"),
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "org.apache.kafka.connect.cli.ConnectStandalone",
        *(str(path) for path in configuration),
    ]


def _measured(
    catalog: SqlCatalog, tables: PeerTables, records: int, first: float, startup_s: float
) -> Measured:
    bronze, _ = verified_rows(catalog, tables, records)
    last = commits(catalog.load_table(tables.bronze))[-1][0]
    catalog.close()
    return Measured(last - first, startup_s, bronze, 0, GUARANTEES)


PEER: Final = Peer("Kafka Connect Iceberg sink (bronze only)", consume, GUARANTEES, needs=(_WORKER, _SINK))
