"""Made-up experiments whose truth is known, judged by the code that judges real ones."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from scipy.stats import norm

from analytics.experiments.looks import Look, Standing, looks_of
from analytics.experiments.plan import AlwaysValid, Design, FixedHorizon, GroupSequential
from analytics.statistics.adjusted import cuped, ratio
from analytics.statistics.clustered import clustered_difference
from analytics.statistics.differences import welch
from analytics.statistics.group_sequential import crossing, spending_bounds
from analytics.statistics.proportions import Proportion, newcombe
from analytics.statistics.samples import PairedSums, Sample
from analytics.statistics.sequential import best_ratio, sequence_critical
from analytics.statistics.strata import Stratum, find_reversal, stratified

LOOKS: Final = 14
DAY: Final = date(2026, 11, 1)
ALPHA: Final = 0.05
PLAIN: Final = float(norm.isf(ALPHA / 2))
"""The z of a plain test, which holds at one look only."""


class Made(Struct, frozen=True, kw_only=True):
    """Experiments on a share: users a variant each day, and the two true shares."""

    daily: int
    control: float
    treatment: float
    days: int = LOOKS

    @property
    def effect(self) -> float:
        """The true difference."""
        return self.treatment - self.control


def designs(daily: int, days: int = LOOKS) -> dict[str, Design]:
    """Every design at the same maximum of users."""
    units = daily * days
    shares = tuple(look / days for look in range(1, days + 1))
    return {
        "fixed horizon": FixedHorizon(units=units),
        "always valid": AlwaysValid(units=units),
        "O'Brien-Fleming": GroupSequential(units=units, shares=shares, spending="obrien_fleming"),
        "Pocock": GroupSequential(units=units, shares=shares, spending="pocock"),
    }


def experiments(made: Made, runs: int, rng: np.random.Generator) -> Iterator[list[Standing]]:
    """The standings of each, day by day."""
    shape = (runs, made.days)
    counts = [
        np.cumsum(rng.binomial(made.daily, share, shape), axis=1) for share in (made.control, made.treatment)
    ]
    for run in range(runs):
        yield [
            _standing(day, made.daily * (day + 1), *(int(arm[run, day]) for arm in counts))
            for day in range(made.days)
        ]


def _standing(day: int, n: int, control: int, treatment: int) -> Standing:
    difference = welch(Sample.of_successes(control, n), Sample.of_successes(treatment, n))
    return Standing(day=DAY + timedelta(days=day), difference=difference, control_n=n, treatment_n=n)


class Shares(Struct, frozen=True, kw_only=True):
    """Of the experiments, how many were decided, and how many intervals held the truth."""

    decided: float
    covered: float


def outcomes(design: Design, made: Made, runs: int, rng: np.random.Generator) -> Shares:
    """What a design says; an interval must hold the truth at every look up to where it stopped."""
    decided = covered = 0
    for standings in experiments(made, runs, rng):
        looks = looks_of(design, standings, ALPHA)
        decided += looks[-1].crossed
        covered += all(_holds(look, made.effect) for look in looks)
    return Shares(decided=decided / runs, covered=covered / runs)


def _holds(look: Look, effect: float) -> bool:
    low, high = look.interval
    return low <= effect <= high


def plain_peeking(made: Made, runs: int, rng: np.random.Generator) -> float:
    """Share of experiments that a plain z-test, looked at every day, calls different at some day."""
    found = (
        any(abs(one.difference.statistic) > PLAIN for one in run) for run in experiments(made, runs, rng)
    )
    return sum(found) / runs


def power_in_theory(design: Design, made: Made) -> float:
    """Probability to decide, by numerical integration over the design's own bounds."""
    n = made.daily * made.days
    variance = made.control * (1 - made.control) + made.treatment * (1 - made.treatment)
    drift = made.effect / (variance / n) ** 0.5
    shares = tuple(look / made.days for look in range(1, made.days + 1))
    match design:
        case FixedHorizon():
            return crossing([1.0], [PLAIN], drift)[0]
        case GroupSequential():
            bounds: Sequence[float] = spending_bounds(shares, design.spending, ALPHA)
        case AlwaysValid():
            errors = [(variance / n / share) ** 0.5 for share in shares]
            mixing = best_ratio(ALPHA) * errors[-1] ** 2
            bounds = [sequence_critical(error, mixing, ALPHA) for error in errors]
    return sum(crossing(shares, bounds, drift))


class Mix(Struct, frozen=True, kw_only=True):
    """Two strata: units of control and treatment in each, and the true shares."""

    units: tuple[tuple[int, int], tuple[int, int]]
    control: tuple[float, float]
    effect: tuple[float, float]


PLANTED: Final = {
    "mix reversed": Mix(units=((1_600, 400), (400, 1_600)), control=(0.9, 0.5), effect=(0.05, 0.05)),
    "one stratum hurt": Mix(units=((1_500, 1_500), (500, 500)), control=(0.6, 0.8), effect=(0.15, -0.15)),
}
"""All units together say the opposite of the strata, or of one of them."""
ABSENT: Final = {
    "no effect": Mix(units=((1_000, 1_000), (1_000, 1_000)), control=(0.9, 0.5), effect=(0.0, 0.0)),
    "the same effect": Mix(units=((1_500, 1_500), (500, 500)), control=(0.6, 0.8), effect=(0.08, 0.08)),
    "effects of one sign": Mix(units=((1_500, 1_500), (500, 500)), control=(0.6, 0.8), effect=(0.1, 0.02)),
}


def reversals(mix: Mix, runs: int, rng: np.random.Generator) -> float:
    """Share of the experiments in which the paradox is reported."""
    found = 0
    for _ in range(runs):
        draws = [_draw(mix, stratum, rng) for stratum in (0, 1)]
        strata = [
            Stratum(name=str(i), control=Sample.of_successes(*a), treatment=Sample.of_successes(*b))
            for i, (a, b) in enumerate(draws)
        ]
        control, treatment = (
            Sample.of_successes(sum(one[arm][0] for one in draws), sum(one[arm][1] for one in draws))
            for arm in (0, 1)
        )
        found += find_reversal(welch(control, treatment), {"complexity": strata}) is not None
    return found / runs


def _draw(mix: Mix, stratum: int, rng: np.random.Generator) -> tuple[tuple[int, int], tuple[int, int]]:
    control_n, treatment_n = mix.units[stratum]
    share = mix.control[stratum]
    return (
        (int(rng.binomial(control_n, share)), control_n),
        (int(rng.binomial(treatment_n, share + mix.effect[stratum])), treatment_n),
    )


def normal_paired(
    tasks: int, runs: int, effect: float, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Mean scores of the same tasks by two versions, difficulty shared."""
    for _ in range(runs):
        difficulty = rng.beta(2, 1, tasks)
        yield (
            rng.binomial(4, difficulty) / 4,
            rng.binomial(4, np.clip(difficulty * (1 + effect), 0, 1)) / 4,
        )


def coverages(runs: int, rng: np.random.Generator) -> dict[str, float]:
    """Share of the 95 % intervals of every other kind that hold the truth."""
    kinds: dict[str, Callable[[np.random.Generator], bool]] = {
        "ratio of sums, delta method": _ratio_holds,
        "mean, CUPED": _cuped_holds,
        "strata weighted alike": _stratified_holds,
        "clustered by task": _clustered_holds,
        "two proportions, Newcombe": _newcombe_holds,
    }
    return {name: sum(holds(rng) for _ in range(runs)) / runs for name, holds in kinds.items()}


def _covers(interval: tuple[float, float], truth: float) -> bool:
    return interval[0] <= truth <= interval[1]


def _ratio_holds(rng: np.random.Generator) -> bool:
    """Conversations of customers of whom some are easier than others."""

    def arm(easy: int) -> PairedSums:
        conversations = rng.integers(1, 6, 400)
        return paired_sums(rng.binomial(conversations, rng.beta(easy, 2, 400)), conversations)

    return _covers(welch(ratio(arm(8)), ratio(arm(6))).interval(), 6 / 8 - 8 / 10)


def _cuped_holds(rng: np.random.Generator) -> bool:
    def arm(effect: float) -> PairedSums:
        habit = rng.gamma(2, 1, 300)
        return paired_sums(habit + rng.normal(effect, 0.5, 300), habit + rng.normal(0, 0.3, 300))

    return _covers(welch(*cuped(arm(0.0), arm(0.1))).interval(), 0.1)


def _stratified_holds(rng: np.random.Generator) -> bool:
    mix = Mix(units=((300, 600), (600, 300)), control=(0.9, 0.5), effect=(0.04, 0.04))
    strata = [
        Stratum(name=str(i), control=Sample.of_successes(*a), treatment=Sample.of_successes(*b))
        for i, (a, b) in enumerate(_draw(mix, stratum, rng) for stratum in (0, 1))
    ]
    return _covers(stratified(strata).interval(), 0.04)


def _clustered_holds(rng: np.random.Generator) -> bool:
    tasks = np.repeat(np.arange(100), 4)
    difficulty = rng.beta(2, 1, 100)[tasks]
    a, b = (rng.binomial(1, difficulty).astype(float) for _ in range(2))
    return _covers(clustered_difference(a, b, list(tasks), list(tasks)).interval(), 0.0)


def _newcombe_holds(rng: np.random.Generator) -> bool:
    base, new = (Proportion(int(rng.binomial(200, share)), 200) for share in (0.95, 0.90))
    return _covers(newcombe(base, new), -0.05)


def paired_sums(x: NDArray[np.float64], y: NDArray[np.float64]) -> PairedSums:
    """The sums of two values of each unit."""
    return PairedSums(
        n=len(x), x=float(x.sum()), xx=float(x @ x), y=float(y.sum()), yy=float(y @ y), xy=float(x @ y)
    )
