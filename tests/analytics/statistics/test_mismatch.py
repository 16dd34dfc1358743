"""Sample ratios looked at again and again (H3), by savvi's digits and by simulation."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from analytics.statistics.errors import BadParameterError
from analytics.statistics.mismatch import SUSPICIOUS, always_valid_ratio_p, sample_ratio_p


@pytest.mark.spec("H3")
@pytest.mark.parametrize(
    ("counts", "weights", "concentration", "theirs"),
    [
        ((520, 480), (0.5, 0.5), 100, 1.6050023707281673),
        ((1_000, 1_200), (0.5, 0.5), 100, 0.0007925128197622988),
        ((12, 28, 60), (0.1, 0.3, 0.6), 100, 1.8211700114897449),
        ((100, 350, 550), (0.1, 0.3, 0.6), 100, 0.04442905383798814),
        ((300, 900, 1_700), (0.1, 0.3, 0.6), 100, 10.245950618932245),
        ((30, 970), (0.01, 0.99), 100, 2.7057826824848065e-05),
        ((60, 1_900), (0.01, 0.99), 100, 3.421898034870275e-11),
        ((60, 40), (0.5, 0.5), 10, 0.5360047016400696),
    ],
)
def test_the_always_valid_p_is_savvis(
    counts: tuple[int, ...], weights: tuple[float, ...], concentration: float, theirs: float
) -> None:
    """savvi 0.3.1, Multinomial: what one over its odds is, which it does not cut at 1.

    Its digits, not the package: that drags a convex solver of 228 MB, and does not import without matplotlib.
    """
    found = always_valid_ratio_p(counts, weights, concentration)
    assert found == pytest.approx(min(1.0, theirs), rel=1e-9)
    assert always_valid_ratio_p(counts, [7 * w for w in weights], concentration) == pytest.approx(found)


@pytest.mark.spec("H3")
def test_daily_looks_at_right_shares_raise_the_chi_squares_false_alarms_and_not_these() -> None:
    rng = np.random.default_rng(4)
    counts = rng.binomial(200, 0.5, (300, 60)).cumsum(axis=1)
    totals = 200 * np.arange(1, 61)

    def alarmed(p_of: Callable[[Sequence[int], Sequence[float]], float]) -> float:
        alarms = [
            any(p_of((int(k), int(n - k)), (1, 1)) < 0.05 for k, n in zip(row, totals, strict=True))
            for row in counts
        ]
        return float(np.mean(alarms))

    assert alarmed(sample_ratio_p) > 0.2
    assert alarmed(always_valid_ratio_p) <= 0.05


@pytest.mark.spec("H3")
def test_a_wrong_share_is_found_five_days_after_the_plain_test_pretends_to_know_it() -> None:
    """52 to 48 of 1,000 users a day, at the level below which no verdict is given."""

    def found(p_of: Callable[[Sequence[int], Sequence[float]], float]) -> int:
        return next(n for n in range(1, 31) if p_of((520 * n, 480 * n), (1, 1)) < SUSPICIOUS)

    assert (found(sample_ratio_p), found(always_valid_ratio_p)) == (7, 12)


@pytest.mark.spec("H3")
@pytest.mark.parametrize(("weights", "concentration"), [((0.5, 0.0), 100), ((1.0,), 100), ((1, 1), 0)])
def test_shares_that_make_no_sense_are_refused(weights: tuple[float, ...], concentration: float) -> None:
    with pytest.raises(BadParameterError):
        always_valid_ratio_p((10, 10), weights, concentration)
