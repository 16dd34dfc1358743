"""Looks at what the stream writes: the topic, and the tables that Flink appends to without end."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import dagster as dg
from duckdb import DuckDBPyConnection
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from dagster_project.broker import end_offsets
from dagster_project.errors import BrokerUnavailableError
from dagster_project.lake import day_metadata, snapshot_metadata
from dagster_project.stream import stream_metadata
from pipelines.freshness import TARGETS_S
from pipelines.queries import query
from pipelines.tables import BRONZE, DEAD_LETTERS, SILVER
from streaming.settings import StreamingSettings
from streaming.topics import BrokerUnreachableError

TOPIC: Final = dg.AssetKey(["kafka", "agent_events"])
TABLES: Final = (BRONZE, SILVER, DEAD_LETTERS)


class Look(Struct, frozen=True, kw_only=True):
    """What a look at one of them told.

    Attributes:
        key: The asset.
        metadata: For its page.
        version: Its data version: snapshot or offsets.
        is_current: Whether it held, at that moment, all that is older than its layer's target;
            None for the topic, which has none.
    """

    key: dg.AssetKey
    metadata: Mapping[str, Any]
    version: str
    is_current: bool | None = None


def look(connection: DuckDBPyConnection, catalog: SqlCatalog, now: datetime) -> Iterator[Look]:
    """Looks at the topic and at every streamed table.

    Args:
        connection: A connection with the lake's views, fresh.
        catalog: The lake's catalog.
        now: The time of the look.
    """
    topic, lag = _topic(connection, now)
    yield topic
    newest = {table.name: _newest(connection, table.name) for table in TABLES}
    handled = max(filter(None, (newest[SILVER.name], newest[DEAD_LETTERS.name])), default=None)
    reached = {BRONZE.name: newest[BRONZE.name], SILVER.name: handled, DEAD_LETTERS.name: handled}
    for table in TABLES:
        target = timedelta(seconds=TARGETS_S[table.name.split(".")[0]])
        behind = _behind(newest[BRONZE.name], reached[table.name], lag, now)
        metadata = snapshot_metadata(catalog, table.name)
        yield Look(
            key=dg.AssetKey(table.name.split(".")),
            metadata={
                **metadata,
                **day_metadata(catalog, table.name),
                **_age(newest[table.name], now),
                **({} if lag is None else {"lag_of_bronze": lag}),
                **({} if behind is None else {"seconds_behind": round(behind.total_seconds(), 3)}),
            },
            version=str(metadata.get("snapshot_id", "empty")),
            is_current=behind is not None and behind <= target,
        )


def _topic(connection: DuckDBPyConnection, now: datetime) -> tuple[Look, int | None]:
    """The topic, and how many of its records bronze lacks; None where no broker answers."""
    settings = StreamingSettings()
    where: dict[str, Any] = {"topic": settings.topic, "brokers": settings.bootstrap_servers}
    try:
        ends = end_offsets(settings)
        job = stream_metadata(settings, now.timestamp())
    except (
        BrokerUnavailableError,
        BrokerUnreachableError,
    ) as error:  # a stopped broker is a finding, not a failed look
        told = {**where, "reachable": False, "why": str(error)}
        return Look(key=TOPIC, metadata=told, version="unreachable"), None
    reached = dict(connection.execute(query("bronze_reached"), [settings.topic]).fetchall())
    lag = sum(max(0, end - reached.get(number, 0)) for number, end in ends.items())
    told = {
        **where,
        "reachable": True,
        "dagster/row_count": sum(ends.values()),
        "lag_of_bronze": lag,
        "end_offsets": {str(number): end for number, end in ends.items()},
        **job,
    }
    return Look(key=TOPIC, metadata=told, version=str(sorted(ends.items()))), lag


def _behind(
    bronze: datetime | None, reached: datetime | None, lag: int | None, now: datetime
) -> timedelta | None:
    """How far a table is behind the producers at most; None where nobody can tell.

    Bronze that lacks nothing is not behind, however long ago the last record came.
    """
    if lag is None:
        return None
    if bronze is None:
        return timedelta() if lag == 0 else None
    of_bronze = timedelta() if lag == 0 else now - bronze
    return of_bronze + (bronze - reached if reached is not None else now - bronze)


def _newest(connection: DuckDBPyConnection, name: str) -> datetime | None:
    [(newest,)] = connection.table(name).max("broker_time").fetchall()
    found: datetime | None = newest
    return found


def _age(newest: datetime | None, now: datetime) -> Mapping[str, Any]:
    if newest is None:
        return {}
    return {
        "newest_broker_time": dg.MetadataValue.timestamp(newest),
        "seconds_since_newest_record": round((now - newest).total_seconds(), 3),
    }
