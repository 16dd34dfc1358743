"""Daily partitions: the day, UTC, on which a conversation or a turn started."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import dagster as dg
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
)

from dagster_project.settings import DagsterSettings
from pipelines.days import Days

DAILY: Final = dg.DailyPartitionsDefinition(
    start_date=DagsterSettings().first_day.isoformat(), end_offset=1, timezone="UTC"
)
"""Up to today. The first partition also holds what is older, today's what a wrong clock dates later."""

ONE_RUN: Final = dg.BackfillPolicy.single_run()
"""A backfill of many days is one run a stretch: the days are built together, dbt starts once."""


def days_of(context: dg.AssetExecutionContext) -> Days:
    """The days that a run builds; open where the first or the last partition stands at an end."""
    keys = context.partition_key_range
    return Days(
        first=None if keys.start == DAILY.get_first_partition_key() else date.fromisoformat(keys.start),
        last=None if keys.end == DAILY.get_last_partition_key() else date.fromisoformat(keys.end),
    )


def beyond(days: Days, written: Iterable[date]) -> Iterator[str]:
    """Partitions of days that a run wrote beside its own, each once.

    What changed since the last build comes along with every run: its page must tell it too.
    """
    yield from _keys(day for day in written if day not in days)


def only_changes(*ops: str) -> dict[str, Any]:
    """Configuration by which these ops bring up to date what changed, and compute no day anew."""
    return {op: {"config": {"anew": False}} for op in ops}


def stretches(days: Iterable[date], max_gap: timedelta = timedelta(days=1)) -> Iterator[dg.PartitionKeyRange]:
    """Partitions of some days as ranges; days beyond the ends go to the nearest.

    Args:
        days: The days.
        max_gap: How far a day may be from the next one in a range; one day leaves no gap.
    """
    start = end = None
    for key in _keys(days):
        if end is not None and date.fromisoformat(key) - date.fromisoformat(end) > max_gap:
            yield dg.PartitionKeyRange(str(start), end)
            start = None
        start, end = start or key, key
    if start is not None and end is not None:
        yield dg.PartitionKeyRange(start, end)


def _keys(days: Iterable[date]) -> list[str]:
    """The partitions of days, each once and in order; days beyond the ends go to the nearest."""
    first, last = DAILY.get_first_partition_key(), DAILY.get_last_partition_key()
    if first is None or last is None:
        return []
    return sorted({min(max(day.isoformat(), first), last) for day in days})


def hull(days: Days) -> dg.PartitionKeyRange:
    """All partitions from the first to the last of some days."""
    first, last = DAILY.get_first_partition_key(), DAILY.get_last_partition_key()
    return dg.PartitionKeyRange(
        max(str(first), str(days.first or first)), min(str(last), str(days.last or last))
    )


def range_tags(keys: dg.PartitionKeyRange) -> dict[str, str]:
    """The tags by which a run builds a range of partitions."""
    return {ASSET_PARTITION_RANGE_START_TAG: keys.start, ASSET_PARTITION_RANGE_END_TAG: keys.end}
