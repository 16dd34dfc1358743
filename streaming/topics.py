"""Makes the topic of the events, and tells whether the broker answers."""

from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

from streaming.errors import TransientError
from streaming.settings import StreamingSettings

ANY_TIME: Final = str(2**63 - 1)
"""Milliseconds that the clock of a producer may be ahead: brokers refuse more than an hour unless told so."""


class BrokerUnreachableError(TransientError):
    """The broker did not answer."""


def ensure_topic(settings: StreamingSettings, timeout_s: float = 30.0) -> bool:
    """Creates the topic of the events unless it is there.

    Returns:
        Whether it was created.

    Raises:
        BrokerUnreachableError: The broker did not answer, or could not create it.
    """
    topic = NewTopic(
        settings.topic,
        num_partitions=settings.partitions,
        replication_factor=settings.replication_factor,
        config={"message.timestamp.after.max.ms": ANY_TIME},
    )
    client = admin_client(settings)  # named, or it is gone before the answer comes
    try:
        client.create_topics([topic], request_timeout=timeout_s)[settings.topic].result()
    except KafkaException as refused:
        error: KafkaError = refused.args[0]
        if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise BrokerUnreachableError(
            f"topic {settings.topic!r} could not be created at {settings.bootstrap_servers}: {error.str()}"
        ) from refused
    return True


def broker_topics(settings: StreamingSettings, timeout_s: float = 2.0) -> dict[str, int]:
    """Number of partitions by topic, asked of the broker.

    Raises:
        BrokerUnreachableError: It did not answer within ``timeout_s`` seconds.
    """
    try:
        metadata = admin_client(settings).list_topics(timeout=timeout_s)
    except KafkaException as refused:
        raise BrokerUnreachableError(
            f"the broker at {settings.bootstrap_servers} does not answer: {refused.args[0].str()}"
        ) from refused
    return {name: len(topic.partitions) for name, topic in metadata.topics.items()}


def admin_client(settings: StreamingSettings) -> AdminClient:
    """A client that asks the broker of the settings, quietly."""
    options: dict[str, Any] = {
        "bootstrap.servers": settings.bootstrap_servers,
        "reconnect.backoff.ms": 100,
        "reconnect.backoff.max.ms": 500,
        # The client shouts about every refused connection; the caller hears it from us.
        "log_level": 0,
    }
    return AdminClient(options)
