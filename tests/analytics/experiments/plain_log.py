"""What an experiment's log says, by a plain loop over its rows: slow, and easy to believe."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from analytics.experiments.log import ExperimentLog
from analytics.experiments.plan import Metric, Plan

Key = tuple[Any, ...]
"""Metric, variant, day, dimension, stratum of sums; metric, variant, age of ages."""
Sums = dict[Key, tuple[float, ...]]


def plain_sums(
    exposures: pa.Table, outcomes: pa.Table, plan: Plan, complete_through: datetime
) -> tuple[Sums, Sums]:
    """Sums (n, x, xx, y, yy, xy, z, zz, xz), and ages (n, x, xx)."""
    met = defaultdict[str, list[dict[str, Any]]](list)
    for row in exposures.to_pylist():
        if row["experiment"] == plan.experiment and row["exposed_at"] <= complete_through:
            met[row["unit"]].append(row)
    users = {
        unit: min(rows, key=lambda row: row["exposed_at"])
        for unit, rows in met.items()
        if len({row["variant"] for row in rows}) == 1
    }
    had = defaultdict[str, dict[str, dict[str, Any]]](dict)
    for row in outcomes.to_pylist():
        earlier = had[row["unit"]].get(row["event_id"])
        if earlier is None or row["occurred_at"] < earlier["occurred_at"]:
            had[row["unit"]][row["event_id"]] = row
    sums = defaultdict[Key, list[float]](lambda: [0.0] * 9)
    ages = defaultdict[Key, list[float]](lambda: [0.0] * 3)
    for metric in plan.metrics:
        window = timedelta(hours=metric.window_h)
        for unit, user in users.items():
            if user["exposed_at"] + window > complete_through:
                continue
            x, y, z = _measured(metric, user["exposed_at"], list(had[unit].values()))
            day = (user["exposed_at"] + window).date()
            for dimension, stratum in _strata(user):
                _add(
                    sums[metric.name, user["variant"], day, dimension, stratum],
                    (1, x, x * x, y, y * y, x * y, z, z * z, x * z),
                )
            for age in range(window.days if window.days > 1 and not metric.per else 0):
                begins = user["exposed_at"] + timedelta(days=age)
                value = _between(metric.outcome, list(had[unit].values()), begins, begins + timedelta(days=1))
                _add(ages[metric.name, user["variant"], age], (1, value, value * value))
    return {key: tuple(of) for key, of in sums.items()}, {key: tuple(of) for key, of in ages.items()}


def read_sums(log: ExperimentLog) -> tuple[Sums, Sums]:
    """The same of a log that was read."""
    sums = {
        (one.metric, one.variant, one.day, one.dimension, one.stratum): (
            *(getattr(one.parts, name) for name in ("n", "x", "xx", "y", "yy", "xy")),
            *(getattr(one.covariate, name) for name in ("y", "yy", "xy")),
        )
        for one in log.sums
    }
    ages = {
        (one.metric, one.variant, one.age): (one.sample.n, one.sample.mean * one.sample.n) for one in log.ages
    }
    return sums, ages


def _measured(metric: Metric, exposed_at: datetime, rows: list[dict[str, Any]]) -> tuple[float, float, float]:
    until = exposed_at + timedelta(hours=metric.window_h)
    x = _between(metric.outcome, rows, exposed_at, until)
    y = _between(metric.per, rows, exposed_at, until) if metric.per else 0.0
    z = _between(metric.outcome, rows, exposed_at - timedelta(hours=metric.covariate_h), exposed_at)
    return (float(x > 0) if metric.count == "any" else x), y, z


def _between(outcome: str, rows: list[dict[str, Any]], since: datetime, until: datetime) -> float:
    return sum(
        row["value"] for row in rows if row["outcome"] == outcome and since <= row["occurred_at"] < until
    )


def _strata(user: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "", ""
    for dimension in ("complexity", "tenant_tier", "topic"):
        if user[dimension] is not None:
            yield dimension, user[dimension]
    first = user["exposed_at"].hour // 6 * 6
    yield "hour", f"{first:02d}-{first + 5:02d} h"


def _add(total: list[float], values: tuple[float, ...]) -> None:
    for place, value in enumerate(values):
        total[place] += value
