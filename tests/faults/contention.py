"""Others at the catalog and at the tables while the stream commits."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException

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
    """Rewrites the rows of the minute before, again and again, while the stream appends."""
    at, commits = datetime.now(UTC), 0
    enough = time.monotonic() + 20
    for _ in _for(180):
        if commits and time.monotonic() > enough:
            break  # on a busy machine the stream may be first for a minute
        catalog = open_catalog(stack.local.lake)
        commits += sum(_compact(catalog, name, at) for name in (BRONZE.name, SILVER.name))
        catalog.close()
    assert commits, "nothing was compacted: no proof"
    return at


def _compact(catalog: SqlCatalog, name: str, until: datetime) -> bool:
    """Writes rows anew that no append can belong to any more; tells whether the stream let it commit."""
    since, before = until - timedelta(seconds=60), until - timedelta(seconds=10)
    rows = f"broker_time >= '{since.isoformat()}' and broker_time < '{before.isoformat()}'"
    table = catalog.load_table(name)
    copied = table.scan(rows).to_arrow()
    if not copied.num_rows:
        return False
    try:
        table.overwrite(copied, overwrite_filter=rows)
    except (CommitFailedException, ValidationException):
        return False  # the stream was first; compaction is for another time
    return True


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
