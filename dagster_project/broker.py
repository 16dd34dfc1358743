"""What the broker says about a topic."""

from contextlib import closing

from confluent_kafka import Consumer, KafkaException, TopicPartition

from dagster_project.errors import BrokerUnavailableError
from streaming.settings import StreamingSettings


def end_offsets(settings: StreamingSettings, timeout_s: float = 3.0) -> dict[int, int]:
    """The offset after the last record, by partition of the topic of agent events.

    Raises:
        BrokerUnavailableError: No broker answers, or the topic is not there.
    """
    where = f"topic {settings.topic!r} at {settings.bootstrap_servers}"
    configuration = {
        "bootstrap.servers": settings.bootstrap_servers,
        "group.id": "turnstone-observer",
        "enable.auto.commit": False,
        "log_level": 0,
    }
    with closing(Consumer(configuration)) as consumer:
        try:
            topic = consumer.list_topics(settings.topic, timeout=timeout_s).topics[settings.topic]
            if topic.error is not None:
                raise BrokerUnavailableError(f"{where}: {topic.error.str()}")
            offsets = {
                number: consumer.get_watermark_offsets(
                    TopicPartition(settings.topic, number), timeout=timeout_s
                )
                for number in topic.partitions
            }
        except KafkaException as cause:
            message = f"{where}: no answer within {timeout_s:g} s; is the stack up (`make status`)?"
            raise BrokerUnavailableError(message) from cause
    return {number: ends[1] for number, ends in sorted(offsets.items()) if ends}
