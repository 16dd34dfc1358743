"""What comes from outside: records that are late, doubled, broken, too large or of another time."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from confluent_kafka import KafkaError, Message, Producer
from msgspec import structs

from streaming.contract.cloudevents import SCHEMA_PREFIX, encode
from streaming.contract.payloads import MsgReceived
from streaming.errors import DeliveryError
from streaming.producer import EventProducer
from tests.faults.load import Load, event, load
from tests.faults.scenario import Scenario
from tests.stack import RawRecord, StackUnderTest
from tests.streaming.flink.records import broken_records, with_header

DUPLICATES: Final = 200
POISON: Final = RawRecord(b"\xff\x00 poison", [("ce_id", b"\xff\xfe")])


def _raw(number: int, time_ns: int | None = None) -> RawRecord:
    encoded = encode(event(number, time_ns or time.time_ns()))
    return RawRecord(encoded.value, list(encoded.headers), encoded.key)


def _nothing(_stack: StackUnderTest, _load: Load) -> datetime:
    return datetime.now(UTC)


def _same_body(stack: StackUnderTest, _load: Load) -> datetime:
    sent = [_raw(number) for number in range(DUPLICATES)]
    at = datetime.now(UTC)
    stack.send([*sent, *reversed(sent)])
    return at


def _other_body(stack: StackUnderTest, _load: Load) -> datetime:
    sent = [_raw(number) for number in range(DUPLICATES)]
    at = datetime.now(UTC)
    stack.send([*sent, *(record._replace(value=b'{"cx.content":"another"}') for record in sent)])
    return at


def _broken(stack: StackUnderTest, _load: Load) -> datetime:
    at = datetime.now(UTC)
    stack.send(broken.record for broken in broken_records(f"broken-{at.timestamp()}"))
    return at


def _unknown(stack: StackUnderTest, _load: Load) -> datetime:
    at = datetime.now(UTC)
    stack.send(_of_the_future())
    return at


def _of_the_future() -> Iterator[RawRecord]:
    for number in range(100):
        newer = with_header(_raw(3 * number), "ce_dataschema", f"{SCHEMA_PREFIX}msg_received:7".encode())
        unknown = with_header(_raw(number), "ce_type", b"voice_heard")
        yield from (newer, with_header(unknown, "ce_dataschema", f"{SCHEMA_PREFIX}voice_heard:1".encode()))


def _ten_megabytes(stack: StackUnderTest, _load: Load) -> datetime:
    """Too large: refused to the caller at once. Just fits: goes through. Both beside other events."""
    at = datetime.now(UTC)
    small = event(0, time.time_ns())
    with EventProducer(stack.local.streaming) as producer:
        for size in (900_000, 10_000_000):
            big = structs.replace(event(0, time.time_ns()), payload=MsgReceived(content="x" * size))
            if size < 1_000_000:
                producer.emit(big)
                continue
            with pytest.raises(DeliveryError, match="of 10000"):
                producer.emit(big)
        producer.emit(small)
        producer.drain()
    _broker_refuses(stack, b'{"cx.content":"' + b"x" * 10_000_000 + b'"}')
    return at


def _broker_refuses(stack: StackUnderTest, value: bytes) -> None:
    refused: list[int] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        assert error is not None, "the broker took 10 MB"
        refused.append(error.code())

    producer = Producer(
        {
            "bootstrap.servers": stack.settings.bootstrap_servers,
            "message.max.bytes": 20_000_000,
            "log_level": 0,
        }
    )
    producer.produce(stack.local.streaming.topic, value, on_delivery=delivered)
    assert producer.flush(60) == 0
    assert refused == [KafkaError.MSG_SIZE_TOO_LARGE]


def _clocks(stack: StackUnderTest, _load: Load) -> datetime:
    """Another producer is two days ahead, while the load's own clock is an hour behind."""
    at = datetime.now(UTC)
    with load(stack.environment, "--seconds", "5", "--ahead-s", str(2 * 86_400)):
        pass
    for ahead in (timedelta(days=-6), timedelta(hours=-2), timedelta(hours=2), timedelta(days=2)):
        _send_at(stack, at + ahead)
    return at


def _send_at(stack: StackUnderTest, when: datetime) -> None:
    """A record whose time at the broker is what a wrong clock says."""
    failures: list[str] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(f"{when}: {error}")

    producer = Producer({"bootstrap.servers": stack.settings.bootstrap_servers, "log_level": 0})
    raw = _raw(1, int(when.timestamp() * 1e9))
    producer.produce(
        stack.local.streaming.topic,
        raw.value,
        raw.key,
        headers=list(raw.headers),
        timestamp=int(when.timestamp() * 1_000),
        on_delivery=delivered,
    )
    assert producer.flush(60) == 0
    assert failures == []


def _poison(stack: StackUnderTest) -> None:
    """The first record of every partition is no event."""
    producer = Producer({"bootstrap.servers": stack.settings.bootstrap_servers, "log_level": 0})
    offsets: list[int | None] = []
    for partition in range(stack.local.streaming.partitions):
        producer.produce(
            stack.local.streaming.topic,
            POISON.value,
            headers=list(POISON.headers),
            partition=partition,
            on_delivery=lambda _error, message: offsets.append(message.offset()),
        )
    assert producer.flush(60) == 0
    assert offsets == [0] * stack.local.streaming.partitions, "the topic must be new for this one"


_BROKEN: Final = len(broken_records("how many"))

FIRST: Final = (
    Scenario(
        name="poison at offset 0",
        what="the first record of every partition is neither UTF-8 nor JSON nor has an event id",
        prepare=_poison,
        inject=_nothing,
        unacked=4,
        dead_letters=4,
        once=True,
        seconds=8,
    ),
)
"""What needs an empty topic."""

SCENARIOS: Final = (
    Scenario(
        name="duplicates with the same body",
        what=f"another producer sends {DUPLICATES} events twice",
        inject=_same_body,
        unacked=2 * DUPLICATES,
        duplicates=DUPLICATES,
        seconds=8,
        in_short=False,
    ),
    Scenario(
        name="duplicates with another body",
        what=f"another producer sends {DUPLICATES} events and then others with their ids: the first stay",
        inject=_other_body,
        unacked=2 * DUPLICATES,
        duplicates=DUPLICATES,
        seconds=8,
        in_short=False,
    ),
    Scenario(
        name="malformed, empty, without headers",
        what=f"another producer sends {_BROKEN} records, each broken in another way",
        inject=_broken,
        unacked=_BROKEN,
        dead_letters=_BROKEN,
        seconds=8,
    ),
    Scenario(
        name="unknown type, newer version",
        what="another producer sends 200 events of a type or version that nobody knows: all are kept",
        inject=_unknown,
        unacked=200,
        seconds=8,
        in_short=False,
    ),
    Scenario(
        name="10 MB",
        what="an event of 10 MB is refused, by the producer and by the broker; 0.9 MB go through",
        inject=_ten_megabytes,
        seconds=8,
        in_short=False,
    ),
    Scenario(
        name="late by ten minutes",
        what="all events are ten minutes old",
        inject=_nothing,
        seconds=8,
        load=("--ahead-s", "-600"),
        in_short=False,
    ),
    Scenario(
        name="late by three days",
        what="all events are three days old",
        inject=_nothing,
        seconds=8,
        load=("--ahead-s", "-259200"),
        in_short=False,
    ),
    Scenario(
        name="clocks that are wrong",
        what="one producer an hour behind, one two days ahead, records dated from 6 days ago to 2 days ahead",
        inject=_clocks,
        unacked=4,
        seconds=12,
        load=("--ahead-s", "-3600"),
        in_short=False,
    ),
)
