"""Checks that every table of a layer gets alike: columns, keys, days, volume."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import dagster as dg
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.lake import Lake
from pipelines.soundness import column_changes, drift, key_faults, misplaced_files, rows_by_day
from pipelines.table_definition import TableDefinition
from pipelines.tables import BRONZE, DEAD_LETTERS

_FEW, _MANY = 0.5, 2.0
"""A day with less or more rows than these multiples of the days before it is worth a look."""
_DEAD_LETTERS = 0.01


class Finding(Struct, frozen=True, kw_only=True):
    """What a check found."""

    passed: bool
    told: str


Look = Callable[[DuckDBPyConnection, SqlCatalog], Finding]


class Check(Struct, frozen=True, kw_only=True):
    """A check of one table; one that does not block warns.

    None blocks and warns: automation takes a warning of a blocking check for a failure.
    """

    name: str
    description: str
    look: Look
    blocking: bool = False


def checks_of(definition: TableDefinition, checks: Sequence[Check]) -> dg.AssetChecksDefinition:
    """The checks of one table, as one step of a run."""
    key = dg.AssetKey(definition.name.split("."))
    specs = [
        dg.AssetCheckSpec(check.name, asset=key, blocking=check.blocking, description=check.description)
        for check in checks
    ]

    @dg.multi_asset_check(name=f"{'_'.join(key.path)}_checks", specs=specs)
    def look(lake: Lake) -> Iterator[dg.AssetCheckResult]:
        with lake.open() as (connection, catalog):
            found = [(check, check.look(connection, catalog)) for check in checks]
        for check, finding in found:
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=check.name,
                passed=finding.passed,
                severity=dg.AssetCheckSeverity.ERROR if check.blocking else dg.AssetCheckSeverity.WARN,
                description=finding.told,
            )

    return look


def columns_are_as_stated(definition: TableDefinition) -> Check:
    """No column is gone or of another type."""

    def look(_: DuckDBPyConnection, catalog: SqlCatalog) -> Finding:
        changes = column_changes(catalog.load_table(definition.name), definition)
        told = {"missing": changes.missing, "changed": changes.changed}
        return Finding(
            passed=not any(told.values()),
            told="; ".join(f"{what}: {', '.join(names)}" for what, names in told.items() if names)
            or f"{len(definition.schema.fields)} columns as stated",
        )

    return Check(
        name="columns_are_as_stated",
        description="The table has the columns and types of its definition.",
        look=look,
        blocking=True,
    )


def no_column_is_new(definition: TableDefinition) -> Check:
    """The table has no column beyond its definition; warns, since nothing that is built reads it."""

    def look(_: DuckDBPyConnection, catalog: SqlCatalog) -> Finding:
        added = column_changes(catalog.load_table(definition.name), definition).added
        return Finding(passed=not added, told=f"added: {', '.join(added) or 'none'}")

    return Check(
        name="no_column_is_new", description="The table has the columns of its definition only.", look=look
    )


def key_is_unique(definition: TableDefinition, key: Sequence[str]) -> Check:
    """No row lacks a part of the key, and no two rows have the same."""

    def look(connection: DuckDBPyConnection, catalog: SqlCatalog) -> Finding:
        faults = key_faults(connection, catalog, definition.name, key)
        return Finding(
            passed=not (faults.missing or faults.repeated),
            told=f"{faults.repeated:,} rows with a key that is there already, {faults.missing:,} without key",
        )

    return Check(
        name="key_is_unique",
        description=f"({', '.join(key)}) identifies a row, and no part of it is null.",
        look=look,
        blocking=True,
    )


def columns_are_filled(definition: TableDefinition, columns: Sequence[str]) -> Check:
    """None of the columns is null on any row."""
    nulls = " OR ".join(f"{column} IS NULL" for column in columns)

    def look(connection: DuckDBPyConnection, _: SqlCatalog) -> Finding:
        counted = f"SELECT count(*) FILTER ({nulls}) FROM {definition.name}"  # noqa: S608 - our own names
        [(missing,)] = connection.execute(counted).fetchall()
        return Finding(passed=missing == 0, told=f"{missing:,} rows lack one of {', '.join(columns)}")

    return Check(
        name="keys_are_filled",
        description=f"Every row has {', '.join(columns)}.",
        look=look,
        blocking=True,
    )


def rows_are_in_their_day(definition: TableDefinition) -> Check:
    """No file holds a time beyond the day of its partition: a build of a day would miss it."""

    def look(_: DuckDBPyConnection, catalog: SqlCatalog) -> Finding:
        wrong = misplaced_files(catalog.load_table(definition.name))
        return Finding(passed=not wrong, told=f"{len(wrong)} files with rows of other days: {wrong[:3]}")

    return Check(
        name="rows_are_in_their_day",
        description="By the bounds of its files, each day's partition holds that day's rows alone.",
        look=look,
        blocking=True,
    )


def volume_is_steady(definition: TableDefinition) -> Check:
    """The last whole day has about as many rows as the days before it; warns."""

    def look(_: DuckDBPyConnection, catalog: SqlCatalog) -> Finding:
        today = datetime.now(UTC).date()
        found = drift(rows_by_day(catalog.load_table(definition.name)), today)
        if found is None:
            return Finding(passed=True, told="too few days to compare")
        day, times = found
        told = f"{day} has {times:.2f} times the rows of the days before it"
        return Finding(passed=_FEW <= times <= _MANY, told=told)

    return Check(
        name="volume_is_steady",
        description=f"The last whole day has {_FEW:g} to {_MANY:g} times the median of seven days before.",
        look=look,
    )


def few_dead_letters() -> Check:
    """Of the last day that has any records, at most one in a hundred is a dead letter; warns."""

    def look(_: DuckDBPyConnection, catalog: SqlCatalog) -> Finding:
        records = rows_by_day(catalog.load_table(BRONZE.name))
        if not records:
            return Finding(passed=True, told="no records yet")
        day = max(records)
        letters = rows_by_day(catalog.load_table(DEAD_LETTERS.name))[day]
        share = letters / records[day]
        told = f"{letters:,} of {records[day]:,} records of {day} ({share:.2%})"
        return Finding(passed=share <= _DEAD_LETTERS, told=told)

    return Check(
        name="dead_letters_are_few",
        description=f"At most {_DEAD_LETTERS:.0%} of the last day's records are dead letters.",
        look=look,
    )


EVENT_KEYS: Final = ("event_id", "event_type", "event_time", "tenant_id", "conversation_id")
"""What every event of silver has."""
