"""The freshness waterfall: how long each hop of an event's way took (spec E7, F3).

Every event of silver is followed by its coordinates from its own time through the
producer's hand-over, the broker's acknowledgement, the stream engine's reading and the
commits of bronze and silver to the builds of conversations and gold. Histograms have
fixed buckets (1, 2, 5, 10 …), so hours, runs and machines can be added up.

The producer stamps ``broker_time`` when it hands a record over; its clock, the stream
engine's and the catalog's are compared as they are, so a bucket below zero is a clock
that differs. A build may have begun just before an event reached silver, and is then
taken for the one that brought it: the hops after silver are right to within one build.
"""

from datetime import datetime, timedelta
from itertools import pairwise
from math import inf
from typing import Final

import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table

from pipelines.catalog import ensure_tables
from pipelines.commits import Build, appended_files, builds
from pipelines.derived_tables import CONVERSATIONS, WATERFALL
from pipelines.queries import query
from pipelines.tables import BRONZE, SILVER
from pipelines.views import file_path, file_source, refresh
from pipelines.writing import Written, replace_table

HOPS: Final = (
    "event_to_hand_over",
    "hand_over_to_ack",
    "hand_over_to_stream",
    "stream_to_bronze",
    "stream_to_silver",
    "silver_to_conversations",
    "conversations_to_gold",
    "hand_over_to_gold",
)
"""In the order of the way; the last is all of it."""

EDGES_S: Final = (0.0, *(float(f"{m}e{e}") for e in range(-3, 9) for m in (1, 2, 5)), 1e9)
"""Bounds of the buckets, seconds; one bucket lies below them and one above."""

GOLD: Final = "gold.agent_daily"
"""The mart whose builds end the way."""

_PLACE: Final = ("topic", "kafka_partition", "kafka_offset")
_TIMES: Final = ("event_time", "broker_time", "ingested_at")


def publish_waterfall(
    connection: DuckDBPyConnection,
    catalog: SqlCatalog,
    *,
    now: datetime,
    window: timedelta = timedelta(days=1),
) -> Written:
    """Measures the hours of the window anew; what ``gold.freshness_waterfall`` says of older ones stays.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        now: The time of the measurement.
        window: How far back to measure.
    """
    ensure_tables(catalog, (WATERFALL,))
    refresh(connection, catalog)
    since = (now - window).replace(minute=0, second=0, microsecond=0)
    connection.execute("SET VARIABLE waterfall_since = CAST(? AS TIMESTAMPTZ)", [since])
    connection.execute("SET VARIABLE measured_at = CAST(? AS TIMESTAMPTZ)", [now])
    for name, table in _inputs(catalog).items():
        connection.register(name, table)
    _show_rows(connection, "waterfall_bronze", catalog.load_table(BRONZE.name), _PLACE, since)
    _show_rows(connection, "waterfall_silver", catalog.load_table(SILVER.name), (*_PLACE, *_TIMES), since)
    return replace_table(connection, catalog, WATERFALL, query("freshness_waterfall"))


def _inputs(catalog: SqlCatalog) -> dict[str, pa.Table]:
    bounds = list(pairwise((-inf, *EDGES_S, inf)))
    return {
        "buckets": pa.table({"over_s": [over for over, _ in bounds], "up_to_s": [to for _, to in bounds]}),
        "hop_order": pa.table({"hop": HOPS, "place": list(range(1, len(HOPS) + 1))}),
        "conversation_builds": _builds(catalog, CONVERSATIONS.name),
        "gold_builds": _builds(catalog, GOLD),
    }


def _builds(catalog: SqlCatalog, name: str) -> pa.Table:
    try:
        found: list[Build] = builds(catalog.load_table(name))
    except NoSuchTableError:
        found = []
    time = pa.timestamp("us", "UTC")
    return pa.table(
        {
            "through": pa.array([build.through for build in found], time),
            "committed_at": pa.array([build.committed_at for build in found], time),
        }
    )


def _show_rows(
    connection: DuckDBPyConnection, name: str, table: Table, columns: tuple[str, ...], since: datetime
) -> None:
    """Makes a view of the rows that were appended since then, each with the time of its commit."""
    added = list(appended_files(table, since))
    commits = pa.table(
        {
            "filename": pa.array([file_path(file.location) for file in added], pa.string()),
            "committed_at": pa.array([file.committed_at for file in added], pa.timestamp("us", "UTC")),
        }
    )
    connection.register(f"{name}_commits", commits)
    rows = f"SELECT *, '' AS filename FROM {'.'.join(table.name())}"  # noqa: S608 - our own names
    if added:
        fields = [table.schema().find_field(column) for column in columns]
        source = file_source(fields, [file.location for file in added])
        rows = f"SELECT * FROM read_parquet({source}, filename = true)"  # noqa: S608 - every part is quoted
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {name} AS"  # noqa: S608 - our own names
        f" SELECT * FROM ({rows}) INNER JOIN {name}_commits USING (filename)"
    )
