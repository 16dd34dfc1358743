from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import ensure_tables, open_catalog
from pipelines.errors import NotCommittedError, SnapshotExpiredError
from pipelines.rewind import COMMITTED, SESSIONS, rewind
from pipelines.settings import LakeSettings
from pipelines.tables import BRONZE, DEAD_LETTERS, LATE_EVENTS, SILVER

pytestmark = pytest.mark.spec("E5", "F5")


@pytest.fixture
def lake(tmp_path: Path) -> SqlCatalog:
    catalog = open_catalog(
        LakeSettings(catalog_uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=str(tmp_path / "warehouse"))
    )
    ensure_tables(catalog)
    return catalog


def commit(catalog: SqlCatalog, name: str, checkpoint: int | None) -> None:
    """A row of a checkpoint, or of another writer where it is None."""
    table = catalog.load_table(name)
    row = pa.Table.from_pylist([{"kafka_offset": checkpoint or 0}], schema=table.schema().as_arrow())
    table.append(row, snapshot_properties={} if checkpoint is None else {COMMITTED: str(checkpoint)})


def offsets(catalog: SqlCatalog, name: str) -> list[int]:
    return sorted(catalog.load_table(name).scan().to_arrow()["kafka_offset"].to_pylist())


def test_each_table_goes_back_to_its_own_last_commit_of_the_checkpoint_or_before(lake: SqlCatalog) -> None:
    for checkpoint in (1, 2, 3, 4):
        commit(lake, BRONZE.name, checkpoint)
    for checkpoint in (1, 4):
        commit(lake, SILVER.name, checkpoint)
    commit(lake, SILVER.name, None)
    commit(lake, DEAD_LETTERS.name, 2)

    rewound = rewind(lake, 3)

    assert [(table.table, table.snapshots_left) for table in rewound] == [
        (BRONZE.name, 1),
        (SILVER.name, 2),
        (DEAD_LETTERS.name, 0),
    ]
    assert offsets(lake, BRONZE.name) == [1, 2, 3]
    assert offsets(lake, SILVER.name) == [1]
    assert offsets(lake, DEAD_LETTERS.name) == [2]


def test_the_tables_of_the_session_job_go_back_without_those_of_the_stream(lake: SqlCatalog) -> None:
    for checkpoint in (1, 2):
        commit(lake, BRONZE.name, checkpoint)
        commit(lake, LATE_EVENTS.name, checkpoint)

    rewind(lake, 1, SESSIONS)

    assert offsets(lake, LATE_EVENTS.name) == [1]
    assert offsets(lake, BRONZE.name) == [1, 2]


def test_what_other_writers_did_before_the_checkpoint_stays(lake: SqlCatalog) -> None:
    commit(lake, BRONZE.name, 1)
    commit(lake, BRONZE.name, None)
    commit(lake, BRONZE.name, 2)
    commit(lake, BRONZE.name, 3)

    rewind(lake, 2)

    assert offsets(lake, BRONZE.name) == [0, 1, 2]


def test_a_table_that_was_empty_then_is_empty_again_and_takes_new_rows(lake: SqlCatalog) -> None:
    commit(lake, BRONZE.name, 4)
    commit(lake, DEAD_LETTERS.name, 5)

    rewind(lake, 4)

    assert offsets(lake, DEAD_LETTERS.name) == []
    commit(lake, DEAD_LETTERS.name, 6)
    assert offsets(lake, DEAD_LETTERS.name) == [6]


def test_a_savepoint_that_no_commit_belongs_to_is_refused(lake: SqlCatalog) -> None:
    for checkpoint in (1, 3):
        commit(lake, BRONZE.name, checkpoint)

    with pytest.raises(NotCommittedError, match="no table has a commit of checkpoint 2"):
        rewind(lake, 2)

    assert offsets(lake, BRONZE.name) == [1, 3]


def test_nothing_changes_where_one_table_has_lost_the_snapshot_that_it_needs(lake: SqlCatalog) -> None:
    for name in (BRONZE.name, SILVER.name):
        for checkpoint in (1, 2, 3):
            commit(lake, name, checkpoint)
    silver = lake.load_table(SILVER.name)
    silver.maintenance.expire_snapshots().by_ids([s.snapshot_id for s in silver.snapshots()[:-1]]).commit()

    with pytest.raises(SnapshotExpiredError, match=r"silver.events has no snapshot of checkpoint 2"):
        rewind(lake, 2)

    assert offsets(lake, BRONZE.name) == [1, 2, 3]
