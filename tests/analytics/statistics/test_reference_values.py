"""Other engines' digits: GrowthBook's gbstats, statsmodels, and published tables."""

from math import ceil, exp, sqrt

import numpy as np
import pytest
from gbstats.frequentist.tests import (
    FrequentistConfig,
    SequentialConfig,
    SequentialTwoSidedTTest,
    TwoSidedTTest,
)
from gbstats.models.statistics import RatioStatistic, RegressionAdjustedStatistic, SampleMeanStatistic
from gbstats.utils import check_srm
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from analytics.statistics.adjusted import cuped, ratio
from analytics.statistics.clustered import clustered_difference, clustered_sample
from analytics.statistics.differences import welch
from analytics.statistics.group_sequential import crossing, spending_bounds
from analytics.statistics.mismatch import sample_ratio_p
from analytics.statistics.multiplicity import benjamini_hochberg, holm
from analytics.statistics.paired import McNemar, mcnemar
from analytics.statistics.power import detectable_effect, power_of, units_for_means, units_for_proportions
from analytics.statistics.proportions import Proportion, newcombe, wilson, z_test
from analytics.statistics.samples import PairedSums, Sample
from analytics.statistics.sequential import always_valid_p, best_ratio, confidence_sequence

SUMS = ((3407, 1396.87, 52377.9767), (3461, 2422.7, 134698.29))
GROWTHBOOK = [SampleMeanStatistic(n=n, sum=total, sum_squares=squares) for n, total, squares in SUMS]
OURS = [Sample.of_sums(*sums) for sums in SUMS]
EXACT = {"rel": 1e-9}


def paired(seed: int, n: int, slope: float) -> tuple[np.ndarray, np.ndarray, PairedSums]:
    rng = np.random.default_rng(seed)
    y = rng.gamma(2, 3, n)
    x = slope * y + rng.normal(1, 2, n)
    sums = PairedSums(n=n, x=x.sum(), xx=x @ x, y=y.sum(), yy=y @ y, xy=x @ y)
    return x, y, sums


def of_growthbook(sums: PairedSums) -> tuple[SampleMeanStatistic, SampleMeanStatistic]:
    return (
        SampleMeanStatistic(n=sums.n, sum=sums.x, sum_squares=sums.xx),
        SampleMeanStatistic(n=sums.n, sum=sums.y, sum_squares=sums.yy),
    )


@pytest.mark.spec("H2")
def test_welch_is_growthbooks() -> None:
    found, theirs = welch(*OURS), TwoSidedTTest(*GROWTHBOOK, FrequentistConfig(difference_type="absolute"))
    assert round(found.p_value, 5) == 0.02016
    assert found.p_value == pytest.approx(theirs.p_value, **EXACT)
    assert found.interval() == pytest.approx(theirs.confidence_interval, **EXACT)
    assert found.dof == pytest.approx(theirs.dof, **EXACT)


@pytest.mark.spec("H2")
@pytest.mark.parametrize("tuning", [500, 5_000, 50_000])
def test_the_confidence_sequence_is_growthbooks(tuning: int) -> None:
    config = SequentialConfig(difference_type="absolute", sequential_tuning_parameter=tuning)
    theirs = SequentialTwoSidedTTest(*GROWTHBOOK, config)
    found = welch(*OURS)
    mixing = theirs.rho**2 * (OURS[0].n + OURS[1].n) * found.error**2
    assert confidence_sequence(found, mixing) == pytest.approx(theirs.confidence_interval, **EXACT)


@pytest.mark.spec("H2")
def test_the_sequence_excludes_no_difference_where_the_msprt_rejects_it() -> None:
    """Johari et al. 2022, equation 11, with their names: V the variance, T the mixing variance."""
    found = welch(*OURS)
    v, t = found.error**2, 2.0
    ratio_of_theirs = sqrt(v / (v + t)) * exp(found.estimate**2 * t / (2 * v * (v + t)))
    assert always_valid_p(found, t) == pytest.approx(min(1, 1 / ratio_of_theirs))
    level = 1 / ratio_of_theirs
    low, _ = confidence_sequence(found, t, level)
    assert low == pytest.approx(0, abs=1e-9)


@pytest.mark.spec("H2")
def test_the_mixture_is_narrowest_where_it_is_said_to_be() -> None:
    def width(r: float) -> float:
        return 2 * (1 + r) / r * np.log(sqrt(1 + r) / 0.05)

    best = best_ratio(0.05)
    assert width(best) < min(width(best * 0.99), width(best * 1.01))


@pytest.mark.spec("H3")
@pytest.mark.parametrize("counts", [(1000, 1200), (500, 480, 530)])
def test_sample_ratio_mismatch_is_growthbooks(counts: tuple[int, ...]) -> None:
    weights = [1 / len(counts)] * len(counts)
    assert sample_ratio_p(counts, weights) == pytest.approx(check_srm(list(counts), weights), **EXACT)
    assert round(sample_ratio_p((1000, 1200), (0.5, 0.5)), 9) == 0.000020079


@pytest.mark.spec("H3")
def test_the_delta_method_is_growthbooks() -> None:
    _, _, sums = paired(1, 400, 2)
    m, d = of_growthbook(sums)
    theirs = RatioStatistic(n=sums.n, m_statistic=m, d_statistic=d, m_d_sum_of_products=sums.xy)
    found = ratio(sums)
    assert (found.mean, found.variance) == pytest.approx((theirs.mean, theirs.variance), **EXACT)


@pytest.mark.spec("H3")
def test_cuped_is_growthbooks_at_their_slope_and_the_regressions_with_ours() -> None:
    x0, y0, control = paired(2, 500, 1.5)
    x1, y1, treatment = paired(3, 450, 1.5)
    ours = cuped(control, treatment)
    centre = (control.y + treatment.y) / (control.n + treatment.n)
    slope = (control.first.mean - ours[0].mean) / (control.second.mean - centre)
    for sums, found in zip((control, treatment), ours, strict=True):
        post, pre = of_growthbook(sums)
        theirs = RegressionAdjustedStatistic(
            n=sums.n, post_statistic=post, pre_statistic=pre, post_pre_sum_of_products=sums.xy, theta=slope
        )
        assert found.variance == pytest.approx(theirs.variance, rel=1e-8)
    groups = np.repeat([0.0, 1.0], [len(x0), len(x1)])
    design = np.column_stack([np.ones(len(groups)), groups, np.concatenate([y0, y1])])
    fitted = OLS(np.concatenate([x0, x1]), design).fit()
    assert slope == pytest.approx(fitted.params[2], rel=1e-8)
    assert ours[1].mean - ours[0].mean == pytest.approx(fitted.params[1], rel=1e-8)


@pytest.mark.spec("G3")
def test_two_proportions_are_those_of_statsmodels() -> None:
    base, new = Proportion(480, 500), Proportion(459, 500)
    z, _ = proportions_ztest([new.successes, base.successes], [new.n, base.n])
    assert z_test(base, new) == pytest.approx(z, **EXACT)
    interval = confint_proportions_2indep(459, 500, 480, 500, method="newcomb")
    assert newcombe(base, new) == pytest.approx(interval, rel=1e-6)
    assert wilson(base) == pytest.approx(proportion_confint(480, 500, method="wilson"), **EXACT)


@pytest.mark.spec("G3")
@pytest.mark.parametrize(("lost", "won"), [(14, 4), (3, 3), (0, 7)])
def test_mcnemar_is_that_of_statsmodels(lost: int, won: int) -> None:
    theirs = mcnemar_of_statsmodels([[50, lost], [won, 20]], exact=True)
    assert McNemar(lost=lost, won=won).p_value == pytest.approx(theirs.pvalue, **EXACT)
    assert mcnemar([True] * lost + [False] * won, [False] * lost + [True] * won) == McNemar(
        lost=lost, won=won
    )


@pytest.mark.spec("G3")
def test_clustered_errors_are_those_of_statsmodels() -> None:
    rng = np.random.default_rng(4)
    tasks = np.repeat(np.arange(40), 6)
    values = (rng.normal(0, 1, 40)[tasks] + rng.normal(0, 1, 240) > 0).astype(float)
    treated = np.tile([0.0, 1.0], 120)
    fitted = OLS(values, np.ones((240, 1))).fit(
        cov_type="cluster", cov_kwds={"groups": tasks, "use_correction": False}
    )
    correction = sqrt(40 / 39)
    assert clustered_sample(values, list(tasks)).error == pytest.approx(fitted.bse[0] * correction, **EXACT)
    both = OLS(values, np.column_stack([np.ones(240), treated])).fit(
        cov_type="cluster", cov_kwds={"groups": tasks, "use_correction": False}
    )
    a, b = treated == 0, treated == 1
    found = clustered_difference(values[a], values[b], list(tasks[a]), list(tasks[b]))
    assert found.error == pytest.approx(both.bse[1] * correction, **EXACT)
    assert found.estimate == pytest.approx(both.params[1], **EXACT)


@pytest.mark.spec("G3", "H3")
def test_corrections_are_those_of_statsmodels() -> None:
    p_values = [0.01, 0.04, 0.03, 0.005, 0.2, 0.04]
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert benjamini_hochberg(p_values) == pytest.approx(multipletests(p_values, method="fdr_bh")[1])


@pytest.mark.spec("H2")
def test_power_is_that_of_statsmodels_and_its_inverse_is_the_detectable_effect() -> None:
    error = sqrt(2 / 250)
    theirs = NormalIndPower().power(effect_size=0.2, nobs1=250, alpha=0.05)
    assert power_of(0.2, error, 1.959963984540054) == pytest.approx(theirs, **EXACT)
    assert power_of(detectable_effect(error, 1.96), error, 1.96) == pytest.approx(0.8, abs=1e-4)


@pytest.mark.spec("H2")
def test_95_against_98_percent_needs_590_a_variant() -> None:
    assert units_for_proportions(0.95, 0.98) == 590


@pytest.mark.spec("H2")
def test_units_for_means_are_those_of_statsmodels() -> None:
    theirs = NormalIndPower().solve_power(effect_size=0.2, alpha=0.05, power=0.8)
    assert units_for_means(5.0, 1.0) == ceil(theirs)


@pytest.mark.spec("H2")
def test_bounds_are_the_published_ones() -> None:
    """Lan-DeMets spending at five equal looks, two-sided 5 %: the tables of R's ldbounds."""
    shares = (0.2, 0.4, 0.6, 0.8, 1.0)
    assert spending_bounds(shares, "obrien_fleming") == pytest.approx(
        (4.8769, 3.3569, 2.6803, 2.2898, 2.0310), abs=1e-3
    )
    assert spending_bounds(shares, "pocock") == pytest.approx(
        (2.4380, 2.4268, 2.4101, 2.3966, 2.3859), abs=1e-3
    )


@pytest.mark.spec("H2")
@pytest.mark.parametrize(("looks", "false_alarms"), [(2, 0.083), (5, 0.142), (10, 0.193)])
def test_repeated_plain_tests_raise_false_alarms_as_published(looks: int, false_alarms: float) -> None:
    """Armitage, McPherson and Rowe (1969), table 2."""
    shares = [look / looks for look in range(1, looks + 1)]
    assert sum(crossing(shares, [1.959964] * looks)) == pytest.approx(false_alarms, abs=5e-4)
