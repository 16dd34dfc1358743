"""The report that a demo ends with: read from the tables, never from what was meant to happen."""

from datetime import date
from importlib.resources import files
from typing import Final, TypeVar

import duckdb
from msgspec import Struct

from analytics.rewards import VersionReward, reward_by_version

RowT = TypeVar("RowT", bound=Struct)

_SQL: Final = files("infra.demo").joinpath("sql")


class Stations(Struct, frozen=True, kw_only=True):
    """Records at each station of the accounting, and what is wrong with them."""

    acked: int
    bronze: int
    silver: int
    duplicates: int
    dead_letters: int
    lost: int
    doubled: int
    offset_gaps: int


class Freshness(Struct, frozen=True, kw_only=True):
    """Seconds from the producer to the commit that shows a row."""

    table_name: str
    p50_s: float
    p99_s: float
    target_s: float | None


class HopBucket(Struct, frozen=True, kw_only=True):
    """Events whose hop took at most so many seconds, and more than the bucket before."""

    hop: str
    up_to_s: float
    events: int


class DayOutcome(Struct, frozen=True, kw_only=True):
    """Conversations of a day that ended in one way."""

    day: date
    outcome: str | None
    conversations: int


class DemoReport(Struct, frozen=True, kw_only=True):
    """All that the report shows.

    Attributes:
        source: What was played.
        conversations: Conversations in silver.
        stations: Records by station.
        freshness: Delay by table.
        waterfall: Histogram of every hop, in the order of the way.
        rewards: Rewards by agent version.
        outcomes: Outcomes by day.
        seconds: Seconds by step of the demo, in order.
        links: Where to look on, by name.
    """

    source: str
    conversations: int
    stations: Stations
    freshness: list[Freshness]
    waterfall: list[HopBucket]
    rewards: list[VersionReward]
    outcomes: list[DayOutcome]
    seconds: dict[str, float]
    links: dict[str, str]

    @property
    def faultless(self) -> bool:
        """Whether every acknowledged event is where it must be, once."""
        return not (self.stations.lost or self.stations.doubled or self.stations.offset_gaps)


def collect(
    connection: duckdb.DuckDBPyConnection, *, source: str, seconds: dict[str, float], links: dict[str, str]
) -> DemoReport:
    """Reads the report from the lake.

    Args:
        connection: A connection that sees all layers.
        source: What was played.
        seconds: Seconds by step of the demo.
        links: Where to look on.
    """
    outcomes = _rows(connection, "outcomes", DayOutcome)
    return DemoReport(
        source=source,
        conversations=sum(each.conversations for each in outcomes),
        stations=_rows(connection, "stations", Stations)[0],
        freshness=_rows(connection, "freshness", Freshness),
        waterfall=_rows(connection, "waterfall", HopBucket),
        rewards=reward_by_version(connection),
        outcomes=outcomes,
        seconds=seconds,
        links=links,
    )


def _rows(connection: duckdb.DuckDBPyConnection, query: str, row: type[RowT]) -> list[RowT]:
    found = connection.execute(_SQL.joinpath(f"{query}.sql").read_text()).fetchall()
    return [row(**dict(zip(row.__struct_fields__, each, strict=True))) for each in found]
