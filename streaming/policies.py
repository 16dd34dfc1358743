"""What happens to an event when the buffer is full (spec E3).

``wait`` and ``sample`` are here; ``spool``, which needs a disk, is in :mod:`streaming.spooling`.
"""

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple, Protocol

from streaming.contract.cloudevents import Record, encode
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id, span_id_of, trace_id_of
from streaming.contract.payloads import EventsDropped
from streaming.overflow import DropTally, Kept, Uniform, WeightedSample
from streaming.receipts import ReceiptLedger
from streaming.sender import Sender
from streaming.settings import StreamingSettings

WEIGHT_HEADER: Final = "ce_sampleweight"
"""How many events of the overflow this one stands for; absent where it stands for itself."""
RESERVE: Final = 1_000
"""Events underway beyond the capacity that only lossless events, samples and reports may use."""
PRODUCER_VERSION: Final = "producer"
"""The agent version of events that the producer itself emits."""


class Policy(Protocol):
    """Takes events, sends them, and knows what to do when there is no room."""

    sender: Sender[Any]
    dropped: Counter[str]
    """Events given up, by type."""
    sampled: int
    """Events of an overflow that were kept as a sample."""

    @property
    def added(self) -> int:
        """Events that no caller emitted: reports, and what an earlier producer left behind."""

    @property
    def pending(self) -> int:
        """Events taken and not yet handed to the sender."""

    @property
    def disk_bytes(self) -> int:
        """Disk that it takes."""

    def offer(self, event: AgentEvent, record: Record) -> None:
        """Takes an event."""

    def work(self) -> None:
        """Does what is due; called every few milliseconds from the background."""

    def finish(self) -> None:
        """Gets ready to end: whatever waits for a later time is due now."""

    def close(self) -> None:
        """Ends, after the last receipt."""


class Waiting:
    """A full buffer makes the caller wait: nothing is lost.

    Args:
        settings: Where the broker is.
        producer_id: The producer.
        ledger: Where receipts go.
        overrides: Settings of librdkafka that win over ours.
    """

    def __init__(
        self,
        settings: StreamingSettings,
        producer_id: str,
        ledger: ReceiptLedger,
        overrides: dict[str, str | int | bool] | None = None,
    ) -> None:
        self.sender = Sender[bytes](
            settings, f"turnstone-{producer_id}", ledger.record_all, overrides=overrides
        )
        self.added = 0
        self.dropped = Counter[str]()
        self.sampled = 0
        self.pending = 0
        self.disk_bytes = 0

    def offer(self, event: AgentEvent, record: Record) -> None:
        """Sends an event, waiting for room."""
        event_id = event.id.encode()
        if not self.sender.try_send(record, event_id):
            self.sender.send(record, event_id)

    def work(self) -> None:
        """Nothing is ever due."""

    def finish(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is held."""


class _Overflowed(NamedTuple):
    """An event for which there was no room."""

    tenant_id: str
    event_type: str
    event_id: bytes
    record: Record


class Sampling:
    """A full buffer makes safety events and effects wait; of the others a weighted sample is kept.

    The sample and the counts of what was dropped go out every ``drop_report_s`` seconds, through
    places that other events cannot take. Nothing that was handed to the client is ever taken back.

    Args:
        settings: Where the broker is, and what the sample keeps.
        producer_id: The producer; also the conversation of its reports.
        ledger: Where receipts go.
        overrides: Settings of librdkafka that win over ours.
        uniform: Randomness of the sample.
        now_ns: The time of reports.
    """

    def __init__(
        self,
        settings: StreamingSettings,
        producer_id: str,
        ledger: ReceiptLedger,
        overrides: dict[str, str | int | bool] | None = None,
        *,
        uniform: Uniform = random.random,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.sender = Sender[bytes](
            settings, f"turnstone-{producer_id}", ledger.record_all, reserve=RESERVE, overrides=overrides
        )
        self.added = 0
        self.dropped = Counter[str]()
        self.sampled = 0
        self.disk_bytes = 0
        self._producer_id = producer_id
        self._rate = settings.sample_rate
        self._weights = settings.sample_weights
        self._period_ns = int(settings.drop_report_s * 1e9)
        self._sample = WeightedSample[_Overflowed](settings.sample_rate, settings.sample_capacity, uniform)
        self._tally = DropTally()
        self._now_ns = now_ns
        self._since_ns = 0
        self._outbox: deque[tuple[Record, bytes]] = deque()
        self._lock = threading.Lock()
        self._working = threading.Lock()

    @property
    def pending(self) -> int:
        """Events of the sample, and reports, that wait for room."""
        return len(self._sample) + len(self._outbox)

    def offer(self, event: AgentEvent, record: Record) -> None:
        """Sends an event if there is room; else what is lossless waits, and others may be dropped."""
        event_id = event.id.encode()
        if self.sender.try_send(record, event_id):
            return
        if event.payload.lossless:
            self.sender.send(record, event_id, RESERVE)
            return
        with self._lock:
            self._since_ns = self._since_ns or self._now_ns()
            weight = self._weights.get(event.type, 1.0)
            overflowed = _Overflowed(event.tenant_id, event.type, event_id, record)
            dropped = self._sample.offer(overflowed, weight)
            if dropped is not None:
                self.dropped[dropped.event_type] += 1
                self._tally.add(dropped.tenant_id, dropped.event_type)

    def work(self) -> None:
        """Sends samples and reports that are due, as far as there is room."""
        with self._working:
            if self._since_ns and not self._outbox and self._now_ns() - self._since_ns >= self._period_ns:
                self._end_period()
            while self._outbox and self.sender.try_send(*self._outbox[0], RESERVE):
                self._outbox.popleft()

    def finish(self) -> None:
        """Makes the sample and the report due."""
        with self._working:
            if self._since_ns:
                self._end_period()

    def close(self) -> None:
        """Nothing is held."""

    def _end_period(self) -> None:
        with self._lock:
            kept, dropped, since_ns = self._sample.take(), self._tally.take(), self._since_ns
            self._since_ns = 0
        self.sampled += len(kept)
        reports = self._reports(kept, dropped, since_ns)
        self.added += len(reports)
        self._outbox += [(_weighted(k), k.item.event_id) for k in kept]
        self._outbox += [(encode(report), report.id.encode()) for report in reports]

    def _reports(
        self, kept: list[Kept[_Overflowed]], dropped: dict[str, dict[str, int]], since_ns: int
    ) -> list[AgentEvent]:
        sampled: dict[str, Counter[str]] = {}
        for k in kept:
            sampled.setdefault(k.item.tenant_id, Counter())[k.item.event_type] += 1
        now_ns = self._now_ns()
        trace_id = trace_id_of(self._producer_id)
        return [
            AgentEvent(
                id=live_event_id(now_ns),
                time_ns=now_ns,
                conversation_id=self._producer_id,
                tenant_id=tenant_id,
                turn=0,
                trace_id=trace_id,
                span_id=span_id_of(trace_id, 1),
                agent_version=PRODUCER_VERSION,
                payload=EventsDropped(
                    dropped=dropped.get(tenant_id, {}),
                    sampled=dict(sampled.get(tenant_id, {})),
                    sample_rate=self._rate,
                    duration=max(0, now_ns - since_ns),
                ),
            )
            for tenant_id in sorted({*dropped, *sampled})
        ]


def _weighted(kept: Kept[_Overflowed]) -> Record:
    record = kept.item.record
    weight = (WEIGHT_HEADER, repr(kept.weight).encode())
    return Record(key=record.key, value=record.value, headers=[*record.headers, weight])
