"""Agreement beyond chance: the digits of statsmodels, published tables, and what kappa hides."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.inter_rater import fleiss_kappa as fleiss_of_statsmodels

from analytics.judge.agreement import (
    agreement_with_truth,
    cohen_kappa,
    fleiss_kappa,
    kappa_of,
    table_of,
)
from analytics.statistics.errors import TooFewError

EXACT = {"rel": 1e-9, "abs": 1e-12}
TABLES = st.integers(2, 5).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 40), min_size=size, max_size=size), min_size=size, max_size=size
    )
)


@pytest.mark.spec("G2")
@settings(deadline=None, max_examples=60)
@given(TABLES)
def test_kappa_is_that_of_statsmodels(rows: list[list[int]]) -> None:
    counts = np.array(rows)
    assume(counts.any())
    with np.errstate(invalid="ignore", divide="ignore"):  # its error is 0 / 0 where one rating never varies
        theirs = cohens_kappa(counts).kappa
        quadratic = cohens_kappa(counts, wt="quadratic", weights=np.arange(len(rows), dtype=float)).kappa
    assert cohen_kappa(counts) == pytest.approx(np.nan_to_num(theirs), **EXACT)
    assert cohen_kappa(counts, "quadratic") == pytest.approx(np.nan_to_num(quadratic), **EXACT)


@pytest.mark.spec("G2")
def test_kappa_of_published_tables() -> None:
    """Fleiss, Levin and Paik (2003), Statistical Methods for Rates and Proportions, table 18.1: 0.68."""
    assert cohen_kappa(np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])) == pytest.approx(0.6765, abs=5e-5)


@pytest.mark.spec("G2")
def test_the_interval_is_about_that_of_the_asymptotic_error() -> None:
    counts = np.array([[75, 1, 4], [5, 4, 1], [0, 0, 10]])
    first = [row for row in range(3) for column in range(3) for _ in range(counts[row, column])]
    second = [column for row in range(3) for column in range(3) for _ in range(counts[row, column])]
    found = kappa_of(first, second, range(3), rng=np.random.default_rng(1))
    theirs = cohens_kappa(counts)
    assert (found.low, found.high) == pytest.approx((theirs.kappa_low, theirs.kappa_upp), abs=0.03)
    assert (found.n, found.percent) == (100, 0.89)


@pytest.mark.spec("G2")
def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Two raters who say the same by chance alone half of the time."""
    rng, held = np.random.default_rng(2), 0
    for _ in range(200):
        truth = rng.random(114) < 0.5
        judged = np.where(rng.random(114) < 0.5, truth, rng.random(114) < 0.5)
        found = kappa_of(truth.tolist(), judged.tolist(), (False, True), rng=rng)
        held += found.low <= 0.5 <= found.high
    assert held / 200 > 0.91


@pytest.mark.spec("G2")
def test_fleiss_kappa_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(3)
    counts = rng.multinomial(6, [0.2, 0.5, 0.3], size=40)
    assert fleiss_kappa(counts) == pytest.approx(fleiss_of_statsmodels(counts), **EXACT)
    assert fleiss_kappa(np.array([[4, 0], [4, 0]])) == 0


@pytest.mark.spec("G2")
def test_a_judge_that_always_passes_agrees_by_chance_alone() -> None:
    found = agreement_with_truth([True] * 90 + [False] * 10, [True] * 100, rng=np.random.default_rng(4))
    assert (found.kappa.percent, found.kappa.value, found.kappa.low, found.kappa.high) == (0.9, 0, 0, 0)
    assert (found.prevalence, found.judged_prevalence, found.failures_found) == (0.9, 1.0, 0.0)
    assert found.lenience == pytest.approx(0.1)


@pytest.mark.spec("G2")
def test_the_counts_behind_kappa_are_told() -> None:
    truth = [True, True, True, False, False, False]
    judged = [True, True, False, True, False, False]
    found = agreement_with_truth(truth, judged, rng=np.random.default_rng(5))
    counts = (found.passed_rightly, found.passed_wrongly, found.failed_wrongly, found.failed_rightly)
    assert counts == (2, 1, 1, 2)
    assert found.kappa.value == pytest.approx(1 / 3)


def test_labels_that_nobody_listed_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\['6'\] are none of the labels"):
        table_of([6], [1], range(1, 6))


def test_one_item_is_too_few() -> None:
    with pytest.raises(TooFewError, match="1 items"):
        kappa_of([1], [1], (0, 1), rng=np.random.default_rng(0))
