"""Reads an experiment from the log: sums by metric, variant, day and stratum, computed anew each time."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import duckdb
import pyarrow as pa
from msgspec import Struct

from analytics.experiments.plan import Metric, Plan
from analytics.statistics.samples import PairedSums, Sample

_SQL: Final = files("analytics.experiments").joinpath("sql")
_TABLES: Final = tuple(
    _SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for name in ("asked_exposures", "exposure_kinds", "first_exposures", "repeated_outcomes", "outcomes_near")
)
_EXPOSURE_COUNTS, _UNIT_SUMS, _NOVELTY = (
    _SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for name in ("exposure_counts", "unit_sums", "novelty")
)
_LEAST_FOR_NOVELTY: Final = timedelta(days=2)
_MICROSECOND: Final = timedelta(microseconds=1)
_NONE: Final = 0
"""The denominator of a metric that has none."""

EXPOSURE_LOG: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("experiment", "variant", "unit")),
        ("exposed_at", pa.timestamp("us", "UTC")),
        *((name, pa.string()) for name in ("complexity", "tenant_tier", "topic")),
    ]
)
"""Columns of the table or view ``exposure_log``; strata are of before the exposure, null where unknown."""
OUTCOME_LOG: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("event_id", "unit", "outcome")),
        ("value", pa.float64()),
        ("occurred_at", pa.timestamp("us", "UTC")),
    ]
)
"""Columns of the table or view ``outcome_log``; an event id counts once."""


class DaySums(Struct, frozen=True, kw_only=True):
    """Sums over the users of a variant whose window of a metric ended on a day.

    Attributes:
        metric: The metric.
        variant: The variant.
        day: When their window ended.
        dimension: Of the stratum; empty for all users.
        stratum: Which of them.
        parts: x the outcome, y what it is divided by.
        covariate: x the outcome, y the same of before the exposure.
    """

    metric: str
    variant: str
    day: date
    dimension: str
    stratum: str
    parts: PairedSums
    covariate: PairedSums


class AgeSums(Struct, frozen=True, kw_only=True):
    """A metric's outcome in one day of the users' time since their first exposure."""

    metric: str
    variant: str
    age: int
    sample: Sample


class ExperimentLog(Struct, frozen=True, kw_only=True):
    """All that a verdict needs to know of the log.

    Attributes:
        units: Users by variant, those who met several left out.
        mixed: Users who met several variants; they are not analysed.
        first_exposure: When the first user came; None where nobody did.
        complete_through: Through which time the log is taken to be complete.
        sums: Of whom the window has passed.
        ages: By days since the first exposure, of metrics with windows of two days or more.
    """

    units: dict[str, int]
    mixed: int
    first_exposure: datetime | None
    complete_through: datetime
    sums: Sequence[DaySums]
    ages: Sequence[AgeSums]


def read_log(
    connection: duckdb.DuckDBPyConnection, plan: Plan, *, complete_through: datetime
) -> ExperimentLog:
    """Reads an experiment.

    Args:
        connection: Sees ``exposure_log`` and ``outcome_log``; set to UTC.
        plan: Says which experiment and metrics.
        complete_through: Later exposures are left out, and so are users whose window ends later.
    """
    connection.execute("SET VARIABLE asked_experiment = ?", [plan.experiment])
    connection.execute("SET VARIABLE log_complete_through = CAST(? AS TIMESTAMPTZ)", [complete_through])
    outcomes = sorted({name for one in plan.metrics for name in (one.outcome, one.per) if name})
    connection.execute("SET VARIABLE asked_outcomes = CAST(? AS VARCHAR[])", [outcomes])
    connection.register("asked_metrics", _metrics(plan.metrics, outcomes))
    for statement in _TABLES:
        connection.execute(statement)
    counts = _rows(connection, _EXPOSURE_COUNTS)
    sums = [_day_sums(row) for row in _rows(connection, _UNIT_SUMS)]
    slow = [
        one for one in plan.metrics if timedelta(hours=one.window_h) >= _LEAST_FOR_NOVELTY and not one.per
    ]
    connection.register("asked_metrics", _metrics(slow, outcomes))
    ages = [_age_sums(row) for row in _rows(connection, _NOVELTY) if row["n"] > 1] if slow else []
    return ExperimentLog(
        units={row["variant"]: row["units"] for row in counts if row["variant"] is not None},
        mixed=sum(row["units"] for row in counts if row["variant"] is None),
        first_exposure=min((row["first_at"] for row in counts), default=None),
        complete_through=complete_through,
        sums=sums,
        ages=ages,
    )


def _metrics(metrics: Iterable[Metric], outcomes: Sequence[str]) -> pa.Table:
    """The metrics, their outcomes by place from 1, as SQL counts."""
    rows = [
        {
            "metric": number,
            "name": one.name,
            "numerator": outcomes.index(one.outcome) + 1,
            "denominator": outcomes.index(one.per) + 1 if one.per else _NONE,
            "is_count": one.count == "any",
            "window_us": timedelta(hours=one.window_h) // _MICROSECOND,
            "covariate_us": timedelta(hours=one.covariate_h) // _MICROSECOND,
        }
        for number, one in enumerate(metrics)
    ]
    whole = [
        (name, pa.int64()) for name in ("metric", "numerator", "denominator", "window_us", "covariate_us")
    ]
    return pa.Table.from_pylist(rows, pa.schema([("name", pa.string()), ("is_count", pa.bool_()), *whole]))


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(statement).to_arrow_table().to_pylist()
    return rows


def _day_sums(row: dict[str, Any]) -> DaySums:
    n, x, xx = row["n"], row["x"], row["xx"]
    return DaySums(
        **{name: row[name] for name in ("metric", "variant", "day", "dimension", "stratum")},
        parts=PairedSums(n=n, x=x, xx=xx, y=row["y"], yy=row["yy"], xy=row["xy"]),
        covariate=PairedSums(n=n, x=x, xx=xx, y=row["z"], yy=row["zz"], xy=row["xz"]),
    )


def _age_sums(row: dict[str, Any]) -> AgeSums:
    sample = Sample.of_sums(row["n"], row["x"], row["xx"])
    return AgeSums(metric=row["metric"], variant=row["variant"], age=row["age"], sample=sample)
