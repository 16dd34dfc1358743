"""Topic ``lakehouse``: gold over ten times the events that silver was measured with."""

import os
import resource
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from pipelines.catalog import open_catalog
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.settings import LakeSettings
from pipelines.views import connect
from tests.bench.dbt import build_gold
from tests.bench.memory import sampled_peak
from tests.bench.record import Row

TIMES: Final = int(os.environ.get("TURNSTONE_BENCH_GOLD_TIMES", "10"))
"""Turns and conversations are repeated under other ids, on the same days: gold reads nothing else."""
_MULTIPLIED: Final = (Path(__file__).parent / "sql" / "multiplied.sql").read_text()
_EVENTS: Final = "SELECT sum(events) FROM silver.conversations"


def measure(folder: str) -> list[Row]:
    """Repeats the rows of a lake in a folder, then builds its gold from nothing, twice."""
    settings = LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
    catalog = open_catalog(settings)
    with connect(catalog) as connection:
        for table in (TURNS.name, CONVERSATIONS.name):
            _multiply(connection, catalog, table)
    with connect(catalog) as connection:
        [(events,)] = connection.execute(_EVENTS).fetchall()
    with sampled_peak() as peak:
        models_s = _from_nothing(catalog, settings, "run")
        build_s = _from_nothing(catalog, settings, "build")
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = f"{events:,} events"
    return [
        _row("F3-gold", f"gold of {told}, whole, start of dbt included", models_s, "s", 60),
        _row("F3-gold-tested", "the same with all tests", build_s, "s"),
        _row("F3-gold-cpu", "CPU of both, on 2 cores", used.ru_utime + used.ru_stime, "s"),
        _row("F3-gold-memory", "peak memory of both", round(peak.mib), "MiB", 4_096),
    ]


def _multiply(connection: DuckDBPyConnection, catalog: SqlCatalog, name: str) -> None:
    """Appends a week at a time, so that a day has one more file a tenant."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE one AS SELECT * FROM {name}")
    [(since, until)] = connection.execute(
        "SELECT min(started_at)::date, max(started_at)::date FROM one"
    ).fetchall()
    while since <= until:
        table = catalog.load_table(name)
        rows = connection.sql(_MULTIPLIED.format(more=TIMES - 1, since=since)).to_arrow_table()
        table.append(rows.cast(table.schema().as_arrow()))
        since += timedelta(weeks=1)


def _from_nothing(catalog: SqlCatalog, settings: LakeSettings, task: str) -> float:
    for mart in catalog.list_tables("gold"):
        catalog.drop_table(mart)
    started = time.perf_counter()
    build_gold(settings, task)
    return time.perf_counter() - started


def _row(identity: str, what: str, result: float, unit: str, target: float | None = None) -> Row:
    return Row(id=identity, what=what, target=target, result=round(result, 2), unit=unit, better="lower")
