"""The short form of the simulations: what the designs promise is what happens."""

import numpy as np
import pytest

from analytics.statistics.paired import paired_bootstrap
from tests.bench import experiment_simulations as s

AA = s.Made(daily=500, control=0.9, treatment=0.9)
AB = s.Made(daily=200, control=0.90, treatment=0.925)
RUNS = 2_000
NOISE = 0.015
"""Three standard errors of a share of 5 % in as many runs."""


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(17)


@pytest.mark.spec("H2")
@pytest.mark.parametrize("name", ["always valid", "O'Brien-Fleming", "Pocock"])
def test_daily_looks_raise_false_alarms_no_higher_than_five_percent(
    name: str, rng: np.random.Generator
) -> None:
    found = s.outcomes(s.designs(AA.daily)[name], AA, RUNS, rng)
    assert found.decided <= 0.05 + NOISE
    assert found.covered >= 0.95 - NOISE


@pytest.mark.spec("H2")
def test_the_same_looks_by_a_plain_test_are_wrong_one_time_in_five(rng: np.random.Generator) -> None:
    assert s.plain_peeking(AA, RUNS, rng) == pytest.approx(0.22, abs=0.04)


@pytest.mark.spec("H2")
@pytest.mark.parametrize("name", ["fixed horizon", "always valid", "O'Brien-Fleming", "Pocock"])
def test_power_is_what_theory_says(name: str, rng: np.random.Generator) -> None:
    design = s.designs(AB.daily)[name]
    found = s.outcomes(design, AB, 2 * RUNS, rng)
    assert found.decided == pytest.approx(s.power_in_theory(design, AB), abs=0.02)
    assert found.covered >= 0.95 - NOISE


@pytest.mark.spec("H3")
@pytest.mark.parametrize("name", s.PLANTED)
def test_a_planted_paradox_is_found(name: str, rng: np.random.Generator) -> None:
    assert s.reversals(s.PLANTED[name], 300, rng) > 0.95


@pytest.mark.spec("H3")
@pytest.mark.parametrize("name", s.ABSENT)
def test_no_paradox_is_found_where_there_is_none(name: str, rng: np.random.Generator) -> None:
    assert s.reversals(s.ABSENT[name], 300, rng) < 0.02


@pytest.mark.spec("G3", "H3")
def test_every_interval_covers(rng: np.random.Generator) -> None:
    assert min(s.coverages(1_000, rng).values()) >= 0.95 - 0.022


@pytest.mark.spec("G3")
def test_the_paired_bootstrap_covers(rng: np.random.Generator) -> None:
    runs = [paired_bootstrap(a, b, rng=rng, resamples=500) for a, b in s.normal_paired(115, 300, 0.0, rng)]
    assert sum(one.low <= 0 <= one.high for one in runs) / len(runs) >= 0.95 - 0.04
