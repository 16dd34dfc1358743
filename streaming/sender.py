"""Hands records to the Kafka client and learns what became of them."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streaming.contract.cloudevents import Record
from streaming.errors import DeliveryError, TopicUnknownError
from streaming.partition import Placement
from streaming.settings import StreamingSettings

TOPIC_TIMEOUT_S: Final = 30.0
"""How long a caller waits for a broker that never answered."""

_AT_ONCE: Final = 32
"""Records given to the client between two chances for other threads."""
_PAUSE_S: Final = 0.0001
"""What such a chance lasts at least; a thread that never waits would take 5 ms to give way."""
_IDLE_S: Final = 0.02
"""Seconds between two looks of the background where no caller wakes it."""
_LEAVE_BELOW: Final = 1_000
"""Records underway from which callers give theirs to the client themselves: they are too many to wait for
something else, and two threads that give at once hinder each other."""
_LARGE: Final = 65_536
"""Bytes of a value from which its caller does so too: what is left must not take much memory."""
_INFERRED: Final = "taken for delivered because a later one was, and may be lost"

_log = logging.getLogger(__name__)

T = TypeVar("T")
Acknowledged = Callable[[Sequence[T], str, Sequence[int], Sequence[int], Sequence[int]], None]
"""Takes, for some records that the broker has, what the caller gave with each; the topic; and of each
the partition, the offset, and the broker's time in ms."""


class _Partition(Generic[T]):
    """A partition as this producer sees it."""

    __slots__ = ("awaiting", "held", "known")

    def __init__(self) -> None:
        self.awaiting: deque[T] = deque()
        """What callers gave with the records that the client has, in order."""
        self.known = False
        """Whether the broker has a record of ours in it."""
        self.held: list[tuple[Record, T]] = []
        """What waits until it has."""


class _Answered(NamedTuple, Generic[T]):
    """What the broker has since the last look, a column each."""

    tokens: list[T]
    partitions: list[int]
    offsets: list[int]
    broker_ms: list[int]


class Sender(Generic[T]):
    """A bounded number of records on their way to the broker.

    The client takes several microseconds for a record with headers. So a caller leaves a record
    to a background thread, which gives it to the client in the callers' order while they wait for
    something else; callers that never wait give theirs themselves.

    The client reports deliveries without saying whose they are. So the sender places each
    record itself and keeps what is underway in order, a queue a partition: an idempotent
    producer whose records never expire is answered in that order. That costs a tenth of a
    callback object a record.

    A broker that knows nothing of a producer in a partition takes whatever batch comes first
    (KAFKA-15591, until Kafka 4.5). Where it refuses one, because the topic is new or its leader
    just moved, and takes the next, the client infers that it has both: the first is lost, and
    reported as delivered. So the first record of a partition goes alone until it is answered. Where
    the client infers a delivery all the same, it knows no offset: such a record counts as failed.

    Args:
        settings: Where the broker is, and how much may be underway.
        client_id: Name of the client, as the broker sees it.
        acknowledged: Called with what the broker has, from whichever thread polls, one at a time.
            What it fails to take is given again.
        reserve: Records underway beyond ``buffer_events`` that :meth:`try_send` may be allowed.
        overrides: Settings of librdkafka that win over ours.
    """

    def __init__(
        self,
        settings: StreamingSettings,
        client_id: str,
        acknowledged: Acknowledged[T],
        *,
        reserve: int = 0,
        overrides: dict[str, str | int | bool] | None = None,
    ) -> None:
        self.topic = settings.topic
        self.capacity = settings.buffer_events
        self.reserve = reserve
        self.acked = 0
        self._undelivered = 0
        self._refused = 0
        self.waits = 0
        self.waited_s = 0.0
        self.polled_at = time.monotonic()
        self._servers = settings.bootstrap_servers
        self._sent = 0
        self._acknowledged = acknowledged
        self._partitions: list[_Partition[T]] = []
        self._released: deque[_Partition[T]] = deque()
        self._held_bytes = 0
        self._most_held_bytes = settings.buffer_mb * 1024 * 1024
        self._answered = _Answered[T]([], [], [], [])
        self._placement: Placement | None = None
        self._unknown = "it did not answer yet"
        self._first_error: KafkaError | None = None
        self._sending = threading.Lock()
        self._giving = threading.Lock()
        self._left: deque[tuple[Record, T]] = deque()
        self._wake = threading.Event()
        self._asleep = False
        self._full = False
        self._closed = False
        self._polling = threading.Lock()
        self._largest = int((overrides or {}).get("message.max.bytes", 1_000_000))
        self._client = Producer(
            {
                "message.max.bytes": self._largest,
                "bootstrap.servers": settings.bootstrap_servers,
                "client.id": client_id,
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "zstd",
                "linger.ms": settings.linger_ms,
                "message.timeout.ms": 0,
                "queue.buffering.max.messages": self.capacity + reserve,
                "queue.buffering.max.kbytes": settings.buffer_mb * 1024,
                "reconnect.backoff.ms": 250,
                "reconnect.backoff.max.ms": 1_000,
                "logger": _log,
                **(overrides or {}),
                "on_delivery": self._delivered,
            }
        )
        self._background = threading.Thread(target=self._give_on, name="turnstone-sender", daemon=True)
        self._background.start()

    @property
    def failed(self) -> int:
        """Records that the broker or the client refused for good."""
        return self._undelivered + self._refused

    @property
    def in_flight(self) -> int:
        """Records handed over whose fate is open."""
        return self._sent - self.acked - self.failed

    @property
    def ready(self) -> bool:
        """Whether the partitions of the topic are known."""
        return self._placement is not None

    def discover(self, timeout_s: float) -> bool:
        """Asks the broker for the topic's partitions.

        Returns:
            Whether it said; :meth:`require_topic` tells why not.
        """
        try:
            found = self._client.list_topics(self.topic, timeout=timeout_s).topics[self.topic]
        except KafkaException as silent:
            self._unknown = silent.args[0].str()
            return False
        if found.error is not None:
            self._unknown = found.error.str()
            return False
        with self._giving:
            count = len(found.partitions)
            self._partitions += [_Partition() for _ in range(count - len(self._partitions))]
            if self._placement is None or count > self._placement.partitions:
                self._placement = Placement(count)
        return True

    def require_topic(self) -> None:
        """Fails where the topic is unknown.

        Raises:
            TopicUnknownError: The broker is silent, or has no such topic.
        """
        if self._placement is None:
            raise TopicUnknownError(
                f"topic {self.topic!r} at {self._servers}: {self._unknown}; "
                "is the broker up, and the topic created (`turnstone up`)?"
            )

    def try_send(self, record: Record, token: T, reserve: int = 0) -> bool:
        """Hands a record over if there is room.

        Args:
            record: What to send.
            token: What :data:`Acknowledged` is called with.
            reserve: How much beyond the capacity this record may use.

        Returns:
            Whether it was taken.

        Raises:
            DeliveryError: It can never be sent, for example because it is too large.
        """
        self.require_fit(record)
        with self._sending:
            underway = self.in_flight
            if self._full or self._placement is None or underway >= self.capacity + reserve:
                return False
            self._left.append((record, token))
            self._sent += 1
        if underway >= _LEAVE_BELOW or len(record.value) > _LARGE:
            with self._giving:
                self._give(len(self._left))
        elif self._asleep:
            self._wake.set()
        return True

    def send(self, record: Record, token: T, reserve: int = 0) -> None:
        """Hands a record over, waiting until there is room; arguments as for :meth:`try_send`.

        Raises:
            DeliveryError: It can never be sent.
            TopicUnknownError: The broker did not tell the topic's partitions for half a minute.
        """
        if self.try_send(record, token, reserve):
            return
        self.waits += 1
        started = time.monotonic()
        while not self.try_send(record, token, reserve):
            if self.ready:
                self.poll(0.02)
            elif not self.discover(1.0):
                if time.monotonic() - started > TOPIC_TIMEOUT_S:
                    self.require_topic()
                time.sleep(0.1)
        self.waited_s += time.monotonic() - started

    def require_fit(self, record: Record) -> None:
        """Fails where a record is larger than the client takes.

        Raises:
            DeliveryError: It is.
        """
        if len(record.value) < self._largest // 2:
            return
        size = len(record.key) + len(record.value) + sum(len(k) + len(v) for k, v in record.headers)
        if size > self._largest:
            raise DeliveryError(f"a record of {size} bytes was refused: the largest has {self._largest}")

    def poll(self, timeout_s: float = 0.0) -> None:
        """Takes the broker's answers, waiting for the first one at most ``timeout_s`` seconds."""
        with self._polling:
            self.polled_at = time.monotonic()
            self._client.poll(timeout_s)
            self._pass_on()

    def flush(self, timeout_s: float) -> int:
        """Sends at once what lingers, and waits.

        Returns:
            Records whose fate is still open after ``timeout_s`` seconds.
        """
        with self._giving:
            self._give(len(self._left))
        with self._polling:
            self._client.flush(timeout_s)
            self._pass_on()
        return self.in_flight

    def close(self) -> None:
        """Ends the client; what is still underway is given up and counts as failed."""
        self._closed = True
        self._wake.set()
        self._background.join()
        with self._giving:
            self._release()
        self._refused += len(self._left) + sum(len(partition.held) for partition in self._partitions)
        self._left.clear()
        if self.in_flight:
            self._client.purge()
        self._client.close()

    def raise_first_error(self) -> None:
        """Fails where the broker refused a record for good.

        Raises:
            DeliveryError: It did.
        """
        if (error := self._first_error) is not None:
            raise DeliveryError(
                f"{self.failed} events refused by topic {self.topic!r}; first: {error.str()}"
            ) from KafkaException(error)

    def _give_on(self) -> None:
        """Gives to the client what callers leave, until the end."""
        while not self._closed:
            self._asleep = True
            if not (self._left or self._released):
                self._wake.wait(_IDLE_S)
            self._asleep = False
            self._wake.clear()
            while (self._left or self._released) and not self._closed:
                with self._giving:
                    self._give(_AT_ONCE)
                time.sleep(_IDLE_S if self._full else _PAUSE_S)

    def _give(self, most: int) -> None:
        """Gives the first records to the client, as many as it takes; the caller holds ``_giving``."""
        self._release()
        for _ in range(min(most, len(self._left))):
            record, token = self._left[0]
            key = record.key
            number = self._placement[key]  # type: ignore[index]  # nothing is taken before it is known
            partition = self._partitions[number]
            awaiting = partition.awaiting
            if partition.held or (awaiting and not partition.known):
                if self._held_bytes >= self._most_held_bytes:
                    self._full = True
                    return
                self._held_bytes += len(record.value)
                partition.held.append(self._left.popleft())
                continue
            awaiting.append(token)
            try:
                self._client.produce(
                    self.topic,
                    record.value,
                    key,
                    number,
                    None,
                    None,
                    0,
                    record.headers,  # type: ignore[arg-type]  # a cast costs 60 ns an event
                )
            except BufferError:  # it has no room for the bytes until answers are taken
                awaiting.pop()
                self._full = True
                return
            except KafkaException as refused:
                awaiting.pop()
                self._refused += 1
                self._first_error = self._first_error or refused.args[0]
            self._left.popleft()
        self._full = False

    def _release(self) -> None:
        """Puts what waited for a partition before what callers left; the caller holds ``_giving``."""
        while self._released:
            partition = self._released.popleft()
            self._held_bytes -= sum(len(record.value) for record, _ in partition.held)
            self._left.extendleft(reversed(partition.held))
            partition.held.clear()

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        number: Any = message.partition()
        partition = self._partitions[number]
        token = partition.awaiting.popleft()
        if not partition.known:
            partition.known = error is None
            self._released.append(partition)
            self._wake.set()
        offset = message.offset()
        if error is None and offset is None:
            error = KafkaError(KafkaError.UNKNOWN, _INFERRED)
        if error is not None:
            self._undelivered += 1
            self._first_error = self._first_error or error
            return
        tokens, partitions, offsets, broker_ms = self._answered
        tokens.append(token)
        partitions.append(number)
        offsets.append(offset)  # type: ignore[arg-type]  # it has one, or it was an error
        broker_ms.append(message.timestamp()[1])

    def _pass_on(self) -> None:
        tokens, partitions, offsets, broker_ms = self._answered
        if tokens:
            self._acknowledged(tokens, self.topic, partitions, offsets, broker_ms)
            self.acked += len(tokens)
            self._answered = _Answered([], [], [], [])
