"""Produces dead letters again, repaired or as they were, with receipts (spec E5, F2)."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import cast

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from msgspec import Struct, structs

from streaming.contract.dead_letters import REPLAY_OF, REPLAY_REPAIR, DeadLetter
from streaming.errors import DeliveryError, DrainTimeoutError
from streaming.receipts import ReceiptLedger, new_producer_id
from streaming.repairs import UNCHANGED, Repair, has_event_id
from streaming.settings import StreamingSettings


class Planned(Struct, frozen=True, kw_only=True):
    """What becomes of a dead letter.

    Attributes:
        letter: The letter.
        record: What is produced again, None where nothing is.
        refusal: Why nothing is, None where something is.
    """

    letter: DeadLetter
    record: DeadLetter | None = None
    refusal: str | None = None


class Replayed(Struct, frozen=True, kw_only=True):
    """A dead letter that the broker acknowledged again."""

    letter: DeadLetter
    event_id: str
    repair: str
    topic: str
    partition: int
    offset: int
    broker_time: datetime


def plan(letter: DeadLetter, repair: Repair) -> Planned:
    """Decides what is produced for a letter.

    A record without an idempotency key is refused: after a crash nobody could tell whether
    it was produced once or twice.
    """
    repaired = repair.apply(letter)
    if repair.name != UNCHANGED and repaired == letter:
        return Planned(letter=letter, refusal="the repair changes nothing about it")
    if not has_event_id(repaired):
        return Planned(letter=letter, refusal="it has no UUIDv7 in ce_id; the repair add-id gives it one")
    headers = {**repaired.headers, REPLAY_OF: letter.place.encode(), REPLAY_REPAIR: repair.name.encode()}
    return Planned(letter=letter, record=structs.replace(repaired, headers=headers))


class Reproducer:
    """Produces planned letters to the topic that they came from.

    Args:
        settings: Where the broker is and where receipts go.
        repair: The repair that made the records.
        timeout_s: Seconds that a batch may take to be acknowledged.
    """

    def __init__(self, settings: StreamingSettings, repair: Repair, *, timeout_s: float = 60.0) -> None:
        self._repair = repair
        self._timeout_s = timeout_s
        producer_id = f"replay-{new_producer_id(pid=os.getpid())}"
        self._ledger = ReceiptLedger(settings.receipts_dir, producer_id)
        self._done: list[Replayed] = []
        self._refused: list[KafkaError] = []
        self._producer = Producer(
            {
                "bootstrap.servers": settings.bootstrap_servers,
                "client.id": f"turnstone-{producer_id}",
                "enable.idempotence": True,
                "acks": "all",
                "max.in.flight": 1,  # more, and one that is refused may count as delivered: see Sender
                "compression.type": "zstd",
                "partitioner": "murmur2_random",
                "message.max.bytes": 32 * 1024 * 1024,
            }
        )

    def produce(self, records: Iterable[Planned]) -> list[Replayed]:
        """Produces what is planned, and waits for it; returns what was acknowledged."""
        self._done = []
        for each in records:
            if each.record is not None:
                self._send(each.letter, each.record)
        self._producer.flush(self._timeout_s)
        self._ledger.write_segment()
        return self._done

    def require_all(self) -> None:
        """Fails where something was not acknowledged.

        Raises:
            DeliveryError: The broker refused a record for good.
            DrainTimeoutError: Records were on their way when the time ran out.
        """
        if self._refused:
            raise DeliveryError(
                f"{len(self._refused)} replays refused; first: {self._refused[0].str()}"
            ) from KafkaException(self._refused[0])
        if waiting := len(self._producer):
            raise DrainTimeoutError(
                f"{waiting} replays not acknowledged after {self._timeout_s:g} s; run the replay again:"
                " it looks in bronze for what arrived"
            )

    def _send(self, letter: DeadLetter, record: DeadLetter) -> None:
        send = partial(
            self._producer.produce,
            letter.topic,
            value=record.value,
            key=record.key,
            headers=cast("list[tuple[str, str | bytes | None]]", list(record.headers.items())),
            on_delivery=partial(self._delivered, letter, record),
        )
        while True:
            try:
                send()
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as refused:
                self._refused.append(refused.args[0])
                return
            else:
                self._producer.poll(0)
                return

    def _delivered(
        self, letter: DeadLetter, record: DeadLetter, error: KafkaError | None, message: Message
    ) -> None:
        if error is not None:
            self._refused.append(error)
            return
        partition, offset = cast("tuple[int, int]", (message.partition(), message.offset()))
        event_id = (record.headers["ce_id"] or b"").decode()
        _, broker_ms = message.timestamp()
        self._ledger.record(event_id, letter.topic, partition, offset, broker_ms)
        self._done.append(
            Replayed(
                letter=letter,
                event_id=event_id,
                repair=self._repair.name,
                topic=letter.topic,
                partition=partition,
                offset=offset,
                broker_time=datetime.fromtimestamp(broker_ms / 1_000, UTC),
            )
        )
