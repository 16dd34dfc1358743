from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.errors import ReceiptSegmentError
from pipelines.receipts import LoadedReceipts, load_receipts
from pipelines.tables import RECEIPTS
from tests.pipelines.made_events import conversations
from tests.pipelines.made_stream import deliver, write_receipts


def _rows(catalog: SqlCatalog) -> list[dict[str, object]]:
    return catalog.load_table(RECEIPTS.name).scan().to_arrow().to_pylist()


@pytest.mark.spec("E3", "F4")
def test_segments_of_all_producers_are_loaded_with_what_the_producer_wrote(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    deliveries = deliver(conversations(2))
    write_receipts(tmp_path, "p1", deliveries[:10])
    write_receipts(tmp_path, "p1", deliveries[10:20])
    write_receipts(tmp_path, "p2", deliveries[20:])
    loaded = load_receipts(connection, catalog, tmp_path)
    assert loaded == LoadedReceipts(segments=3, rows=len(deliveries))
    rows = {row["event_id"]: row for row in _rows(catalog)}
    for delivery in deliveries:
        row = rows[delivery.event_id]
        assert {name: row[name] for name in delivery.coordinates} == delivery.coordinates
    assert {row["segment"] for row in rows.values()} == {"p1/000000", "p1/000001", "p2/000000"}


@pytest.mark.spec("F4")
def test_a_segment_is_loaded_once_however_often_the_load_runs(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    deliveries = deliver(conversations(1))
    write_receipts(tmp_path, "p1", deliveries[:5])
    load_receipts(connection, catalog, tmp_path)
    assert load_receipts(connection, catalog, tmp_path) == LoadedReceipts(segments=0, rows=0)
    write_receipts(tmp_path, "p1", deliveries[5:])
    assert load_receipts(connection, catalog, tmp_path).segments == 1
    assert len(_rows(catalog)) == len(deliveries)


@pytest.mark.spec("F4")
def test_a_load_that_died_after_its_commit_loads_nothing_twice(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliveries = deliver(conversations(2))
    write_receipts(tmp_path, "p1", deliveries[:10])
    write_receipts(tmp_path, "p2", deliveries[10:])
    monkeypatch.setattr("pipelines.receipts._COMMIT_ROWS", 1)  # a commit a segment
    commit, calls = catalog.commit_table, iter([False, True])

    def commit_then_die(*arguments: object) -> object:
        answer = commit(*arguments)  # type: ignore[arg-type]
        if next(calls):
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(catalog, "commit_table", commit_then_die)
    with pytest.raises(KeyboardInterrupt):
        load_receipts(connection, catalog, tmp_path)
    monkeypatch.setattr(catalog, "commit_table", commit)
    assert load_receipts(connection, catalog, tmp_path) == LoadedReceipts(segments=0, rows=0)
    assert len(_rows(catalog)) == len(deliveries)


def test_a_segment_that_is_still_being_written_is_left_alone(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    (tmp_path / "p1").mkdir()
    (tmp_path / "p1/000000.tmp").write_bytes(b"half")
    assert load_receipts(connection, catalog, tmp_path).segments == 0


@pytest.mark.parametrize("broken", ["not parquet", "other columns"])
def test_a_file_that_is_no_segment_is_named(
    broken: str, catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "p1/000000.parquet"
    path.parent.mkdir()
    if broken == "not parquet":
        path.write_bytes(b"junk")
    else:
        pq.write_table(pa.table({"x": [1]}), path)
    with pytest.raises(ReceiptSegmentError, match=r"p1/000000\.parquet: not a segment"):
        load_receipts(connection, catalog, tmp_path)


def test_a_folder_that_is_not_there_yet_holds_no_receipts(
    catalog: SqlCatalog, connection: DuckDBPyConnection, tmp_path: Path
) -> None:
    assert load_receipts(connection, catalog, tmp_path / "none").rows == 0
