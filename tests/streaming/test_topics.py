import time

import pytest
from confluent_kafka import KafkaError, Message, Producer

from tests.streaming.broker import Broker


@pytest.mark.spec("E3")
@pytest.mark.parametrize("days", [-6, 2, 400])
def test_an_event_of_a_producer_whose_clock_is_wrong_is_taken(broker: Broker, days: int) -> None:
    topic = broker.topic(f"clock-{days}")
    failures: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failures.append(error)

    producer = Producer({"bootstrap.servers": broker.servers, "log_level": 0})
    when_ms = int(1_000 * (time.time() + 86_400 * days))
    producer.produce(topic, b"{}", timestamp=when_ms, on_delivery=delivered)

    assert producer.flush(30) == 0
    assert failures == []
