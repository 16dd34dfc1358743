"""Records that meet a partition that is just being made: spec E3, E4."""

import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from streaming.contract.cloudevents import Record
from streaming.errors import DeliveryError
from streaming.partition import partition_of
from streaming.sender import Sender
from streaming.settings import StreamingSettings
from tests.streaming.broker import Broker, running_broker

_PARTITIONS = 300
"""So many that the broker still makes some when the first records arrive, and refuses these."""
_VALUE = b"x" * 400_000
"""Records of this size are a request each, and keep a broker busy between two."""
_EACH = 40


@pytest.fixture(scope="module")
def busy_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with running_broker(tmp_path_factory.mktemp("sender")) as broker:
        yield broker


class _Acks:
    """Place by number of a record, as the sender told it."""

    def __init__(self) -> None:
        self.places: dict[int, tuple[int, int]] = {}

    def __call__(
        self,
        numbers: Sequence[int],
        _topic: str,
        partitions: Sequence[int],
        offsets: Sequence[int],
        _broker_ms: Sequence[int],
    ) -> None:
        assert not self.places.keys() & set(numbers), "a record was acknowledged twice"
        self.places |= zip(numbers, zip(partitions, offsets, strict=True), strict=True)


def _send_into_a_new_topic(
    broker: Broker, topic: str, prepare: Callable[[Sender[int]], None] = lambda _: None
) -> tuple[Sender[int], _Acks]:
    """Sends to three partitions at once, from the moment when the broker has heard of the topic."""
    settings = StreamingSettings(bootstrap_servers=broker.servers, topic=topic, linger_ms=0)
    acks = _Acks()
    sender = Sender[int](settings, "busy", acks, overrides={"retry.backoff.ms": 10, "log_level": 0})
    sender.discover(5.0)  # the connection stands, the topic is unknown
    broker.topic(topic, _PARTITIONS)
    while not sender.discover(1.0):
        pass
    prepare(sender)
    for number in range(3 * _EACH):
        record = Record(b"%d" % (number % 3), _VALUE, [("number", b"%d" % number)])
        sender.send(record, number)
        sender.poll()
        if number % 3 == 2:
            time.sleep(0.02)
    deadline = time.monotonic() + 60
    while sender.flush(0.1):
        assert time.monotonic() < deadline, f"{sender.in_flight} records are underway"
    sender.close()
    assert sender.acked + sender.failed == 3 * _EACH
    return sender, acks


def _in_broker(broker: Broker, topic: str) -> dict[tuple[int, int], int]:
    """Number of a record by its place."""
    return {
        (partition, offset): int(dict(record.headers)["number"])
        for partition, offset, record in broker.records(topic)
    }


@pytest.mark.stack
@pytest.mark.spec("E3", "E4")
def test_a_partition_that_is_just_being_made_gets_all_records_once_and_in_order(busy_broker: Broker) -> None:
    for turn in range(3):
        topic = f"new-{turn}"
        sender, acks = _send_into_a_new_topic(busy_broker, topic)
        there = _in_broker(busy_broker, topic)
        assert {number: place for place, number in there.items()} == acks.places
        assert len(there) == 3 * _EACH
        for key in range(3):
            place = partition_of(b"%d" % key, _PARTITIONS)
            numbers = [there[place, offset] for offset in range(_EACH)]
            assert numbers == sorted(numbers)
        assert sender.failed == 0


@pytest.mark.stack
@pytest.mark.spec("E3")
def test_a_record_that_the_client_only_infers_to_be_delivered_counts_as_failed(busy_broker: Broker) -> None:
    def take_the_broker_for_acquainted(sender: Sender[int]) -> None:
        for partition in sender._partitions:
            partition.known = True

    for turn in range(20):
        topic = f"inferred-{turn}"
        sender, acks = _send_into_a_new_topic(busy_broker, topic, take_the_broker_for_acquainted)
        there = _in_broker(busy_broker, topic)
        assert all(there[place] == number for number, place in acks.places.items())
        if lost := 3 * _EACH - len(there):
            assert sender.failed >= lost
            with pytest.raises(DeliveryError, match=r"first: taken for delivered .* may be lost"):
                sender.raise_first_error()
            return
    pytest.fail(
        "the client never inferred a delivery: the test proves nothing; has Kafka mended KAFKA-15591?"
    )
