"""The producer: events into Kafka, idempotent, acknowledged by all, with receipts (spec E3)."""

import os
from functools import partial
from types import TracebackType
from typing import Self, cast

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from msgspec import Struct

from streaming.contract.cloudevents import encode
from streaming.contract.events import AgentEvent
from streaming.errors import DeliveryError, DrainTimeoutError
from streaming.receipts import ReceiptLedger, new_producer_id
from streaming.settings import StreamingSettings


class ProducerCounts(Struct):
    """What a producer did so far, in events."""

    emitted: int = 0
    acked: int = 0
    failed: int = 0
    waited: int = 0
    """Emits that found the buffer full and waited for room."""


class EventProducer:
    """Sends events in the background and keeps the broker's receipts.

    Emitting encodes the event and puts it into the client's buffer. A full buffer makes
    the caller wait: nothing is dropped.

    Args:
        settings: Where the broker is and where receipts go.
        producer_id: Name of this producer in the ledger.
        overrides: Settings of librdkafka that win over ours.
    """

    POLL_EVERY = 64
    """Emits between two looks at the broker's answers."""

    def __init__(
        self,
        settings: StreamingSettings,
        producer_id: str | None = None,
        overrides: dict[str, str | int | bool] | None = None,
    ) -> None:
        self.producer_id = producer_id or new_producer_id(pid=os.getpid())
        self.counts = ProducerCounts()
        self._topic = settings.topic
        self._ledger = ReceiptLedger(settings.receipts_dir, self.producer_id)
        self._first_error: KafkaError | None = None
        self._producer = Producer(
            {
                "bootstrap.servers": settings.bootstrap_servers,
                "client.id": f"turnstone-{self.producer_id}",
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "zstd",
                "partitioner": "murmur2_random",
                "linger.ms": 20,
                "queue.buffering.max.messages": 200_000,
                **(overrides or {}),
            }
        )

    @classmethod
    def from_environment(cls) -> Self:
        """A producer by the settings of the environment."""
        return cls(StreamingSettings())

    def emit(self, event: AgentEvent) -> None:
        """Hands an event over; its receipt comes later.

        Raises:
            DeliveryError: The broker refused an earlier event for good.
        """
        record = encode(event)
        self.counts.emitted += 1
        send = partial(
            self._producer.produce,
            self._topic,
            value=record.value,
            key=record.key,
            headers=cast("list[tuple[str, str | bytes | None]]", record.headers),
            on_delivery=partial(self._delivered, event.id),
        )
        try:
            send()
        except BufferError:
            self.counts.waited += 1
            self._send_when_there_is_room(send)
        if self.counts.emitted % self.POLL_EVERY == 0:
            self._producer.poll(0)
            self._raise_first_error()

    def drain(self, timeout_s: float = 60.0) -> None:
        """Waits until every event is acknowledged and its receipt on disk.

        Raises:
            DeliveryError: The broker refused an event for good.
            DrainTimeoutError: Some events were still on their way after ``timeout_s`` seconds.
        """
        waiting = self._producer.flush(timeout_s)
        self._ledger.write_segment()
        self._raise_first_error()
        if waiting:
            raise DrainTimeoutError(
                f"{waiting} of {self.counts.emitted} events not acknowledged after {timeout_s:g} s; "
                f"is the broker of topic {self._topic!r} up? Their fate is unknown: accounting will tell"
            )

    def __enter__(self) -> Self:
        """A producer that drains when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drains, also when the block failed: what was emitted happened."""
        self.drain()

    def _send_when_there_is_room(self, send: partial[None]) -> None:
        while True:
            self._producer.poll(0.1)
            try:
                send()
            except BufferError:
                self._raise_first_error()
            else:
                return

    def _delivered(self, event_id: str, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.counts.failed += 1
            self._first_error = self._first_error or error
            return
        self.counts.acked += 1
        _, broker_time_ms = message.timestamp()
        partition, offset = cast("tuple[int, int]", (message.partition(), message.offset()))
        self._ledger.record(event_id, self._topic, partition, offset, broker_time_ms)

    def _raise_first_error(self) -> None:
        if self._first_error is not None:
            error = self._first_error
            raise DeliveryError(
                f"{self.counts.failed} events refused by topic {self._topic!r}; first: {error.str()}"
            ) from KafkaException(error)
