"""Topic ``evals``, experiments and canaries: what they cost, and how often and late they err."""

import os
import re
import sys
import time
import timeit
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.experiments.assignment import Assigner
from agent_runtime.experiments.registry import Experiment, Layer, Registry, Variant
from analytics.delivery.simulation import Ended, Traffic, play_stage
from analytics.delivery.stages import STAGES
from analytics.experiments.log import EXPOSURE_LOG, OUTCOME_LOG, read_log
from analytics.experiments.plan import AlwaysValid, Metric, Plan
from analytics.experiments.readouts import read_experiment
from analytics.experiments.settings import ExperimentSettings
from analytics.experiments.verdicts import judge
from analytics.statistics.paired import paired_bootstrap
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.derived_tables import CONVERSATIONS
from pipelines.settings import LakeSettings
from pipelines.tables import SILVER
from pipelines.tenants import Tiering, publish_tenants
from pipelines.views import connect
from tests.bench import asos
from tests.bench import experiment_simulations as made
from tests.bench.record import Row, figure

UNITS: Final = 1_000_000
PLAN: Final = Plan(
    experiment="warm",
    hypothesis="measured",
    metrics=(Metric(name="resolution", outcome="resolved", per="conversations", minimum_effect=0.005),),
    design=AlwaysValid(units=UNITS // 2),
    shares={"control": 0.5, "warm": 0.5},
    registered_at=datetime(2026, 10, 1, tzinfo=UTC),
)
THROUGH: Final = datetime(2026, 11, 20, tzinfo=UTC)
RUNS: Final = 20_000
NOISE: Final = 3 * (0.05 * 0.95 / RUNS) ** 0.5
"""Three standard errors of a share of 5 % among the runs: what chance adds to a target."""
CANARIES: Final = 200
PER_MINUTE: Final = 50.0
"""500,000 conversations a week."""
SHARES: Final = {
    "resolution": 0.2,
    "safety": 2e-4,
    "latency": 0.02,
    "errors": 0.01,
    "escalation_24h": 0.1,
    "csat": 0.15,
}
"""What goes wrong in control."""
HARMS: Final = {
    "resolution": (0.05, 0.1, 0.3),
    "safety": (0.002, 0.02),
    "latency": (0.06, 0.2),
    "errors": (0.02, 0.1),
}
"""Planted regressions: how much more of the canary's cases go wrong."""


def rows() -> list[Row]:
    """Measures all of it."""
    return [*assignment(), *analysis(), *designs(), *paradoxes(), *intervals(), *real(), *canaries()]


def assignment() -> Iterator[Row]:
    """Microseconds of processor time to find a user's variant."""
    variants = (Variant(name="control", weight=500), Variant(name="new", weight=500, config={"tone": "warm"}))
    one = Experiment(key="warm", first=0, stop=1000, variants=variants)
    registry = Registry(default={"tone": "plain"}, layers=(Layer(key="tone", experiments=(one,)),))
    assigner, users = Assigner(registry), [f"customer-{number}" for number in range(200)]

    def all_users() -> None:
        for user in users:
            assigner.variants(user)

    best = min(timeit.repeat(all_users, number=1, repeat=1_000, timer=time.thread_time)) * 1e6 / len(users)
    yield figure("H1-assignment", "a user's variant in one layer: two hashes, best of 1,000", 2, best, "us")


def analysis() -> Iterator[Row]:
    """Seconds from the log to verdicts: of two tables in memory, and of a lake."""
    exposures, outcomes = _log()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("exposure_log", exposures)
    connection.register("outcome_log", outcomes)
    what = f"{UNITS:,} exposures and {outcomes.num_rows:,} outcomes, four kinds of strata, to a verdict"
    yield from _timed(
        "H2-analysis", what, lambda: judge(PLAN, read_log(connection, PLAN, complete_through=THROUGH), {})
    )
    connection.close()
    with TemporaryDirectory() as folder:
        catalog = open_catalog(
            LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
        )
        _fill(catalog, exposures, outcomes)
        with connect(catalog) as lake:
            yield from _timed(
                "H2-analysis-lake",
                f"{UNITS:,} exposures of silver.events and as many conversations, to a verdict",
                lambda: read_experiment(lake, catalog, PLAN, complete_through=THROUGH, now=THROUGH),
            )
        catalog.close()


def _timed(name: str, what: str, analyse: Callable[[], object]) -> Iterator[Row]:
    seconds, cpu = list[float](), list[float]()
    for _ in range(3):
        started, used = time.perf_counter(), time.process_time()
        analyse()
        seconds.append(time.perf_counter() - started)
        cpu.append(time.process_time() - used)
    yield figure(name, f"{what}, median of 3", 5, median(seconds), "s")
    yield figure(f"{name}-cpu", "the same, processor time of all threads", None, median(cpu), "s")
    yield figure(f"{name}-load", "load average meanwhile", None, os.getloadavg()[0], "processes")


def _log() -> tuple[pa.Table, pa.Table]:
    rng = np.random.default_rng(1)
    start = np.datetime64("2026-11-01T00:00:00", "us")
    exposed = start + rng.integers(0, 14 * 86_400, UNITS).astype("timedelta64[s]")
    ended = exposed + rng.integers(1, 86_400, UNITS).astype("timedelta64[s]")
    warm = rng.random(UNITS) < 0.5
    units = pa.array([f"acme/customer-{number}" for number in range(UNITS)])
    exposures = pa.table(
        {
            "experiment": pa.array(["warm"] * UNITS),
            "variant": np.where(warm, "warm", "control"),
            "unit": units,
            "exposed_at": pa.array(exposed).cast(pa.timestamp("us", "UTC")),
            "complexity": rng.choice(["low", "high"], UNITS),
            "tenant_tier": rng.choice(["small", "middle", "big"], UNITS),
            "topic": rng.choice([f"topic {number}" for number in range(8)], UNITS),
        },
        schema=EXPOSURE_LOG,
    )
    values = {"conversations": np.ones(UNITS), "resolved": (rng.random(UNITS) < 0.8 + 0.004 * warm) * 1.0}
    outcomes = pa.concat_tables(
        pa.table(
            {
                "event_id": [f"{outcome}-{number}" for number in range(UNITS)],
                "unit": units,
                "outcome": pa.array([outcome] * UNITS),
                "value": value,
                "occurred_at": pa.array(ended).cast(pa.timestamp("us", "UTC")),
            },
            schema=OUTCOME_LOG,
        )
        for outcome, value in values.items()
    )
    return exposures, outcomes


def _fill(catalog: SqlCatalog, exposures: pa.Table, outcomes: pa.Table) -> None:
    """The same log as rows of silver: an exposure and a conversation a user."""
    ensure_tables(catalog, (SILVER, CONVERSATIONS))
    publish_tenants(catalog, {"acme": [Tiering(tier="big", since=datetime(2026, 1, 1, tzinfo=UTC))]})
    conversations, resolved = outcomes.slice(0, UNITS), outcomes.slice(UNITS)
    ids = pa.array([f"01998b7e-0000-7000-8000-{number:012x}" for number in range(UNITS)])
    tenants = pa.array(["acme"] * UNITS)
    told = pc.binary_join_element_wise(
        '{"cx.experiment.key": "warm", "cx.experiment.variant": "', exposures["variant"], '"}', ""
    )
    events = {
        "event_id": ids,
        "event_type": pa.array(["experiment_exposure"] * UNITS),
        "event_time": exposures["exposed_at"],
        "tenant_id": tenants,
        "conversation_id": ids,
        "payload": told,
        "tenant_group": tenants,
    }
    ended = {
        "tenant_id": tenants,
        "conversation_id": ids,
        "customer_key": pa.array([f"{number:016x}" for number in range(UNITS)]),
        "scenario": exposures["topic"],
        "complexity": exposures["complexity"],
        "started_at": exposures["exposed_at"],
        "first_message_at": exposures["exposed_at"],
        "ended_at": conversations["occurred_at"],
        "outcome": pc.if_else(pc.greater(resolved["value"], 0), "resolved", "failed"),
    }
    for definition, columns in ((SILVER, events), (CONVERSATIONS, ended)):
        table = catalog.load_table(definition.name)
        lacking = {
            field.name: pa.nulls(UNITS, field.type)
            for field in table.schema().as_arrow()
            if field.name not in columns
        }
        rows = pa.table(columns | lacking).select([field.name for field in definition.schema.fields])
        table.append(rows.cast(table.schema().as_arrow()))


def designs() -> Iterator[Row]:
    """False alarms, power and coverage of every design, daily looks for two weeks."""
    rng = np.random.default_rng(2)
    same = made.Made(daily=500, control=0.9, treatment=0.9)
    different = made.Made(daily=200, control=0.90, treatment=0.925)
    plain = made.plain_peeking(same, RUNS, rng)
    told = f"{RUNS:,} made-up experiments, 14 daily looks"
    for name, design in made.designs(same.daily).items():
        found = made.outcomes(design, same, RUNS, rng)
        yield figure(
            f"H2-aa-{_id(name)}",
            f"{name}: share called different where nothing is, {told}",
            round(0.05 + NOISE, 4),
            found.decided,
            "share",
            peers={"plain z-test at every look": round(plain, 4)},
        )
    for name, design in made.designs(different.daily).items():
        found = made.outcomes(design, different, RUNS, rng)
        theory = made.power_in_theory(design, different)
        what = f"{name}: power beside {theory:.3f} in theory, 90 against 92.5 %, {told}"
        yield figure(f"H2-power-{_id(name)}", what, 0.02, abs(found.decided - theory), "share away")
        what = f"{name}: intervals that hold the truth at every look, {told}"
        yield figure(
            f"H2-coverage-{_id(name)}", what, round(0.95 - NOISE, 4), found.covered, "share", better="higher"
        )


def paradoxes() -> Iterator[Row]:
    """How often Simpson's paradox is reported."""
    rng = np.random.default_rng(3)
    for name, mix in made.PLANTED.items():
        found = made.reversals(mix, 2_000, rng)
        yield figure(
            f"H3-simpson-{_id(name)}", f"planted, {name}: found", 0.95, found, "share", better="higher"
        )
    for name, mix in made.ABSENT.items():
        found = made.reversals(mix, 2_000, rng)
        yield figure(f"H3-simpson-{_id(name)}", f"not there, {name}: found", 0.01, found, "share")


def intervals() -> Iterator[Row]:
    """Coverage of every interval that no design above has."""
    rng = np.random.default_rng(4)
    for name, covered in made.coverages(4_000, rng).items():
        what = f"{name}: 95 % intervals that hold the truth, 4,000 samples"
        yield figure(f"G3-coverage-{_id(name)}", what, 0.94, covered, "share", better="higher")
    runs = [
        paired_bootstrap(a, b, rng=rng, resamples=1_000) for a, b in made.normal_paired(115, 2_000, 0.0, rng)
    ]
    covered = sum(one.low <= 0 <= one.high for one in runs) / len(runs)
    what = "paired bootstrap over 115 tasks of 4 trials, no difference: intervals that hold it"
    yield figure("G3-coverage-paired-bootstrap", what, 0.93, covered, "share", better="higher")


def real() -> Iterator[Row]:
    """The 39 public experiments; none where they are absent."""
    path = ExperimentSettings().asos
    if not path.is_file():
        sys.stderr.write(f"no real experiments: {path} is absent; set TURNSTONE_EXPERIMENTS_ASOS\n")
        return
    found = asos.judged(path)
    sys.stdout.write(asos.table(found))
    what = f"{len(found)} comparisons of 39 real experiments: called different"
    counts: dict[str, Callable[[asos.Judged], bool]] = {
        "plain z-test at every look": lambda one: one.peeking is not None,
        "plain test at the end": lambda one: one.fixed,
        "O'Brien-Fleming": lambda one: one.obrien_fleming is not None,
    }
    yield figure(
        "H2-asos",
        f"{what}, always valid",
        None,
        sum(one.always_valid is not None for one in found),
        "comparisons",
        peers={name: float(sum(map(called, found))) for name, called in counts.items()},
    )


def canaries() -> Iterator[Row]:
    """Quiet canaries, and canaries with one planted regression, in the 5 % stage."""
    rng = np.random.default_rng(5)
    stage = STAGES[1]

    def played(harm: dict[str, float], runs: int) -> list[Ended]:
        traffic = Traffic(per_minute=PER_MINUTE, shares=SHARES, harm=harm)
        return [play_stage(stage, traffic, rng, most_min=1_440) for _ in range(runs)]

    told = f"{stage.name} of {PER_MINUTE:.0f} conversations a minute"
    quiet = played({}, CANARIES)
    wronged = sum(one.action == "roll_back" for one in quiet) / CANARIES
    yield figure("M2-false", f"{CANARIES} quiet canaries, {told}: rolled back", 0.01, wronged, "share")
    promoted = [one.minutes for one in quiet if one.action == "promote"]
    share = len(promoted) / CANARIES
    yield figure("M1-promoted", "the same: promoted within a day", None, share, "share", better="higher")
    minutes = median(promoted)
    yield figure(
        "M1-promotion", f"the same: promoted after, median (bake time {stage.bake_min})", None, minutes, "min"
    )
    for trigger, harms in HARMS.items():
        for harm in harms:
            ended = played({trigger: harm}, CANARIES // 10)
            caught = [one.minutes for one in ended if one.action == "roll_back"]
            what = f"{trigger} worse by {harm:.1%} of the cases, {told}"
            share = len(caught) / len(ended)
            name = f"M2-{trigger}-{harm * 1e4:.0f}"
            yield figure(name, f"{what}: rolled back within a day", None, share, "share", better="higher")
            passed = sum(one.action == "promote" for one in ended) / len(ended)
            yield figure(f"{name}-promoted", f"{what}: promoted to the next stage", None, passed, "share")
            if caught:
                yield figure(
                    f"{name}-delay", f"{what}: rolled back after, median", None, median(caught), "min"
                )


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower().replace("'", ""))


if __name__ == "__main__":
    for measured in rows():
        sys.stdout.write(f"{measured}\n")
