"""A stretch of days: what a daily build reads, writes and leaves alone."""

from datetime import date, timedelta

from msgspec import Struct
from pyiceberg.expressions import AlwaysTrue, BooleanExpression

from pipelines.row_filters import all_of, at_least, below


class Days(Struct, frozen=True, kw_only=True):
    """Whole days in UTC, both ends included; an end that is None is open."""

    first: date | None = None
    last: date | None = None

    @classmethod
    def parse(cls, text: str) -> "Days":
        """Reads ``first..last``, either side empty where it is open, or a single day.

        Raises:
            ValueError: The text is neither.
        """
        first, dots, last = text.strip().partition("..")
        return cls(
            first=date.fromisoformat(first) if first else None,
            last=date.fromisoformat(last if dots else first) if (last or not dots) and text.strip() else None,
        )

    def __str__(self) -> str:
        """What :meth:`parse` reads."""
        return f"{self.first or ''}..{self.last or ''}"

    def __contains__(self, day: date) -> bool:
        """Whether a day is one of these."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def of_times(self, column: str) -> BooleanExpression:
        """The Iceberg condition that a timestamp lies in these days; it is one of whole day partitions."""
        since = [] if self.first is None else [at_least(column, _midnight(self.first))]
        until = [] if self.last is None else [below(column, _midnight(self.last + timedelta(days=1)))]
        return all_of([AlwaysTrue(), *since, *until])


ALL_DAYS = Days()
"""From the first event to the last."""


def _midnight(day: date) -> str:
    return f"{day}T00:00:00+00:00"
