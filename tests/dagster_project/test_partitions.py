from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest

from dagster_project.partitions import DAILY, hull, range_tags, stretches
from pipelines.days import ALL_DAYS, Days

FIRST = "2024-01-01"


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def test_days_in_a_row_are_one_stretch_and_a_gap_makes_two() -> None:
    days = [date(2025, 3, d) for d in (3, 4, 5, 9)]
    assert list(stretches(days)) == [
        dg.PartitionKeyRange("2025-03-03", "2025-03-05"),
        dg.PartitionKeyRange("2025-03-09", "2025-03-09"),
    ]
    assert list(stretches(days, max_gap=timedelta(days=4))) == [
        dg.PartitionKeyRange("2025-03-03", "2025-03-09")
    ]
    assert list(stretches([])) == []


def test_days_beyond_the_partitions_go_to_the_nearest_so_that_none_is_left_out() -> None:
    assert list(stretches([date(1970, 1, 1), date(2999, 1, 1)])) == [
        dg.PartitionKeyRange(FIRST, FIRST),
        dg.PartitionKeyRange(_today(), _today()),
    ]


@pytest.mark.parametrize(
    ("days", "keys"),
    [
        (Days.parse("2025-03-03..2025-03-09"), ("2025-03-03", "2025-03-09")),
        (Days.parse("1999-01-01..2025-03-09"), (FIRST, "2025-03-09")),
        (Days.parse("..2025-03-09"), (FIRST, "2025-03-09")),
    ],
)
def test_a_range_of_days_is_cut_to_the_partitions(days: Days, keys: tuple[str, str]) -> None:
    assert hull(days) == dg.PartitionKeyRange(*keys)


def test_all_days_reach_from_the_first_partition_to_today() -> None:
    assert hull(ALL_DAYS) == dg.PartitionKeyRange(FIRST, _today())
    assert set(range_tags(hull(ALL_DAYS)).values()) == {FIRST, DAILY.get_last_partition_key()}
