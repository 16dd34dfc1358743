"""What moves a judge beside quality: the digits of statsmodels, and planted effects."""

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Logit
from statsmodels.regression.linear_model import OLS

from analytics.judge.effects import choice_effects, length_control
from analytics.statistics.errors import TooFewError


@pytest.mark.spec("G2")
def test_the_effect_of_length_on_scores_is_that_of_least_squares() -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random(120) < 0.6).astype(float)
    doublings = rng.normal(10, 1, 120) - 0.5 * truth
    scores = np.clip(np.round(2 + 2 * truth + 0.3 * (doublings - 10) + rng.normal(0, 0.5, 120)), 1, 5)
    found = length_control(scores, doublings, truth)
    theirs = OLS(scores, np.column_stack([np.ones(120), doublings, truth])).fit()
    assert found.effect.estimate == pytest.approx(theirs.params[1], rel=1e-9)
    assert found.effect.error == pytest.approx(theirs.bse[1], rel=1e-9)
    assert (found.effect.low, found.effect.high) == pytest.approx(tuple(theirs.conf_int()[1]), rel=1e-9)
    again = length_control(found.adjusted, doublings, truth).effect
    assert again.estimate == pytest.approx(0, abs=1e-9), "the length is out"
    assert found.adjusted.mean() == pytest.approx(scores.mean())


@pytest.mark.spec("G2")
def test_quality_is_not_taken_for_length() -> None:
    """Better conversations are longer here, and the judge goes by quality alone."""
    rng = np.random.default_rng(2)
    quality = rng.uniform(1, 5, 400)
    doublings = 8 + quality + rng.normal(0, 0.5, 400)
    scores = quality + rng.normal(0, 0.3, 400)
    found = length_control(scores, doublings, quality).effect
    assert found.low < 0 < found.high
    assert length_control(scores, doublings, np.ones(400)).effect.low > 0.5, "without the truth it is"


@pytest.mark.spec("G2")
def test_the_effects_on_choices_are_those_of_logistic_regression() -> None:
    rng = np.random.default_rng(3)
    quality, doublings = rng.normal(0, 0.5, 500), rng.normal(0, 1, 500)
    family = rng.integers(-1, 2, 500).astype(float)
    x = np.column_stack([np.ones(500), quality, doublings, family])
    chosen = rng.random(500) < 1 / (1 + np.exp(-x @ [0.5, 2.0, 0.4, 0.6]))
    pairs = np.arange(500) // 2
    found = choice_effects(chosen.tolist(), quality, doublings, family, pairs.tolist())
    theirs = Logit(chosen.astype(float), x).fit(disp=False, cov_type="cluster", cov_kwds={"groups": pairs})
    assert found.family is not None
    ours = [found.position, found.quality, found.length, found.family]
    assert [each.estimate for each in ours] == pytest.approx(theirs.params.tolist(), rel=1e-6)
    assert [each.error for each in ours] == pytest.approx(theirs.bse.tolist(), rel=1e-6)
    assert found.raw > found.controlled


@pytest.mark.spec("G2")
def test_a_judge_that_says_the_same_in_both_orders_is_no_more_evidence_than_one_choice() -> None:
    rng = np.random.default_rng(5)
    chosen, quality, doublings = rng.random(300) < 0.6, rng.normal(0, 1, 300), rng.normal(0, 1, 300)
    once = choice_effects(chosen.tolist(), quality, doublings, np.zeros(300), range(300))
    twice = choice_effects(
        [*chosen, *chosen],
        np.tile(quality, 2),
        np.tile(doublings, 2),
        np.zeros(600),
        [*range(300), *range(300)],
    )
    assert twice.length.error == pytest.approx(once.length.error, rel=0.01)


def test_no_family_has_no_effect() -> None:
    rng = np.random.default_rng(4)
    chosen = (rng.random(200) < 0.5).tolist()
    found = choice_effects(chosen, rng.normal(0, 1, 200), rng.normal(0, 1, 200), np.zeros(200), range(200))
    assert found.family is None


def test_effects_without_a_size_are_refused() -> None:
    quality, doublings = np.array([-1.0, -2, 1, 2] * 10), np.arange(40.0) % 7
    with pytest.raises(TooFewError, match="without exception"):
        choice_effects((quality > 0).tolist(), quality, doublings, np.zeros(40), range(40))
    with pytest.raises(TooFewError, match="cannot tell"):
        choice_effects([True] * 40, quality, quality, np.zeros(40), range(40))
    with pytest.raises(TooFewError, match="of one length"):
        length_control(np.array([1.0, 2, 3, 4]), np.ones(4), np.zeros(4))
