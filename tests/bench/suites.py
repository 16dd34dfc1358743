"""Topic ``evals``, suites: from a changed configuration to a verdict, and how often it is wrong."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from agent_runtime.simulation.faults import FaultRates
from analytics.evals.agents import AgentConfig, Scripted, agent_of
from analytics.evals.cases import Suite
from analytics.evals.evaluation import Evaluation, decide, try_all
from analytics.evals.graders import grader_of
from analytics.evals.page import read_transcripts, render_page
from analytics.evals.provenance import code
from analytics.evals.publishing import publish
from analytics.evals.regrading import regrade_evals
from analytics.evals.results import Result
from analytics.evals.settings import EvalSettings
from analytics.evals.suites import SUITES, Loaded, load
from analytics.evals.verdicts import Pair, judge_suites
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.settings import LakeSettings
from tests.bench.record import REPOSITORY, Row, figure

TRIALS: Final = 2
PLANTED: Final = FaultRates(wrong_argument=0.12, wrong_answer=0.03, needless_transfer=0.04)
"""Ten points more wrong arguments than scripted-1 has."""
RUNS: Final = 300
"""Made evaluations a figure."""


def rows() -> list[Row]:
    """Measures all of it."""
    return [*whole_way(), *wrong_verdicts(), *inspect_costs()]


def whole_way() -> Iterator[Row]:
    """All suites, candidate and production both held anew, until the page is there; then again graded."""
    production = agent_of("scripted-1")
    worse = AgentConfig(version="planted", model=Scripted(faults=PLANTED))
    same = structs.replace(production, version="reworded", policy="Other words.")
    with tempfile.TemporaryDirectory() as folder:
        catalog = open_catalog(
            LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=f"{folder}/warehouse")
        )
        ensure_tables(catalog)
        started, used = time.perf_counter(), time.process_time()
        loaded = [one for name in SUITES if (one := load(name, EvalSettings()))]
        first = _evaluated(catalog, loaded, worse, production)
        page = Path(folder) / "page.html"
        page.write_text(render_page(first, read_transcripts(catalog, first)), encoding="utf-8")
        minutes, cpu = (time.perf_counter() - started) / 60, time.process_time() - used
        held = sum(len(one.pass_hat) * one.cases for one in first.standings if not one.part)
        what = f"from the change to verdict and page: {held:,} conversations on {len(first.suites)} suites"
        yield figure("G4-change-to-verdict", f"{what}, production held anew", 60, minutes, "min")
        yield figure("G4-change-to-verdict-cpu", "the same, processor time", None, cpu, "s")
        yield figure(
            "G4-change-to-verdict-load", "load average meanwhile", None, os.getloadavg()[0], "processes"
        )
        rate = held / cpu
        yield figure(
            "G4-cases",
            "conversations a second of processor time, suites, lake and page included",
            None,
            rate,
            "1/s",
            better="higher",
        )
        started = time.perf_counter()
        second = _evaluated(catalog, loaded, same, production)
        again = (time.perf_counter() - started) / 60
        yield figure(
            "G4-change-to-verdict-again",
            "the next candidate: production's results are taken from the lake",
            60,
            again,
            "min",
        )
        found = sum(one.decision == "regression" for one in first.suites if one.suite == "golden")
        yield figure(
            "G3-planted",
            f"a planted drop of {first.suites[0].comparison.drop:.1%} on golden: found",
            1,
            found,
            "of 1",
            better="higher",
        )
        alarms = sum(one.decision == "regression" for one in second.suites)
        yield figure(
            "G3-harmless",
            "another policy text, same behaviour: suites called a regression",
            0,
            alarms,
            f"of {len(second.suites)}",
        )
        golden = next(one for one in loaded if one.suite.name == "golden")
        used = time.process_time()
        made = asyncio.run(
            regrade_evals(catalog, golden, grader_of("task", 2), code=code(), now=datetime.now(UTC))
        )
        rate = len(made.results) / (time.process_time() - used)
        yield figure(
            "G4-regrade",
            f"{len(made.results):,} old conversations by another rule, a second of processor time",
            None,
            rate,
            "1/s",
            better="higher",
        )
        catalog.close()


def _evaluated(
    catalog: SqlCatalog, loaded: list[Loaded], candidate: AgentConfig, production: AgentConfig
) -> Evaluation:
    now, made = datetime.now(UTC), code()
    for one in loaded:
        asyncio.run(try_all(catalog, one, (candidate, production), trials=TRIALS, code=made, now=now))
    evaluation = decide(
        catalog, loaded, candidate=candidate, baseline=production, trials=TRIALS, code=made, now=now
    )
    publish(catalog, evaluation)
    return evaluation


def wrong_verdicts() -> Iterator[Row]:
    """Made results of 500 cases of different difficulty: false alarms, and drops that are found."""
    rng = np.random.default_rng(19)
    noise = 3 * (0.05 * 0.95 / RUNS) ** 0.5
    for trials in (1, 4):
        called = [_decision(0.0, trials, rng) for _ in range(RUNS)]
        share = sum(one == "regression" for one, _ in called) / RUNS
        what = f"{RUNS} pairs of equal agents, 500 cases, {trials} trial(s)"
        yield figure(
            f"G3-aa-{trials}", f"{what}: called a regression", round(0.05 + noise, 4), share, "share"
        )
        for drop in (0.04, 0.08):
            called = [_decision(drop, trials, rng) for _ in range(RUNS)]
            found = sum(one == "regression" for one, _ in called) / RUNS
            what = f"true drop of {drop:.0%}, 500 cases, {trials} trial(s)"
            yield figure(
                f"G3-drop-{drop * 100:.0f}-{trials}", f"{what}: found", None, found, "share", better="higher"
            )
            covered = sum(low <= drop <= high for _, (low, high) in called) / RUNS
            target = round(0.9 - 3 * (0.1 * 0.9 / RUNS) ** 0.5, 4)
            yield figure(
                f"G3-interval-{drop * 100:.0f}-{trials}",
                f"{what}: intervals of 90 % that hold it",
                target,
                covered,
                "share",
                better="higher",
            )


def _decision(drop: float, trials: int, rng: np.random.Generator) -> tuple[str, tuple[float, float]]:
    hard = np.clip(rng.beta(9, 0.6, 500), drop, 1)
    before, after = rng.random((2, 500, trials)) < np.stack([hard, hard - drop])[:, :, None]
    pair = Pair(suite=_SUITE, baseline=_results(before), candidate=_results(after))
    [verdict] = judge_suites([pair])
    return verdict.decision, (verdict.comparison.low, verdict.comparison.high)


def _results(passed: np.ndarray) -> list[Result]:  # type: ignore[type-arg]
    return [
        structs.replace(_RESULT, case_id=f"{case:03d}", trial=trial, passed=bool(one))
        for case, row in enumerate(passed)
        for trial, one in enumerate(row)
    ]


_SUITE: Final = Suite(name="golden", doc="", grader="task", limit=0.02, shop_digest="", cases=(), policy="")
_RESULT: Final = Result(
    run_id="",
    suite="golden",
    suite_version="",
    case_id="",
    kind="",
    origin="",
    trial=0,
    conversation_id="",
    agent_version="",
    config_hash=None,
    config=None,
    grader="task",
    grader_version=1,
    passed=True,
    score=1.0,
    reasons=[],
    trusted=True,
    ended_by=None,
    first_token_ms=[],
    response_ms=[],
    cost_usd=0.0,
    model_calls=0,
    estimated=False,
    unfaithful=0,
    code_commit="",
    code_digest="",
    data_table="",
    data_snapshot_id=0,
    graded_at=datetime(2026, 1, 1, tzinfo=UTC),
    regraded=False,
)


def inspect_costs() -> Iterator[Row]:
    """What it takes to import what runs our suites, beside inspect-ai, each in a process of its own."""
    ours = _import("analytics.evals.evaluation")
    theirs = _import("inspect_ai")
    if theirs is None or ours is None:
        sys.stderr.write("inspect-ai is not installed: make setup\n")
        return
    yield figure(
        "G1-import",
        "processor time to import what runs the suites",
        None,
        ours[0],
        "s",
        peers={"inspect-ai": round(theirs[0], 2)},
    )
    yield figure(
        "G1-import-memory",
        "memory that it takes",
        None,
        ours[1],
        "MiB",
        peers={"inspect-ai": round(theirs[1])},
    )


def _import(module: str) -> tuple[float, float] | None:
    """Seconds of processor time and MiB, best of three."""
    told = (
        "import os; from time import process_time; from tests.bench.memory import resident_mib;"
        f"before = resident_mib(os.getpid()), process_time(); import {module};"
        "print(process_time() - before[1], resident_mib(os.getpid()) - before[0])"
    )
    found = []
    for _ in range(3):
        run = subprocess.run(
            [sys.executable, "-c", told], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        if run.returncode:
            return None
        seconds, mebibytes = map(float, run.stdout.split())
        found.append((seconds, mebibytes))
    return min(found)


if __name__ == "__main__":
    for measured in rows():
        sys.stdout.write(f"{measured}\n")
