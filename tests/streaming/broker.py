"""A real broker for the tests of the producer, in a folder and on ports of its own."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from confluent_kafka import Consumer

from infra.local.configuration import write_configuration
from infra.local.ports import free_ports
from infra.local.programs import kafka_command, kafka_format_command
from infra.local.settings import LocalSettings
from streaming.contract.cloudevents import Record
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError, broker_topics, ensure_topic


class Broker:
    """A broker that can be killed and started again with what it has on disk."""

    def __init__(self, folder: Path) -> None:
        kafka, controller, rest, rpc, dagster = free_ports(5)
        self._local = LocalSettings(
            state_dir=folder,
            jars_dir=LocalSettings().jars,
            kafka_port=kafka,
            kafka_controller_port=controller,
            flink_rest_port=rest,
            flink_rpc_port=rpc,
            dagster_port=dagster,
        )
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.servers = self._local.bootstrap_servers
        write_configuration(self._local)
        subprocess.run(kafka_format_command(self._local), check=True, capture_output=True)

    @property
    def pid(self) -> int:
        """Its process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with (self._folder / "broker.log").open("ab") as log:
            self._process = subprocess.Popen(kafka_command(self._local), stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while not self._answers():
            assert self._process.poll() is None, (self._folder / "broker.log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the broker does not answer"
            time.sleep(0.2)

    def kill(self) -> None:
        """Ends it without a word, and waits until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """Ends it in order."""
        os.kill(self.pid, signal.SIGTERM)
        self._reap()

    def pause(self) -> None:
        """Makes it hang: connections stay, nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Ends a pause."""
        os.kill(self.pid, signal.SIGCONT)

    def topic(self, name: str, partitions: int = 4) -> str:
        """Makes a topic."""
        ensure_topic(StreamingSettings(bootstrap_servers=self.servers, topic=name, partitions=partitions))
        return name

    def records(self, topic: str) -> list[tuple[int, int, Record]]:
        """All that the topic holds: partition, offset, record."""
        consumer = Consumer(
            {
                "bootstrap.servers": self.servers,
                "group.id": "tests",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            consumer.subscribe([topic])
            return list(_read_to_the_end(consumer, topic))
        finally:
            consumer.close()

    def _answers(self) -> bool:
        try:
            broker_topics(StreamingSettings(bootstrap_servers=self.servers), timeout_s=1.0)
        except BrokerUnreachableError:
            return False
        return True

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait(60)
        self._process = None


def _read_to_the_end(consumer: Consumer, topic: str) -> Iterator[tuple[int, int, Record]]:
    partitions = len(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
    ended = 0
    while ended < partitions:
        message = consumer.poll(30)
        assert message is not None, "the topic could not be read to its end"
        if message.error():
            ended += 1
            continue
        headers = cast("list[tuple[str, bytes]]", message.headers() or [])
        record = Record(message.key() or b"", message.value() or b"", headers)
        yield message.partition() or 0, message.offset() or 0, record


@contextmanager
def running_broker(folder: Path) -> Iterator[Broker]:
    """A broker that is stopped whatever happens."""
    broker = Broker(folder)
    broker.start()
    try:
        yield broker
    finally:
        if broker._process is not None:
            broker.resume()
            broker.stop()
