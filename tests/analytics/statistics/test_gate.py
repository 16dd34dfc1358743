"""The regression gate, paired comparisons, and Simpson's paradox."""

import numpy as np
import pytest

from analytics.statistics.differences import welch
from analytics.statistics.errors import TooFewError
from analytics.statistics.paired import paired_bootstrap
from analytics.statistics.power import detectable_effect, power_of, power_of_drop
from analytics.statistics.proportions import Proportion, regression_gate
from analytics.statistics.samples import Sample
from analytics.statistics.strata import Stratum, find_reversal, stratified

BASE = Proportion(475, 500)


@pytest.mark.spec("G3")
@pytest.mark.parametrize(
    ("successes", "regression", "why"),
    [
        (475, False, "nothing dropped"),
        (465, False, "a drop of 2 points is not above 2 points"),
        (463, False, "a drop of 2.4 points may be chance"),
        (455, True, "a drop of 4 points is neither"),
        (490, False, "it is better"),
    ],
)
def test_a_regression_is_a_drop_of_more_than_two_points_that_is_not_chance(
    successes: int, regression: bool, why: str
) -> None:
    assert regression_gate(BASE, Proportion(successes, 500)).regression is regression, why


@pytest.mark.spec("G3")
def test_a_small_drop_among_many_cases_is_no_regression_however_sure() -> None:
    verdict = regression_gate(Proportion(95_000, 100_000), Proportion(94_000, 100_000))
    assert verdict.p_value < 1e-6
    assert not verdict.regression


@pytest.mark.spec("G3")
def test_a_verdict_states_its_interval_power_and_minimum_detectable_effect() -> None:
    verdict = regression_gate(BASE, Proportion(455, 500))
    assert verdict.drop == pytest.approx(0.04)
    assert verdict.low < 0.04 < verdict.high
    assert verdict.power == pytest.approx(0.80, abs=0.005), "500 against 500 sees 4 points 80 % of the time"
    assert verdict.detectable == pytest.approx(0.04, abs=0.001)


@pytest.mark.spec("G3")
def test_the_gates_power_is_what_happens() -> None:
    rng = np.random.default_rng(11)
    base, new = rng.binomial(500, 0.95, 20_000), rng.binomial(500, 0.91, 20_000)
    pooled = (base + new) / 1000
    z = (new - base) / 500 / np.sqrt(pooled * (1 - pooled) * 2 / 500)
    assert np.mean(z < -1.644854) == pytest.approx(power_of_drop(0.95, 0.04, 500, 500), abs=0.02)


@pytest.mark.spec("G3")
def test_pairs_see_what_two_groups_do_not() -> None:
    rng = np.random.default_rng(5)
    hard = rng.random(500) < 0.3
    lost = rng.random(500) < 0.035
    base, new = (~hard).astype(float), (~hard & ~lost).astype(float)
    found = paired_bootstrap(base, new, rng=rng)
    assert found.high < 0
    assert found.p_worse < 0.001
    assert power_of(0.04, found.error, 1.645) > 0.99
    assert detectable_effect(found.error, 1.645) < 0.025
    unpaired = regression_gate(Proportion(int(base.sum()), 500), Proportion(int(new.sum()), 500))
    assert unpaired.p_value > 0.05
    with pytest.raises(TooFewError, match="1 tasks"):
        paired_bootstrap(base[:1], new[:1], rng=rng)


@pytest.mark.spec("H3")
def test_kidney_stones_are_simpsons_paradox() -> None:
    """Charig et al. (1986): treatment A is better for small and for large stones, and worse for all."""
    small = Stratum(
        name="small", control=Sample.of_successes(234, 270), treatment=Sample.of_successes(81, 87)
    )
    large = Stratum(
        name="large", control=Sample.of_successes(55, 80), treatment=Sample.of_successes(192, 263)
    )
    pooled = welch(Sample.of_successes(289, 350), Sample.of_successes(273, 350))
    assert pooled.estimate < 0 < min(small.difference.estimate, large.difference.estimate)
    assert stratified([small, large]).estimate > 0
    assert find_reversal(pooled, {"size": [small, large]}) is None, "700 patients prove nothing either way"

    def times(sample: Sample, k: int) -> Sample:
        return Sample(sample.n * k, sample.mean, sample.variance)

    many = [
        Stratum(name=one.name, control=times(one.control, 10), treatment=times(one.treatment, 10))
        for one in (small, large)
    ]
    found = find_reversal(
        welch(Sample.of_successes(2890, 3500), Sample.of_successes(2730, 3500)), {"size": many}
    )
    assert found is not None
    assert (found.dimension, set(found.strata)) == ("size", {"small", "large"})
