"""Others at the catalog and at the tables while the stream commits."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import And, EqualTo, LessThanOrEqual

from pipelines.catalog import open_catalog
from pipelines.receipts import load_receipts
from pipelines.tables import BRONZE, SILVER
from pipelines.views import connect
from tests.faults.lake import commits_held_up
from tests.faults.load import Load
from tests.faults.scenario import Scenario
from tests.stack import StackUnderTest


def _for(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield


def _locked(seconds: float) -> Callable[[StackUnderTest, Load], datetime]:
    def inject(stack: StackUnderTest, _load: Load) -> datetime:
        with commits_held_up(stack):
            time.sleep(seconds)
        return datetime.now(UTC)

    return inject


def _slow(stack: StackUnderTest, _load: Load) -> datetime:
    for _ in _for(12):
        with commits_held_up(stack):
            time.sleep(1.5)
        time.sleep(0.3)
    return datetime.now(UTC)


def _compaction(stack: StackUnderTest, _load: Load) -> datetime:
    """Rewrites what is in the tables, file by file, while the stream appends to them."""
    at, commits = datetime.now(UTC), 0
    for _ in _for(12):
        catalog = open_catalog(stack.local.lake)
        commits += sum(_compact(catalog, name) for name in (BRONZE.name, SILVER.name))
        catalog.close()
    assert commits > 2, "hardly anything was compacted: no proof"
    return at


def _compact(catalog: SqlCatalog, name: str) -> int:
    """Writes the rows of each Kafka partition anew, up to the newest one seen; returns the commits."""
    commits = 0
    seen = catalog.load_table(name).scan(selected_fields=("kafka_partition", "kafka_offset")).to_arrow()
    newest = seen.group_by("kafka_partition").aggregate([("kafka_offset", "max")]).to_pylist()
    for row in newest:
        rows = And(
            EqualTo("kafka_partition", row["kafka_partition"]),
            LessThanOrEqual("kafka_offset", row["kafka_offset_max"]),
        )
        table = catalog.load_table(name)
        try:
            table.overwrite(table.scan(rows).to_arrow(), overwrite_filter=rows)
            commits += 1
        except CommitFailedException:
            continue  # the stream was first; compaction is for another time
    return commits


def _second_writer(stack: StackUnderTest, _load: Load) -> datetime:
    """Loads receipts, each segment a commit of its own, into the catalog to which the stream commits."""
    at = datetime.now(UTC)
    catalog = open_catalog(stack.local.lake)
    with connect(catalog) as connection:
        for _ in _for(12):
            load_receipts(connection, catalog, stack.local.lake.receipts_dir)
            for definition in (BRONZE, SILVER):
                table = catalog.load_table(definition.name)
                table.append(table.schema().as_arrow().empty_table())
    catalog.close()
    return at


SCENARIOS: Final = (
    Scenario(
        name="catalog locked",
        what="another program holds the catalog's write lock for 15 s, longer than several checkpoints",
        inject=_locked(15),
        in_short=False,
    ),
    Scenario(
        name="catalog locked until commits give up",
        what="another program holds the catalog's write lock for 80 s; commits give up after 60 s, the job "
        "fails and is restarted by the engine",
        inject=_locked(80),
        in_short=False,
    ),
    Scenario(
        name="catalog slow",
        what="the catalog can be written to for 0.3 s of every 1.8 s",
        inject=_slow,
        in_short=False,
    ),
    Scenario(
        name="compaction beside the stream",
        what="another writer keeps replacing the files of bronze and silver by copies, row for row",
        inject=_compaction,
    ),
    Scenario(
        name="second writer on the same tables",
        what="another writer keeps committing to bronze, silver and the receipts",
        inject=_second_writer,
        in_short=False,
    ),
)
