"""What is kept of events for which there is no room: a weighted sample, and exact counts (spec E3).

Pure: randomness comes in as an argument, nothing waits, nothing is sent.
"""

import heapq
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
Uniform = Callable[[], float]
"""Draws from the uniform distribution on [0, 1)."""


class Kept(NamedTuple, Generic[T]):
    """An item of a sample, and how many it stands for: one over its inclusion probability."""

    item: T
    weight: float


class WeightedSample(Generic[T]):
    """A sample of a stream at a rate, in bounded memory.

    Priority sampling with a floor. An item of weight w draws u and gets the priority v / u,
    where v is w over the mean weight of the items before it; it is kept while its priority is
    above the threshold. The threshold starts at 1 / rate, which keeps the share ``rate`` of the
    stream, and rises to the priority of whatever was pushed out when more than ``capacity`` are
    kept. Given the threshold an item was kept with probability min(1, v / threshold), so the sum
    of f(item) / probability over the sample estimates the sum of f over the stream without bias.

    Source: Duffield, Lund, Thorup, "Priority sampling for estimation of arbitrary subset sums",
    J. ACM 54(6), 2007; the threshold with a floor as in Ting, "Adaptive threshold sampling", 2022.

    Args:
        rate: Share of the stream to keep, while it fits.
        capacity: Items kept at most.
        uniform: Where randomness comes from.
    """

    def __init__(self, rate: float, capacity: int, uniform: Uniform) -> None:
        self._rate = rate
        self._capacity = capacity
        self._uniform = uniform
        self._order = count()
        self._threshold = 1.0 / rate
        self._seen = 0
        self._total = 0.0
        self._heap: list[tuple[float, int, float, T]] = []

    def __len__(self) -> int:
        """Items kept now."""
        return len(self._heap)

    def offer(self, item: T, weight: float = 1.0) -> T | None:
        """Takes an item of the stream.

        Args:
            item: The item.
            weight: How much more likely it is to be kept than an item of weight 1.

        Returns:
            The item that is not kept: this one, or an earlier one that made room; None where all are.
        """
        mean = self._total / self._seen if self._seen else weight
        self._seen += 1
        self._total += weight
        relative = weight / mean
        priority = relative / (1.0 - self._uniform())
        if priority < self._threshold:
            return item
        heapq.heappush(self._heap, (priority, next(self._order), relative, item))
        if len(self._heap) <= self._capacity:
            return None
        self._threshold, _, _, pushed_out = heapq.heappop(self._heap)
        return pushed_out

    def take(self) -> list[Kept[T]]:
        """The sample, in the order of the stream; a new one starts."""
        threshold, kept = self._threshold, sorted(self._heap, key=lambda entry: entry[1])
        self._threshold, self._seen, self._total, self._heap = 1.0 / self._rate, 0, 0.0, []
        return [Kept(item, max(1.0, threshold / relative)) for _, _, relative, item in kept]


class DropTally:
    """Counts what was dropped, by tenant and type."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}

    def add(self, tenant_id: str, event_type: str) -> None:
        """Counts one event."""
        self._counts.setdefault(tenant_id, Counter())[event_type] += 1

    def take(self) -> dict[str, dict[str, int]]:
        """The counts by type, by tenant; counting starts anew."""
        taken = {tenant: dict(counts) for tenant, counts in self._counts.items()}
        self._counts = {}
        return taken

    def __bool__(self) -> bool:
        """Whether anything was counted."""
        return bool(self._counts)
