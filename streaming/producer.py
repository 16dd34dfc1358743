"""The producer: events into Kafka, idempotent, acknowledged by all, with receipts (spec E3)."""

import os
import threading
import time
from types import TracebackType
from typing import Final, Self

from msgspec import Struct

from streaming.contract.cloudevents import encode
from streaming.contract.events import AgentEvent
from streaming.errors import DrainTimeoutError, ProducerClosedError, StreamingError
from streaming.metrics import ProducerMetrics, RateWindow
from streaming.partitioning import key_by
from streaming.policies import Policy, Sampling, Waiting
from streaming.published import Publisher
from streaming.receipts import ReceiptLedger, new_producer_id, recover_receipts
from streaming.settings import StreamingSettings
from streaming.spooling import Spooling

_POLL_EVERY: Final = 32
"""Emits between two looks at the broker's answers, where the background does not keep up with them."""
_POLL_ABOVE: Final = 1_000
"""Events underway above which the caller's thread takes answers too."""
_TICK_S: Final = 0.02
"""Seconds between two looks of the background at what is due."""
_DISCOVER_EVERY_S: Final = 60.0
"""Seconds between two looks at how many partitions the topic has."""


class ProducerCounts(Struct):
    """What a producer did so far, in events.

    ``emitted + added = acked + failed + dropped`` once all is settled.
    """

    emitted: int = 0
    acked: int = 0
    failed: int = 0
    waited: int = 0
    """Emits that found the buffer full and waited for room."""
    dropped: int = 0
    """Given up because the buffer was full; only by the policy ``sample``."""
    added: int = 0
    """Sent without being emitted: reports of drops, and what a dead producer left in its spool."""


class EventProducer:
    """Sends events in the background and keeps the broker's receipts.

    Emitting encodes the event and puts it into the client's buffer. What happens when that is
    full is said by the setting ``overflow``. Any thread may emit.

    Args:
        settings: Where the broker is, where receipts go, and what happens on overflow.
        producer_id: Name of this producer in the ledger.
        overrides: Settings of librdkafka that win over ours.
    """

    def __init__(
        self,
        settings: StreamingSettings,
        producer_id: str | None = None,
        overrides: dict[str, str | int | bool] | None = None,
    ) -> None:
        self.producer_id = producer_id or new_producer_id(pid=os.getpid())
        self._emitted = 0
        self._closed = False
        self._failures_told = 0
        self._trouble: OSError | StreamingError | None = None
        recover_receipts(settings.receipts_dir)
        self._ledger = ReceiptLedger(settings.receipts_dir, self.producer_id)
        self._policy = _policy(settings, self.producer_id, self._ledger, overrides)
        self._sender = self._policy.sender
        self._offer = self._policy.offer
        self._key_of = key_by(settings)
        self._rate = RateWindow()
        self._publisher = Publisher(settings.metrics_dir, self.producer_id) if settings.metrics_dir else None
        self._stop = threading.Event()
        self._background = threading.Thread(target=self._run, name="turnstone-producer", daemon=True)
        self._sender.discover(2.0)
        self._background.start()

    @classmethod
    def from_environment(cls) -> Self:
        """A producer by the settings of the environment."""
        return cls(StreamingSettings())

    @property
    def counts(self) -> ProducerCounts:
        """What it did so far."""
        return ProducerCounts(
            emitted=self._emitted,
            acked=self._sender.acked,
            failed=self._sender.failed,
            waited=self._sender.waits,
            dropped=self._policy.dropped.total(),
            added=self._policy.added,
        )

    @property
    def metrics(self) -> ProducerMetrics:
        """Its state now; see :func:`streaming.metrics.prometheus_text`."""
        sender = self._sender
        return ProducerMetrics(
            emitted=self._emitted,
            acked=sender.acked,
            failed=sender.failed,
            in_flight=sender.in_flight,
            pending=self._policy.pending,
            buffer_fill=sender.in_flight / sender.capacity,
            acked_per_second=self._rate.per_second(),
            dropped=dict(self._policy.dropped),
            sampled=self._policy.sampled,
            waits=sender.waits,
            waited_seconds=sender.waited_s,
            receipts_unwritten=self._ledger.unwritten,
            spool_bytes=self._policy.disk_bytes,
        )

    def emit(self, event: AgentEvent) -> None:
        """Hands an event over; its receipt comes later.

        Raises:
            DeliveryError: The event is too large; or, once for each time, the broker refused earlier ones
                for good, and this one was taken.
            ProducerClosedError: The producer was closed.
            TopicUnknownError: The broker never answered, and the policy is to wait.
            OSError: Receipts cannot be written, for example because the disk is full.
        """
        if self._closed:
            raise ProducerClosedError(
                f"producer {self.producer_id} is closed; event {event.id} came after that"
            )
        self._offer(event, encode(event, self._key_of(event)))
        self._emitted += 1
        if self._emitted % _POLL_EVERY == 0:
            # A batch of answers takes a caller a quarter of a millisecond: it is left to the background,
            # which lets go between two of them, unless that one starves beside a caller that never waits.
            if self._sender.in_flight > _POLL_ABOVE:
                self._sender.poll()
            self._raise_news()

    def drain(self, timeout_s: float = 60.0) -> None:
        """Waits until every event is acknowledged and its receipt on disk.

        Raises:
            DeliveryError: The broker refused an event for good.
            DrainTimeoutError: Some events were still on their way after ``timeout_s`` seconds.
        """
        deadline = time.monotonic() + timeout_s
        self._policy.finish()
        while (open_events := self._settle()) and time.monotonic() < deadline:
            self._sender.flush(min(0.1, max(0.0, deadline - time.monotonic())))
        self._ledger.write_segment()
        self._sender.raise_first_error()
        self._raise_news()
        if open_events:
            self._sender.require_topic()
            fate = "the spool has them" if self._policy.disk_bytes else "their fate is unknown"
            raise DrainTimeoutError(
                f"{open_events} of {self._emitted} events not acknowledged after {timeout_s:g} s, {fate}; "
                f"is the broker of topic {self._sender.topic!r} up?"
            )

    def close(self, timeout_s: float = 60.0) -> None:
        """Takes no more events, drains, and ends; closed again, it does nothing.

        Raises:
            DeliveryError: The broker refused an event for good.
            DrainTimeoutError: Some events were still on their way after ``timeout_s`` seconds.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self.drain(timeout_s)
        finally:
            self._stop.set()
            self._background.join()
            self._sender.close()
            self._ledger.write_segment()
            self._policy.close()
            if self._publisher is not None:
                self._publisher.write(self.metrics, ended=True)

    def __enter__(self) -> Self:
        """A producer that is closed when the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drains, also when the block failed: what was emitted happened."""
        self.close()

    def _settle(self) -> int:
        self._policy.work()
        return self._sender.in_flight + self._policy.pending

    def _run(self) -> None:
        """What must happen also when nobody emits: answers, samples, segments."""
        looked = time.monotonic()
        while not self._stop.wait(_TICK_S):
            now = time.monotonic()
            try:
                if now - self._sender.polled_at >= _TICK_S:
                    self._sender.poll()
                self._policy.work()
                self._ledger.write_due()
            except (OSError, StreamingError) as trouble:
                self._trouble = trouble  # the next emit or drain raises it
            self._rate.observe(now, self._sender.acked)
            if self._publisher is not None and self._publisher.due(now):
                self._publisher.write(self.metrics)
            if now - looked >= (_DISCOVER_EVERY_S if self._sender.ready else 1.0):
                self._sender.discover(1.0)
                looked = now

    def _raise_news(self) -> None:
        """Raises what went wrong since the last look."""
        failed = self._sender.failed
        if failed > self._failures_told:
            self._failures_told = failed
            self._sender.raise_first_error()
        if (trouble := self._trouble) is not None:
            self._trouble = None
            raise trouble


def _policy(
    settings: StreamingSettings,
    producer_id: str,
    ledger: ReceiptLedger,
    overrides: dict[str, str | int | bool] | None,
) -> Policy:
    match settings.overflow:
        case "wait":
            return Waiting(settings, producer_id, ledger, overrides)
        case "sample":
            return Sampling(settings, producer_id, ledger, overrides)
        case "spool":
            return Spooling(settings, producer_id, ledger, overrides)
