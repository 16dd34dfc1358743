"""Whether a table is sound: keys that are there and unique, rows where they belong, columns as stated."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median

from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.conversions import from_bytes
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table
from pyiceberg.transforms import DayTransform
from pyiceberg.types import DateType

from pipelines.table_definition import TableDefinition
from pipelines.views import refresh

_EPOCH_DAY = date(1970, 1, 1)


class KeyFaults(Struct, frozen=True, kw_only=True):
    """What is wrong with the keys of a table.

    Attributes:
        missing: Rows in which a part of the key is null.
        repeated: Rows beyond the first of their key.
    """

    missing: int
    repeated: int


class ColumnChanges(Struct, frozen=True, kw_only=True):
    """How a table's columns differ from those stated, each as ``name type``."""

    missing: list[str]
    changed: list[str]
    added: list[str]


def key_faults(
    connection: DuckDBPyConnection, catalog: SqlCatalog, name: str, key: Sequence[str]
) -> KeyFaults:
    """Looks at the key of every row of a table, made of columns that together identify a row."""
    refresh(connection, catalog)
    columns, nulls = ", ".join(key), " OR ".join(f"{column} IS NULL" for column in key)
    counted = f"SELECT count(*) AS n, {nulls} AS missing FROM {name} GROUP BY {columns}"  # noqa: S608 - our own names
    totals = f"SELECT sum(n) FILTER (missing), sum(n - 1) FILTER (NOT missing) FROM ({counted})"  # noqa: S608 - our own names
    [(missing, repeated)] = connection.execute(totals).fetchall()
    return KeyFaults(missing=int(missing or 0), repeated=int(repeated or 0))


def rows_by_day(table: Table) -> Counter[date]:
    """Rows of a table by the day of its partition, read from its manifests; none where it has no days."""
    counts, place = Counter[date](), _day_field(table)
    if place is not None:
        for file in _data_files(table):
            counts[_day(file, place)] += file.record_count
    return counts


def misplaced_files(table: Table) -> list[str]:
    """Data files that hold a time beyond the day whose partition they are in, by their bounds."""
    place = _day_field(table)
    if place is None:
        return []
    source = table.spec().fields[place].source_id
    kind = table.schema().find_field(source).field_type
    wrong = []
    for file in _data_files(table):
        bounds = (file.lower_bounds or {}).get(source), (file.upper_bounds or {}).get(source)
        times = [int(from_bytes(kind, bound)) for bound in bounds if bound is not None]  # type: ignore[arg-type]
        day = _day(file, place)
        if any((datetime.fromtimestamp(0, UTC) + timedelta(microseconds=t)).date() != day for t in times):
            wrong.append(file.file_path)
    return wrong


def column_changes(table: Table, definition: TableDefinition) -> ColumnChanges:
    """Compares a table's columns with the stated ones by name and type."""
    stated = {field.name: str(field.field_type) for field in definition.schema.fields}
    actual = {field.name: str(field.field_type) for field in table.schema().fields}
    return ColumnChanges(
        missing=[f"{name} {kind}" for name, kind in stated.items() if name not in actual],
        changed=[
            f"{name} {kind} → {actual[name]}"
            for name, kind in stated.items()
            if actual.get(name, kind) != kind
        ],
        added=[f"{name} {kind}" for name, kind in actual.items() if name not in stated],
    )


def drift(counts: Counter[date], today: date, *, window: int = 7) -> tuple[date, float] | None:
    """The last whole day's rows as a multiple of the median of the days before it.

    Args:
        counts: Rows by day.
        today: The day that is not over.
        window: How many days with rows before the last one to compare with.

    Returns:
        The day and its multiple; None with fewer than three days to compare with.
    """
    past = sorted(day for day in counts if day < today)
    if len(past) < 4:
        return None
    *before, last = past[-window - 1 :]
    return last, counts[last] / median(counts[day] for day in before)


def _data_files(table: Table) -> list[DataFile]:
    return [task.file for task in table.scan().plan_files()]


def _day_field(table: Table) -> int | None:
    """Place of the partition field that is a day: of a time, or a date as it is."""
    schema = table.schema()
    days = (
        i
        for i, field in enumerate(table.spec().fields)
        if isinstance(field.transform, DayTransform)
        or isinstance(schema.find_field(field.source_id).field_type, DateType)
    )
    return next(days, None)


def _day(file: DataFile, place: int) -> date:
    return _EPOCH_DAY + timedelta(days=file.partition[place])
