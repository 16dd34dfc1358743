"""Part of topic ``evals``: what judges are worth, planted biases found, and which rewards are wrong."""

import asyncio
import re
import sys
import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from agent_runtime.settings import RuntimeSettings
from analytics.judge.agreement import kappa_of
from analytics.judge.errors import JudgeError, NotQualifiedError
from analytics.judge.planted import PLANTED
from analytics.judge.qualification import judged_gate
from analytics.judge.report import PlantedRow, judge_report, planted_row
from analytics.judge.settings import JudgeSettings
from analytics.reward_audit.audit import audit_rewards
from analytics.reward_audit.errors import RewardAuditError
from analytics.reward_audit.findings import Cause, Standing
from analytics.reward_audit.settings import RewardSettings
from tests.bench.record import Row

JUDGES: Final = 100
"""Planted judges of each kind."""
PAIRS: Final = 250
SAMPLES: Final = 1_000
_BIASES: Final = {
    "prefers the first": ("position", "log odds"),
    "prefers the longer": ("length", "log odds"),
    "prefers its own family": ("family", "log odds"),
}


def rows() -> list[Row]:
    """Measures all of it; what needs public data is left out where that is absent."""
    return [*recorded(), *planted(), *intervals(), *rewards()]


def recorded() -> Iterator[Row]:
    """Recorded judges against the bar."""
    try:
        report = asyncio.run(judge_report(JudgeSettings()))
    except JudgeError as error:
        sys.stderr.write(f"no recorded judges: {error}\n")
        return
    baselines = {row.judge: round(row.agreement.kappa.low, 4) for row in report.judges if not row.prompt}
    refused = 0
    for row in report.judges:
        try:
            judged_gate([], [], row.qualification)
        except NotQualifiedError:
            refused += 1
        if row.prompt:
            kappa = row.agreement.kappa
            what = f"{row.judge}, {row.prompt}: lower end of kappa ({kappa.value:.2f}) against execution"
            yield Row(
                id=f"G2-kappa-{_id(row.prompt)}",
                what=f"{what}, {kappa.n} conversations; the bar is what a judge needs to gate",
                target=report.bar.least_kappa,
                result=round(kappa.low, 4),
                unit="kappa",
                better="higher",
                peers=baselines,
            )
    below = sum(not row.qualification.may_gate for row in report.judges)
    yield Row(
        id="G2-refused",
        what=f"gates refused to the {below} judges below the bar",
        target=below,
        result=refused,
        unit="gates",
        better="higher",
    )


def planted() -> Iterator[Row]:
    """How often the interval of an effect holds the bias that was planted."""
    for name, (effect, unit) in _BIASES.items():
        found = [asyncio.run(planted_row(name, PAIRS, seed)) for seed in range(JUDGES)]
        size = getattr(PLANTED[name], effect)
        told = f"{JUDGES} planted judges, each of {PAIRS} pairs in both orders"
        yield Row(
            id=f"G2-planted-{effect}",
            what=f"{name}, planted {size} {unit}: 95 % intervals that hold it, {told}",
            target=round(0.95 - 3 * (0.95 * 0.05 / JUDGES) ** 0.5, 4),
            result=round(sum(_holds(each, effect, size) for each in found) / JUDGES, 4),
            unit="share",
            better="higher",
        )
        mean = float(np.mean([getattr(each.effects, effect).estimate for each in found]))
        yield Row(
            id=f"G2-planted-{effect}-found",
            what=f"the same: found on average beside {size} planted, difference",
            target=round(0.1 * size, 4),
            result=round(abs(mean - size), 4),
            unit=f"{unit} away",
            better="lower",
        )


def intervals() -> Iterator[Row]:
    """Coverage of kappa's interval at the size of the recorded set."""
    rng, held = np.random.default_rng(6), 0
    for _ in range(SAMPLES):
        truth = rng.random(114) < 0.6
        judged = np.where(rng.random(114) < 0.7, truth, rng.random(114) < 0.6)
        found = kappa_of(truth.tolist(), judged.tolist(), (False, True), rng=rng)
        held += found.low <= 0.7 <= found.high
    yield Row(
        id="G2-coverage-kappa",
        what=f"95 % intervals of kappa that hold a true one of 0.7, 114 conversations, {SAMPLES:,} samples",
        target=0.93,
        result=round(held / SAMPLES, 4),
        unit="share",
        better="higher",
    )


def rewards() -> Iterator[Row]:
    """The public runs' rewards, computed again."""
    started = time.perf_counter()
    try:
        runs = audit_rewards(recordings=RuntimeSettings().recordings, tau2_bench=RewardSettings().tau2_bench)
    except RewardAuditError as error:
        sys.stderr.write(f"no recorded rewards: {error}\n")
        return
    seconds = time.perf_counter() - started
    total = sum(len(run.rewards) for run in runs)
    computed = sum(len(run.computed_again) for run in runs)
    told = f"{total:,} recorded rewards of {len(runs)} public runs"
    counts = {standing: sum(run.count(standing) for run in runs) for standing in Standing}
    yield Row(
        id="G4-rewards-wrong",
        what=f"{told}, {computed:,} computed again: wrong",
        target=None,
        result=counts[Standing.WRONG],
        unit="rewards",
        better="lower",
        peers={
            standing.value: float(count)
            for standing, count in counts.items()
            if standing is not Standing.WRONG
        },
    )
    yield Row(
        id="G4-rewards-unexplained",
        what="wrong ones without an explanation from evidence",
        target=0,
        result=sum(run.causes()[Cause.UNEXPLAINED] for run in runs),
        unit="rewards",
        better="lower",
    )
    yield Row(
        id="G4-audit",
        what=f"{told}: seconds to audit all",
        target=None,
        result=round(seconds, 2),
        unit="s",
        better="lower",
    )


def _holds(row: PlantedRow, effect: str, size: float) -> bool:
    found = getattr(row.effects, effect)
    return bool(found.low <= size <= found.high)


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


if __name__ == "__main__":
    for measured in rows():
        sys.stdout.write(f"{measured}\n")
