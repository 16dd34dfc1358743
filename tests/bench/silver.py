"""Topic ``lakehouse``: seconds and memory of whole and incremental builds of silver and gold."""

import asyncio
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.domains.retail.conversations import retail_conversations
from agent_runtime.play import play
from agent_runtime.settings import RuntimeSettings
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.conversations import rebuild_conversations
from pipelines.settings import LakeSettings
from pipelines.tables import SILVER
from pipelines.views import connect, refresh
from streaming.contract.events import AgentEvent
from tests.bench import gold
from tests.bench.dbt import build_gold, build_gold_warm
from tests.bench.memory import resident_mib, sampled_peak
from tests.bench.record import Row
from tests.dagster_project.warm_dbt import warm_dbt
from tests.pipelines.made_stream import deliver, silver_row

COPIES: Final = int(os.environ.get("TURNSTONE_BENCH_COPIES", "11"))
"""The recorded events are repeated under other ids, a week later each time: about a million."""
_COPY: Final = (Path(__file__).parent / "sql" / "copy_of_events.sql").read_text()
_FIRST_DAY: Final = "event_time < (select min(event_time) from one) + interval 1 day"


def rows() -> list[Row]:
    """Measures on the played conversations, on copies of them, and gold on copies of those."""
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        return [
            *_apart(_measure, f"{folder}/recorded", "recorded", 1),
            *_apart(_measure, f"{folder}/million", "million", COPIES),
            *_apart(gold.measure, f"{folder}/million"),
        ]


def _apart(measure: Callable[..., list[Row]], *arguments: object) -> list[Row]:
    """Runs in a new process, whose peak memory is then the measurement's own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
        return alone.submit(measure, *arguments).result()


def _measure(folder: str, name: str, copies: int) -> list[Row]:
    settings = LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
    catalog = open_catalog(settings)
    ensure_tables(catalog)
    with connect(catalog) as connection:
        events = _fill(connection, catalog, copies)
        before_mib = resident_mib(os.getpid())
        with sampled_peak() as peak:
            whole_s = _timed(lambda: rebuild_conversations(connection, catalog))
            gold_s = _timed(lambda: build_gold(settings))
            nothing_s = _timed(lambda: rebuild_conversations(connection, catalog))
            _append_copy(connection, catalog, copies, _FIRST_DAY)
            day_s = _timed(lambda: rebuild_conversations(connection, catalog))
            gold_day_s = _timed(lambda: build_gold(settings, "run"))
            _append_copy(connection, catalog, copies + 1, _FIRST_DAY)
            rebuild_conversations(connection, catalog)
            with warm_dbt(Path(folder)) as server:
                warm_day_s = _timed(lambda: build_gold_warm(settings, server))
            tests_s = _timed(lambda: build_gold(settings))
            _late_rating(connection, catalog)
            late_s = _timed(lambda: rebuild_conversations(connection, catalog))
        check = rebuild_conversations(connection, catalog, whole=True)
        assert check.conversations.rows == 0, "an incremental build differs from a whole one"
    told = f"{events:,} events"
    million = copies > 1
    return [
        _row(
            f"F2-{name}-whole", f"turns and conversations of {told}, whole", whole_s, 60 if million else None
        ),
        _row(
            f"F2-{name}-day", f"the same, a new day of events beside {told}", day_s, 10 if million else None
        ),
        _row(f"F2-{name}-late", f"the same, one late rating beside {told}", late_s),
        _row(f"F2-{name}-nothing", f"the same, nothing new beside {told}", nothing_s),
        _row(f"F3-{name}-gold", f"gold of {told}, whole, start of dbt and all tests included", gold_s),
        _row(
            f"F3-{name}-gold-day",
            f"gold, a new day beside {told}, start of dbt included",
            gold_day_s,
            10 if million else None,
        ),
        _row(
            f"F3-{name}-gold-day-warm",
            f"gold, another new day beside {told}, by the dbt that `turnstone dev` keeps ready",
            warm_day_s,
            10 if million else None,
        ),
        _row(f"F3-{name}-gold-tests", f"gold of {told}, nothing new, start of dbt and all tests", tests_s),
        Row(
            id=f"F2-{name}-memory",
            what=f"peak memory of the builds, all processes; {before_mib:,.0f} MiB before the first",
            target=4_096,
            result=round(peak.mib),
            unit="MiB",
            better="lower",
        ),
    ]


def _row(identity: str, what: str, seconds: float, target: float | None = None) -> Row:
    return Row(id=identity, what=what, target=target, result=round(seconds, 2), unit="s", better="lower")


def played_events(limit: int | None = None) -> list[AgentEvent]:
    """The events of the retail domain's conversations; of the first ones where there is a limit."""
    events = list[AgentEvent]()
    conversations = retail_conversations(RuntimeSettings())
    if limit is not None:
        conversations = conversations.first(limit)
    asyncio.run(play(conversations.stream, total=conversations.total, sink=events.append))
    return events


def _fill(connection: DuckDBPyConnection, catalog: SqlCatalog, copies: int) -> int:
    """Appends the played events, and copies of them, a snapshot each."""
    events = played_events()
    table = catalog.load_table(SILVER.name)
    schema = table.schema().as_arrow()
    one = pa.Table.from_pylist([silver_row(d) for d in deliver(events)], schema=schema)
    connection.register("played", one)
    connection.execute("CREATE TABLE one AS SELECT * FROM played")
    connection.unregister("played")
    for copy in range(copies):
        _append_copy(connection, catalog, copy, "true")
    return len(events) * copies


def _append_copy(connection: DuckDBPyConnection, catalog: SqlCatalog, copy: int, which: str) -> None:
    table = catalog.load_table(SILVER.name)
    rows = connection.sql(_COPY.format(copy=copy, which=which)).to_arrow_table()
    table.append(rows.cast(table.schema().as_arrow()))
    refresh(connection, catalog)


def _late_rating(connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
    table = catalog.load_table(SILVER.name)
    rated = connection.sql((Path(__file__).parent / "sql" / "late_rating.sql").read_text()).to_arrow_table()
    table.append(rated.cast(table.schema().as_arrow()))


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
