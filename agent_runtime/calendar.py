"""When played conversations happen: a week, spread evenly over opening hours."""

from datetime import UTC, datetime, timedelta

from msgspec import Struct


class Calendar(Struct, frozen=True, kw_only=True):
    """Gives every conversation of a play its start.

    Attributes:
        first_day: Midnight of the first day, UTC.
        days: Number of days.
        opens: Hour of the day at which conversations begin.
        closes: Hour of the day after which none begins.
    """

    first_day: datetime = datetime(2026, 11, 2, tzinfo=UTC)
    days: int = 7
    opens: int = 8
    closes: int = 20

    def start_ns(self, index: int, total: int) -> int:
        """The start of conversation ``index`` out of ``total``, ns since the epoch."""
        day, share = divmod(index * self.days / total, 1)
        hours = self.opens + share * (self.closes - self.opens)
        start = self.first_day + timedelta(days=day, hours=hours)
        return int(start.timestamp()) * 1_000_000_000
