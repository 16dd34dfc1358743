from datetime import date

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.days import ALL_DAYS, Days
from pipelines.tables import RECEIPTS

DAY = date(2025, 3, 3)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", ALL_DAYS),
        ("..", ALL_DAYS),
        ("2025-03-03", Days(first=DAY, last=DAY)),
        ("2025-03-03..", Days(first=DAY)),
        ("..2025-03-03", Days(last=DAY)),
        ("2025-03-03..2025-03-04", Days(first=DAY, last=date(2025, 3, 4))),
    ],
)
def test_days_are_read_as_they_are_written(text: str, days: Days) -> None:
    assert Days.parse(text) == days
    assert Days.parse(str(days)) == days


@pytest.mark.parametrize("text", ["yesterday", "2025-03-03..soon", "2025-02-30"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid|day is out of range"):
        Days.parse(text)


@pytest.mark.parametrize(
    ("text", "rows"),
    [("", 4), ("2025-03-03", 2), ("2025-03-04..", 1), ("..2025-03-02", 1), ("2025-03-02..2025-03-03", 3)],
)
def test_a_day_begins_at_its_midnight_and_ends_before_the_next(
    catalog: SqlCatalog, text: str, rows: int
) -> None:
    times = (
        "2025-03-02T23:59:59.999999",
        "2025-03-03T00:00:00",
        "2025-03-03T23:59:59.999999",
        "2025-03-04T00:00:00",
    )
    table = catalog.load_table(RECEIPTS.name)
    schema = table.schema().as_arrow()
    column = pa.array([f"{time}Z" for time in times]).cast(schema.field("acked_at").type)
    columns = {f.name: column if f.name == "acked_at" else pa.nulls(4, f.type) for f in schema}
    table.append(pa.table(columns, schema=schema))
    assert table.scan(row_filter=Days.parse(text).of_times("acked_at")).count() == rows
