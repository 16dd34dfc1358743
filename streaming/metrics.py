"""The producer's backpressure, for people and for Prometheus (spec E7)."""

from typing import Final, NamedTuple

from msgspec import Struct


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


class _Family(NamedTuple):
    name: str
    kind: str
    help: str
    field: str


_FAMILIES: Final = (
    _Family("events_emitted_total", "counter", "Events that callers handed over.", "emitted"),
    _Family("events_acked_total", "counter", "Events that the broker acknowledged.", "acked"),
    _Family("events_failed_total", "counter", "Events that the broker refused for good.", "failed"),
    _Family("events_dropped_total", "counter", "Events given up, by type.", "dropped"),
    _Family("events_sampled_total", "counter", "Events of an overflow kept as a sample.", "sampled"),
    _Family("events_in_flight", "gauge", "Events with the Kafka client, fate open.", "in_flight"),
    _Family("events_pending", "gauge", "Events kept for later, sampled or on disk.", "pending"),
    _Family("buffer_fill_ratio", "gauge", "Events in flight as a share of the buffer.", "buffer_fill"),
    _Family("acked_events_per_second", "gauge", "Events acknowledged a second, lately.", "acked_per_second"),
    _Family("waits_total", "counter", "Emits that waited for room.", "waits"),
    _Family("wait_seconds_total", "counter", "Seconds that emits waited for room.", "waited_seconds"),
    _Family("receipts_unwritten", "gauge", "Receipts not in a ledger segment yet.", "receipts_unwritten"),
    _Family("spool_bytes", "gauge", "Disk that the spool takes.", "spool_bytes"),
)


def prometheus_text(metrics: ProducerMetrics, producer_id: str) -> str:
    """The metrics in Prometheus' text format 0.0.4."""
    lines: list[str] = []
    for family in _FAMILIES:
        name = f"turnstone_producer_{family.name}"
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
        value = getattr(metrics, family.field)
        if isinstance(value, dict):
            lines += [
                f'{name}{{producer="{producer_id}",type="{key}"}} {n}' for key, n in sorted(value.items())
            ]
        else:
            lines.append(f'{name}{{producer="{producer_id}"}} {value}')
    return "\n".join(lines) + "\n"


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
