from datetime import UTC, datetime

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.publishing import publish
from pipelines.writing import DATA_THROUGH_PROPERTY


def _rows(catalog: SqlCatalog, name: str = "gold.mart") -> list[dict[str, object]]:
    return sorted(catalog.load_table(name).scan().to_arrow().to_pylist(), key=str)


def test_a_mart_is_made_with_its_columns_docs_and_partitions(catalog: SqlCatalog) -> None:
    publish(
        catalog,
        "gold.mart",
        pa.table({"tenant_id": ["a", "b"], "n": [1, 2]}).to_reader(),
        doc="What a row is.",
        column_docs={"n": "How many."},
        partition_by=["tenant_id"],
    )
    table = catalog.load_table("gold.mart")
    assert table.properties["comment"] == "What a row is."
    assert table.schema().find_field("n").doc == "How many."
    assert [field.name for field in table.spec().fields] == ["tenant_id"]
    assert len(list(table.scan().plan_files())) == 2


def test_publishing_again_replaces_the_rows_in_one_commit(catalog: SqlCatalog) -> None:
    publish(catalog, "gold.mart", pa.table({"n": [1, 2]}).to_reader())
    before = catalog.load_table("gold.mart").metadata_location
    publish(catalog, "gold.mart", pa.table({"n": [3]}).to_reader())
    table = catalog.load_table("gold.mart")
    assert _rows(catalog) == [{"n": 3}]
    assert table.metadata.metadata_log[-1].metadata_file == before


@pytest.mark.spec("F5")
def test_a_new_column_appears_and_a_gone_one_stays_with_nulls(catalog: SqlCatalog) -> None:
    publish(catalog, "gold.mart", pa.table({"a": [1], "b": [1]}).to_reader())
    publish(catalog, "gold.mart", pa.table({"a": [2], "c": ["new"]}).to_reader())
    assert _rows(catalog) == [{"a": 2, "b": None, "c": "new"}]


def test_many_batches_are_one_commit_and_an_empty_result_empties_the_table(catalog: SqlCatalog) -> None:
    batches = pa.table({"n": list(range(10))}).to_batches(max_chunksize=3)
    schema = batches[0].schema
    written = publish(catalog, "gold.mart", pa.RecordBatchReader.from_batches(schema, batches))
    assert (written.rows, len(_rows(catalog))) == (10, 10)
    written = publish(catalog, "gold.mart", pa.RecordBatchReader.from_batches(schema, []))
    assert (written.rows, _rows(catalog)) == (0, [])


def test_only_the_last_snapshot_of_a_build_says_how_far_its_data_goes(
    catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.writing._CHUNK_ROWS", 1)  # a snapshot a batch
    times = [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), None]
    rows = pa.table({"data_through": pa.array(times, pa.timestamp("us", "UTC"))})
    batches = rows.to_batches(max_chunksize=1)
    publish(catalog, "gold.mart", pa.RecordBatchReader.from_batches(rows.schema, batches))
    snapshots = catalog.load_table("gold.mart").snapshots()
    told = [snapshot.summary[DATA_THROUGH_PROPERTY] for snapshot in snapshots if snapshot.summary]
    assert told == [None, None, str(int(datetime(2026, 1, 2, tzinfo=UTC).timestamp() * 1e6))]


def test_small_batches_become_one_file(catalog: SqlCatalog) -> None:
    batches = pa.table({"n": list(range(10))}).to_batches(max_chunksize=1)
    publish(catalog, "gold.mart", pa.RecordBatchReader.from_batches(batches[0].schema, batches))
    assert len(list(catalog.load_table("gold.mart").scan().plan_files())) == 1
