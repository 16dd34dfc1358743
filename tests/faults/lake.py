"""The lake's insides, as faults need them: the catalog's pointer and lock, checkpoints, folders."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pipelines.catalog import open_catalog
from streaming.flink.restore import latest_checkpoint
from tests.stack import StackUnderTest

TABLE = "bronze.events"
COMMITTED = "flink.max-committed-checkpoint-id"


def table_folder(stack: StackUnderTest) -> Path:
    """Where the files of bronze are."""
    return stack.settings.state_dir / "warehouse" / "bronze" / "events"


def checkpoint(stack: StackUnderTest) -> int:
    """Number of the newest completed checkpoint."""
    found = latest_checkpoint(stack.local.job.checkpoints_dir)
    return found.number if found else 0


def committed(stack: StackUnderTest) -> int:
    """Number of the checkpoint whose rows bronze got last."""
    catalog = open_catalog(stack.local.lake)
    snapshots = catalog.load_table(TABLE).metadata.snapshots
    catalog.close()
    return max(int(s.summary[COMMITTED] or 0) for s in snapshots if s.summary and COMMITTED in s.summary)


def pointer(stack: StackUnderTest) -> str:
    """Where the catalog says that the metadata of bronze is."""
    with closing(sqlite3.connect(catalog_file(stack), timeout=60)) as catalog:
        sql = "select metadata_location from iceberg_tables where table_namespace = ? and table_name = ?"
        return str(catalog.execute(sql, TABLE.split(".")).fetchone()[0])


@contextmanager
def commits_held_up(stack: StackUnderTest) -> Iterator[None]:
    """Nobody else can write to the catalog while the block runs."""
    with closing(sqlite3.connect(catalog_file(stack), timeout=60, isolation_level=None)) as catalog:
        catalog.execute("begin immediate")
        try:
            yield
        finally:
            catalog.execute("rollback")


def catalog_file(stack: StackUnderTest) -> Path:
    """The catalog's database."""
    path = stack.local.lake.catalog_path
    assert path is not None
    return path
