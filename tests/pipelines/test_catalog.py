import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.transforms import DayTransform

from pipelines.catalog import NAMESPACES, ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from pipelines.tables import RECEIPTS, SILVER, STREAM_TABLES


def test_tables_are_made_once_and_left_alone_after(catalog: SqlCatalog) -> None:
    before = {table.name: catalog.load_table(table.name).metadata.table_uuid for table in STREAM_TABLES}
    ensure_tables(catalog)
    assert {t.name: catalog.load_table(t.name).metadata.table_uuid for t in STREAM_TABLES} == before
    assert {name for (name,) in catalog.list_namespaces()} == set(NAMESPACES)


def test_rows_of_the_catalog_are_what_the_java_catalog_of_schema_v1_reads(
    catalog: SqlCatalog, tmp_path: Path
) -> None:
    database = sqlite3.connect(tmp_path / "catalog.db")
    rows = database.execute(
        "select catalog_name, table_namespace, table_name, metadata_location, iceberg_type"
        " from iceberg_tables"
    ).fetchall()
    database.close()
    assert {f"{space}.{name}" for _, space, name, *_ in rows} == {table.name for table in STREAM_TABLES}
    for name, _, _, location, kind in rows:
        assert (name, kind) == ("turnstone", "TABLE")
        assert location.startswith(f"file:///{str(tmp_path).lstrip('/')}/warehouse/")


def test_silver_is_partitioned_by_day_and_group_of_tenants_and_written_with_small_dictionaries(
    catalog: SqlCatalog,
) -> None:
    table = catalog.load_table(SILVER.name)
    columns = {table.schema().find_column_name(f.source_id): f.transform for f in table.spec().fields}
    assert list(columns) == ["event_time", "tenant_group"]
    assert isinstance(columns["event_time"], DayTransform)
    assert table.properties["write.parquet.dict-size-bytes"] == "65536"
    assert table.format_version == 2


def test_two_that_open_the_catalog_at_once_both_find_all_tables(lake_settings: LakeSettings) -> None:
    def open_and_ensure(_: int) -> set[str]:
        catalog = open_catalog(lake_settings)
        ensure_tables(catalog)
        names = {".".join(name) for space in NAMESPACES for name in catalog.list_tables(space)}
        catalog.close()
        return names

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(open_and_ensure, range(4)))
    assert all(names == {table.name for table in STREAM_TABLES} for names in found)


def test_commits_that_meet_each_other_all_land(catalog: SqlCatalog, lake_settings: LakeSettings) -> None:
    def append(number: int) -> None:
        own = open_catalog(lake_settings)
        table = own.load_table(RECEIPTS.name)
        table.append(pa.Table.from_pylist([{"event_id": str(number)}], schema=table.schema().as_arrow()))
        own.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(12)))
    rows = catalog.load_table(RECEIPTS.name).scan().to_arrow()
    assert sorted(rows.column("event_id").to_pylist()) == sorted(str(number) for number in range(12))


@pytest.mark.parametrize("warehouse", ["lake/warehouse", "file://lake/warehouse"])
def test_relative_places_become_absolute(
    warehouse: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = LakeSettings(catalog_uri="sqlite:///lake/catalog.db", warehouse=warehouse)
    assert settings.catalog_path == tmp_path / "lake/catalog.db"
    assert settings.warehouse_uri == f"file://{tmp_path}/lake/warehouse"


def test_an_object_store_and_a_server_database_are_taken_as_they_are() -> None:
    settings = LakeSettings(catalog_uri="postgresql://db/catalog", warehouse="s3://bucket/warehouse")
    assert settings.catalog_path is None
    assert settings.warehouse_uri == "s3://bucket/warehouse"
    assert settings.catalog_url.render_as_string() == "postgresql://db/catalog"
