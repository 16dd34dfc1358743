"""Measures peers that are Python programs: some processes of one consumer group."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import open_catalog
from pipelines.settings import LakeSettings
from streaming.settings import StreamingSettings
from tests.bench.peers.errors import PeerStoppedError
from tests.bench.peers.measured import WORKERS, Measured
from tests.bench.peers.processes import environment_of, running
from tests.bench.peers.tables import PeerTables, commits, create_tables
from tests.bench.peers.verification import verified_rows

_LEAST_PER_SECOND: Final = 1_000
_START_S: Final = 120.0


def consume_with(
    python: Path,
    module: str,
    *,
    lake: LakeSettings,
    streaming: StreamingSettings,
    records: int,
    guarantees: str,
) -> Measured:
    """Runs ``python -m module namespace group`` in some processes until bronze has the records.

    Args:
        python: Interpreter of the program's environment.
        module: The program. On SIGTERM it commits what it read, and ends.
        lake: Where its tables go.
        streaming: What it reads.
        records: Rows of bronze after which it is asked to end.
        guarantees: What it promises.

    Raises:
        PeerStoppedError: A process ended, or the records did not come in time.
        PeerResultError: The tables do not hold what the topic holds.
    """
    catalog = open_catalog(lake)
    namespace = f"peer_{module.rpartition('.')[2].removesuffix('_worker')}"
    tables = create_tables(catalog, namespace)
    command = [str(python), "-m", module, namespace, f"{namespace}-{time.time_ns()}"]
    with running([command] * WORKERS, environment_of(lake, streaming)) as processes:
        wait_for_rows(catalog, tables.bronze, records, processes.check)
        processes.stop()
    bronze, silver = verified_rows(catalog, tables, records)
    first = _first_read(catalog, tables)
    last = max(commits(catalog.load_table(name))[-1][0] for name in tables.all())
    catalog.close()
    return Measured(last - first, first - processes.started, bronze, silver, guarantees)


def wait_for_rows(catalog: SqlCatalog, name: str, rows: int, check: Callable[[], None]) -> None:
    """Waits until a table has so many rows.

    Raises:
        PeerStoppedError: It took longer than any peer worth a figure.
    """
    deadline = time.monotonic() + _START_S + rows / _LEAST_PER_SECOND
    while (have := _rows(catalog, name)) < rows:
        check()
        if time.monotonic() > deadline:
            raise PeerStoppedError(f"{name} has {have:,} rows of {rows:,}, too late")
        time.sleep(0.5)


def _rows(catalog: SqlCatalog, name: str) -> int:
    found = commits(catalog.load_table(name))
    return found[-1][1] if found else 0


def _first_read(catalog: SqlCatalog, tables: PeerTables) -> float:
    read = catalog.load_table(tables.bronze).scan(selected_fields=("ingested_at",)).to_arrow()
    first: float = pc.min(read["ingested_at"]).as_py().timestamp()
    return first
