from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.table import DataScan, FileScanTask
from pyiceberg.types import LongType

from pipelines.errors import TableChangedError, UnreadableTableError
from pipelines.tables import BRONZE, SILVER
from pipelines.views import connect, refresh
from streaming.contract.header_text import decode_headers
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import append, deliver, flow, silver_row


def _count(connection: DuckDBPyConnection, name: str) -> int:
    [(rows,)] = connection.execute(f"select count(*) from {name}").fetchall()
    return rows


@pytest.mark.spec("F8")
def test_every_table_is_a_view_with_its_columns_also_while_it_is_empty(catalog: SqlCatalog) -> None:
    with connect(catalog) as connection:
        columns = connection.execute("describe silver.events").fetchall()
        assert [name for name, *_ in columns] == SILVER.schema.column_names
        assert _count(connection, "silver.events") == 0


@pytest.mark.spec("F8")
def test_a_view_reads_what_iceberg_reads(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    flow(deliver(conversations(5))).write(catalog)
    refresh(connection, catalog)
    for name in (BRONZE.name, SILVER.name):
        ours = connection.execute(f"select event_id, broker_time from {name} order by all").fetchall()
        theirs = catalog.load_table(name).scan(selected_fields=("event_id", "broker_time")).to_arrow()
        rows = [(row["event_id"], row["broker_time"]) for row in theirs.to_pylist()]
        assert ours == sorted(rows)
    [(headers,)] = connection.execute("select headers from bronze.events limit 1").fetchall()
    assert dict(decode_headers(headers))["ce_specversion"] == b"1.0"


def test_times_are_read_in_utc(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    append(catalog, SILVER.name, [{"event_time": datetime(2025, 3, 3, 23, 30, tzinfo=UTC)}])
    refresh(connection, catalog)
    assert connection.execute("select event_time::date::varchar from silver.events").fetchall() == [
        ("2025-03-03",)
    ]


def test_refresh_makes_only_the_views_of_tables_that_changed(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    assert refresh(connection, catalog) == []
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversations(1))])
    assert refresh(connection, catalog) == [SILVER.name]
    assert refresh(connection, catalog) == []


def test_the_view_of_a_dropped_table_goes(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    catalog.drop_table(SILVER.name)
    refresh(connection, catalog)
    views = connection.execute("select view_name from duckdb_views() where schema_name = 'silver'").fetchall()
    assert views == [("dead_letters",), ("finished_conversations",), ("late_events",)]


@pytest.mark.spec("F5")
def test_renamed_added_and_widened_columns_read_right_across_old_and_new_files(
    catalog: SqlCatalog, connection: DuckDBPyConnection
) -> None:
    table = catalog.create_table("gold.evolving", schema=pa.schema([("a", pa.int32()), ("b", pa.string())]))
    table.append(pa.table({"a": pa.array([1], pa.int32()), "b": ["old"]}))
    with table.update_schema() as update:
        update.rename_column("b", "name").add_column("extra", LongType()).update_column("a", LongType())
    table.append(pa.table({"a": [2**40], "name": ["new"], "extra": [7]}))
    refresh(connection, catalog)
    rows = connection.execute("select a, name, extra from gold.evolving order by a").fetchall()
    assert rows == [(1, "old", None), (2**40, "new", 7)]


def test_a_quote_in_a_column_name_does_no_harm(catalog: SqlCatalog, connection: DuckDBPyConnection) -> None:
    table = catalog.create_table("gold.quoted", schema=pa.schema([("it's", pa.int64())]))
    table.append(pa.table({"it's": [1]}))
    refresh(connection, catalog)
    assert connection.execute("select * from gold.quoted").fetchall() == [(1,)]


def test_metadata_deleted_under_our_eyes_is_looked_up_again(
    catalog: SqlCatalog, connection: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversations(1))])
    load, failures = catalog.load_table, iter([True, True, False])

    def load_table(name: str) -> Any:
        if next(failures):
            raise FileNotFoundError(name)
        return load(name)

    monkeypatch.setattr(catalog, "load_table", load_table)
    assert refresh(connection, catalog) == [SILVER.name]


def test_a_table_that_never_holds_still_is_told_as_such(
    catalog: SqlCatalog, connection: DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversations(1))])

    def load_table(name: str) -> Any:
        raise FileNotFoundError(name)

    monkeypatch.setattr(catalog, "load_table", load_table)
    with pytest.raises(TableChangedError, match=r"silver\.events"):
        refresh(connection, catalog)


def _plan_with_delete(
    monkeypatch: pytest.MonkeyPatch,
    catalog: SqlCatalog,
    content: DataFileContent,
    kind: FileFormat,
    path: str,
) -> None:
    """Attaches a delete file to every file of silver, as a merge-on-read writer would."""
    delete = DataFile.from_args(
        content=content,
        file_path=path,
        file_format=kind,
        partition=None,
        record_count=1,
        file_size_in_bytes=1,
    )
    tasks = [
        FileScanTask(t.file, delete_files={delete})
        for t in catalog.load_table(SILVER.name).scan().plan_files()
    ]
    monkeypatch.setattr(DataScan, "plan_files", lambda _: tasks)


def test_position_deletes_hide_their_rows(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [silver_row(d) for d in deliver(conversations(1)) if silver_row(d)["event_type"] == "llm_call_end"]
    append(catalog, SILVER.name, rows)
    [task] = catalog.load_table(SILVER.name).scan().plan_files()
    deletes = tmp_path / "deletes.parquet"
    pq.write_table(pa.table({"file_path": [task.file.file_path], "pos": [1]}), deletes)
    kept = [row["event_id"] for i, row in enumerate(rows) if i != 1]
    _plan_with_delete(
        monkeypatch, catalog, DataFileContent.POSITION_DELETES, FileFormat.PARQUET, f"file:{deletes}"
    )
    refresh(connection, catalog)
    assert connection.execute("select event_id from silver.events").fetchall() == [(i,) for i in kept]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(DataFileContent.POSITION_DELETES, FileFormat.PUFFIN, id="deletion vector"),
        pytest.param(DataFileContent.EQUALITY_DELETES, FileFormat.PARQUET, id="equality delete"),
    ],
)
def test_deletes_that_we_cannot_apply_are_refused_by_name(
    content: DataFileContent,
    kind: FileFormat,
    catalog: SqlCatalog,
    connection: DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    append(catalog, SILVER.name, [silver_row(d) for d in deliver(conversations(1))])
    _plan_with_delete(monkeypatch, catalog, content, kind, "file:///x/deletes")
    with pytest.raises(UnreadableTableError, match=r"silver\.events: /?.*x/deletes"):
        refresh(connection, catalog)
