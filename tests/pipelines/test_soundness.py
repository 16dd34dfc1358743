from collections import Counter
from datetime import date, timedelta

import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import LongType, StringType

from pipelines.soundness import column_changes, drift, key_faults, misplaced_files, rows_by_day
from pipelines.tables import BRONZE, SILVER
from tests.pipelines.made_events import conversation
from tests.pipelines.made_stream import append, deliver, flow, silver_row

pytestmark = pytest.mark.spec("F2", "F5")


def test_missing_and_repeated_keys_are_counted(connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
    rows = [silver_row(d) for d in deliver(conversation(0))]
    append(catalog, SILVER.name, [*rows, rows[0], {**rows[1], "event_id": None}])
    faults = key_faults(connection, catalog, SILVER.name, ["event_id"])
    assert (faults.missing, faults.repeated) == (1, 1)
    assert key_faults(connection, catalog, SILVER.name, ["event_id", "kafka_offset"]).missing == 1


def test_columns_that_went_came_or_changed_are_told(catalog: SqlCatalog) -> None:
    table = catalog.load_table(SILVER.name)
    assert column_changes(table, SILVER).missing == []
    with table.update_schema() as update:
        update.add_column("mood", StringType())
        update.rename_column("span_id", "span")
        update.update_column("turn", LongType())
    changes = column_changes(table.refresh(), SILVER)
    assert changes.added == ["mood string", "span string"] or set(changes.added) == {
        "mood string",
        "span string",
    }
    assert changes.missing == ["span_id string"]
    assert changes.changed == ["turn int → long"]


def test_rows_are_counted_by_day_without_reading_them_and_lie_in_it(catalog: SqlCatalog) -> None:
    flow(deliver(conversation(0))).write(catalog)
    bronze, silver = (catalog.load_table(table.name) for table in (BRONZE, SILVER))
    assert rows_by_day(bronze) == {date(2026, 1, 5): bronze.scan().count()}
    assert rows_by_day(silver) == {date(2025, 3, 3): silver.scan().count()}
    assert misplaced_files(silver) == misplaced_files(bronze) == []


def test_a_day_of_half_or_double_the_usual_volume_stands_out() -> None:
    monday = date(2025, 3, 3)
    counts = Counter({monday + timedelta(days=n): rows for n, rows in enumerate([100, 110, 90, 40, 7])})
    assert drift(counts, monday + timedelta(days=4)) == (monday + timedelta(days=3), 0.4)
    assert drift(counts, monday + timedelta(days=3)) is None
