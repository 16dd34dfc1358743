"""How fast the backbone's counters grow, over the looks of one watcher."""

from collections import defaultdict
from collections.abc import Iterator

from infra.metrics.backbone import Backbone
from streaming.metrics import RateWindow


class Rates:
    """Growth a second, by what grows: ``<topic>/<partition>``, ``read <job>`` or ``unread <job>``."""

    def __init__(self) -> None:
        self._windows: defaultdict[str, RateWindow] = defaultdict(RateWindow)

    def observe(self, backbone: Backbone) -> None:
        """Notes another look."""
        for name, total in _counters(backbone):
            self._windows[name].observe(backbone.at, total)

    def per_second(self, name: str) -> float:
        """Growth over the last seconds; 0 before the second look."""
        return self._windows[name].per_second()


def _counters(backbone: Backbone) -> Iterator[tuple[str, int]]:
    for stream in backbone.streams:
        if stream.unread is not None:
            yield f"unread {stream.name}", stream.unread
            yield f"read {stream.name}", sum(lag.end - lag.unread for lag in stream.lags)
        for lag in stream.lags:
            yield f"{backbone.topic}/{lag.partition}", lag.end
