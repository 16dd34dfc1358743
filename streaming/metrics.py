"""The producer's backpressure, for people and for Prometheus (spec E7)."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from streaming.exposition import Family, Measured, Sample, exposition


class ProducerMetrics(Struct, frozen=True, kw_only=True):
    """The state of a producer at one moment.

    Attributes:
        emitted: Events that callers handed over.
        acked: Events that the broker has.
        failed: Events that the broker refused for good.
        in_flight: Events handed to the Kafka client whose fate is open.
        pending: Events kept for later: sampled ones, or on disk.
        buffer_fill: In flight, as a share of the buffer; safety events may take it above 1.
        acked_per_second: Over the last seconds.
        dropped: Events given up, by type.
        sampled: Events of an overflow that were kept as a sample.
        waits: Emits that waited for room.
        waited_seconds: How long they waited together.
        receipts_unwritten: Receipts in the journal, not in a segment yet.
        spool_bytes: Disk that the spool takes.
    """

    emitted: int
    acked: int
    failed: int
    in_flight: int
    pending: int
    buffer_fill: float
    acked_per_second: float
    dropped: dict[str, int]
    sampled: int
    waits: int
    waited_seconds: float
    receipts_unwritten: int
    spool_bytes: int


_PREFIX: Final = "turnstone_producer_"
_COUNTERS: Final = (
    ("events_emitted_total", "Events that callers handed over.", "emitted"),
    ("events_acked_total", "Events that the broker acknowledged.", "acked"),
    ("events_failed_total", "Events that the broker refused for good.", "failed"),
    ("events_dropped_total", "Events given up, by type.", "dropped"),
    ("events_sampled_total", "Events of an overflow kept as a sample.", "sampled"),
    ("waits_total", "Emits that waited for room.", "waits"),
    ("wait_seconds_total", "Seconds that emits waited for room.", "waited_seconds"),
)
_GAUGES: Final = (
    ("events_in_flight", "Events with the Kafka client, fate open.", "in_flight"),
    ("events_pending", "Events kept for later, sampled or on disk.", "pending"),
    ("buffer_fill_ratio", "Events in flight as a share of the buffer.", "buffer_fill"),
    ("acked_events_per_second", "Events acknowledged a second, lately.", "acked_per_second"),
    ("receipts_unwritten", "Receipts not in a ledger segment yet.", "receipts_unwritten"),
    ("spool_bytes", "Disk that the spool takes.", "spool_bytes"),
)


def producer_families(
    counted: Mapping[str, ProducerMetrics], gauged: Mapping[str, ProducerMetrics]
) -> list[Measured]:
    """The metrics of some producers.

    Args:
        counted: Producers whose counters are told, by id.
        gauged: Those whose gauges are told as well; of a producer that is gone they would mislead.
    """
    return [
        *(
            (Family(_PREFIX + name, "counter", help_), _samples(counted, field))
            for name, help_, field in _COUNTERS
        ),
        *(
            (Family(_PREFIX + name, "gauge", help_), _samples(gauged, field))
            for name, help_, field in _GAUGES
        ),
    ]


def prometheus_text(metrics: ProducerMetrics, producer_id: str) -> str:
    """The metrics of one producer in Prometheus' text format 0.0.4."""
    told = {producer_id: metrics}
    return exposition(producer_families(told, told))


def _samples(producers: Mapping[str, ProducerMetrics], field: str) -> list[Sample]:
    samples: list[Sample] = []
    for producer_id, metrics in sorted(producers.items()):
        value = getattr(metrics, field)
        if isinstance(value, dict):
            samples += [
                Sample({"producer": producer_id, "type": key}, count) for key, count in sorted(value.items())
            ]
        else:
            samples.append(Sample({"producer": producer_id}, value))
    return samples


class RateWindow:
    """A rate over the last seconds, from a counter that only grows.

    Args:
        seconds: Length of the window.
    """

    def __init__(self, seconds: float = 5.0) -> None:
        self._seconds = seconds
        self._seen: list[tuple[float, int]] = []

    def observe(self, at: float, total: int) -> None:
        """Notes the counter at a time in seconds."""
        if self._seen and at - self._seen[-1][0] < self._seconds / 10:
            return
        self._seen.append((at, total))
        while len(self._seen) > 2 and at - self._seen[1][0] >= self._seconds:
            self._seen.pop(0)

    def per_second(self) -> float:
        """Growth a second between the first and the last observation of the window."""
        if len(self._seen) < 2:
            return 0.0
        (first_at, first), (last_at, last) = self._seen[0], self._seen[-1]
        return (last - first) / (last_at - first_at)
