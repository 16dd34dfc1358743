"""How far readers are behind the topic: spec E7."""

import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from streaming.lag import BrokerOffsets, Offsets, partition_lags
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError
from tests.streaming.broker import Broker, running_broker

_OFFSET = st.integers(0, 2**40)


@st.composite
def _offsets(draw: st.DrawFn) -> Offsets:
    start, end = sorted((draw(_OFFSET), draw(_OFFSET)))
    return Offsets(start, end, draw(st.none() | _OFFSET))


@pytest.mark.spec("E7")
@given(_offsets(), st.none() | _OFFSET)
def test_a_lag_is_never_below_zero_nor_above_what_is_kept(offsets: Offsets, read: int | None) -> None:
    (lag,) = partition_lags({3: offsets}, {} if read is None else {3: read})
    kept = offsets.end - offsets.start
    assert lag.partition == 3
    assert 0 <= lag.unread <= kept
    assert 0 <= lag.uncommitted <= kept


@pytest.mark.spec("E7")
@given(_offsets(), st.integers(0, 1_000))
def test_what_arrives_is_lag_until_it_is_read(offsets: Offsets, more: int) -> None:
    (before,) = partition_lags({0: offsets}, {0: offsets.end})
    (after,) = partition_lags({0: offsets._replace(end=offsets.end + more)}, {0: offsets.end})
    assert (before.unread, after.unread) == (0, more)


def test_without_word_of_the_job_the_committed_offset_counts() -> None:
    committed, never = Offsets(10, 100, 60), Offsets(10, 100, None)
    lags = partition_lags({1: never, 0: committed}, {})
    assert [(lag.partition, lag.unread, lag.uncommitted) for lag in lags] == [(0, 40, 40), (1, 90, 90)]


def test_what_is_read_and_not_committed_is_told_apart() -> None:
    (lag,) = partition_lags({0: Offsets(0, 100, 60)}, {0: 95})
    assert (lag.unread, lag.uncommitted) == (5, 40)


@pytest.mark.stack
@pytest.mark.spec("E7")
def test_the_broker_tells_ends_and_what_a_group_committed(broker: Broker) -> None:
    settings = StreamingSettings(bootstrap_servers=broker.servers, topic=broker.topic("lag", partitions=2))
    producer = Producer({"bootstrap.servers": broker.servers})
    for _ in range(7):
        producer.produce("lag", value=b"x", partition=1)
    assert producer.flush(30) == 0
    consumer = Consumer(
        {"bootstrap.servers": broker.servers, "group.id": "a-job", "enable.auto.commit": False}
    )
    consumer.commit(offsets=[TopicPartition("lag", 1, 4)], asynchronous=False)
    consumer.close()

    with BrokerOffsets(settings, "a-job") as offsets:
        assert offsets.ask() == {0: Offsets(0, 0, None), 1: Offsets(0, 7, 4)}
    with BrokerOffsets(settings, "another-job") as offsets:
        assert offsets.ask() == {0: Offsets(0, 0, None), 1: Offsets(0, 7, None)}


@pytest.mark.stack
def test_a_broker_that_never_saw_a_group_is_asked_without_harm(tmp_path: Path) -> None:
    """Its topic of offsets is made by the first question; see the note in BrokerOffsets."""
    with running_broker(tmp_path) as fresh:
        settings = StreamingSettings(
            bootstrap_servers=fresh.servers, topic=fresh.topic("fresh", partitions=1)
        )
        with BrokerOffsets(settings, "a-job") as offsets:
            deadline = time.monotonic() + 60
            while (answer := _answer(offsets)) is None:
                assert time.monotonic() < deadline, "the broker never told the group's offsets"
    assert answer == {0: Offsets(0, 0, None)}


def _answer(offsets: BrokerOffsets) -> dict[int, Offsets] | None:
    try:
        return offsets.ask()
    except BrokerUnreachableError:  # while it makes the topic of offsets
        return None


@pytest.mark.stack
def test_a_topic_that_is_missing_is_named(broker: Broker) -> None:
    settings = StreamingSettings(bootstrap_servers=broker.servers, topic="nowhere")
    with BrokerOffsets(settings, "a-job") as offsets, pytest.raises(BrokerUnreachableError, match="nowhere"):
        offsets.ask()


def test_a_broker_that_is_not_there_is_named() -> None:
    settings = StreamingSettings(bootstrap_servers="127.0.0.1:1")
    with (
        BrokerOffsets(settings, "a-job") as offsets,
        pytest.raises(BrokerUnreachableError, match=r"127\.0\.0\.1:1"),
    ):
        offsets.ask()
