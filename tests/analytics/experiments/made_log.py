"""A log of exposures and outcomes whose truth is known."""

from datetime import UTC, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from analytics.experiments.log import EXPOSURE_LOG, OUTCOME_LOG
from analytics.experiments.plan import AlwaysValid, Design, Metric, Plan

START = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = 14
END = START + timedelta(days=DAYS + 2)
RESOLUTION = Metric(name="resolution", outcome="resolved", per="conversations", minimum_effect=0.02)


def plan(*metrics: Metric, design: Design | None = None) -> Plan:
    return Plan(
        experiment="warm",
        hypothesis="A warm tone resolves more",
        metrics=metrics or (RESOLUTION,),
        design=design or AlwaysValid(units=4_000),
        shares={"control": 0.5, "warm": 0.5},
        registered_at=START - timedelta(days=1),
    )


def made_log(
    units: int = 8_000, *, effect: float = 0.0, cost_effect: float = 0.0, seed: int = 1
) -> tuple[pa.Table, pa.Table]:
    """Exposures and outcomes: one to three conversations a user within a day, cost with a past."""
    rng = np.random.default_rng(seed)
    warm = rng.random(units) < 0.5
    exposed = rng.integers(0, DAYS * 86_400, units)
    habit = rng.gamma(4, 0.1, units)
    exposures = pa.table(
        {
            "experiment": ["warm"] * units,
            "variant": np.where(warm, "warm", "control"),
            "unit": [f"acme/{number}" for number in range(units)],
            "exposed_at": _times(exposed),
            "complexity": np.where(rng.random(units) < 0.3, "high", "low"),
            "tenant_tier": pa.nulls(units, pa.string()),
            "topic": rng.choice(["refund", "delivery"], units),
        },
        schema=EXPOSURE_LOG,
    )
    users = np.repeat(np.arange(units), rng.integers(1, 4, units))
    after = exposed[users] + rng.integers(1, 86_400, len(users))
    resolved = (rng.random(len(users)) < 0.8 + effect * warm[users]).astype(float)
    cost = habit[users] + cost_effect * warm[users] + rng.normal(0, 0.02, len(users))
    before = exposed - rng.integers(1, 7 * 86_400, units)
    parts = [
        ("conversations", users, after, np.ones(len(users))),
        ("resolved", users, after, resolved),
        ("cost_usd", users, after, cost),
        ("cost_usd", np.arange(units), before, habit + rng.normal(0, 0.02, units)),
    ]
    outcomes = pa.concat_tables(
        pa.table(
            {
                "event_id": [f"{place}-{number}" for number in range(len(of))],
                "unit": [f"acme/{number}" for number in of],
                "outcome": [outcome] * len(of),
                "value": values,
                "occurred_at": _times(at),
            },
            schema=OUTCOME_LOG,
        )
        for place, (outcome, of, at, values) in enumerate(parts)
    )
    return exposures, outcomes


def connected(exposures: pa.Table, outcomes: pa.Table) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    connection.register("exposure_log", exposures)
    connection.register("outcome_log", outcomes)
    return connection


def _times(seconds: np.ndarray) -> pa.Array:
    start = np.datetime64(START.replace(tzinfo=None), "us")
    return pa.array(start + seconds.astype("timedelta64[s]")).cast(pa.timestamp("us", "UTC"))
