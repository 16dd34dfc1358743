"""A judge gates when it has shown that it may, and only where it has shown it: spec G2, G3."""

import numpy as np
import pytest

from analytics.judge.agreement import agreement_with_truth
from analytics.judge.errors import NotQualifiedError
from analytics.judge.families import Families
from analytics.judge.qualification import Bar, judged_gate, qualify
from tests.analytics.judge.made import qualification, scores

PRODUCTION = scores(*[5] * 95, *[1] * 5)
WORSE = scores(*[5] * 80, *[1] * 20)


@pytest.mark.spec("G2", "G3")
def test_a_qualified_judge_gates_by_the_verdicts_of_the_regression_gate() -> None:
    found = judged_gate(PRODUCTION, WORSE, qualification())
    assert found.regression
    assert found.drop == pytest.approx(0.15)
    assert not judged_gate(PRODUCTION, PRODUCTION, qualification()).regression


@pytest.mark.spec("G2")
@pytest.mark.parametrize(
    ("shown", "why"),
    [
        ({"value": 0.7, "low": 0.59}, r"kappa 0\.70 \(0\.59 to 0\.90\) .*must reach 0\.60"),
        ({"n": 23}, "23 conversations with a known truth; 100 are the least"),
        ({"judge_family": "openai"}, "judge and agent are both of openai"),
    ],
)
def test_a_judge_below_the_bar_gates_nothing(shown: dict[str, float], why: str) -> None:
    below = qualification(**shown)  # type: ignore[arg-type]
    assert not below.may_gate
    with pytest.raises(NotQualifiedError, match=f"{below.judge} may not gate: .*{why}"):
        judged_gate(PRODUCTION, WORSE, below)


@pytest.mark.spec("G2")
def test_a_qualification_is_of_one_judge_one_wording_and_the_families_it_was_measured_on() -> None:
    with pytest.raises(NotQualifiedError, match=r"is by gemini-2\.5-pro with"):
        judged_gate(PRODUCTION, scores(5, judge="gemini-2.5-pro"), qualification())
    with pytest.raises(NotQualifiedError, match="qualified on agents of openai, and c-0 is by llama-4"):
        judged_gate(PRODUCTION, scores(5, agent="llama-4"), qualification())


@pytest.mark.spec("G2")
def test_scores_qualify_for_what_they_are_of() -> None:
    truth = [True] * 60 + [False] * 60
    given = scores(*[5] * 58, *[1] * 2, *[1] * 57, *[5] * 3)
    agreement = agreement_with_truth(truth, [each.passed for each in given], rng=np.random.default_rng(1))
    found = qualify(given, agreement, truth="execution", bar=Bar(), families=Families())
    assert (found.judge_family, found.agent_families, found.may_gate) == ("anthropic", ("openai",), True)
    assert judged_gate(given, given, found).drop == 0
    with pytest.raises(NotQualifiedError, match="one judge and one wording; these are 2"):
        qualify([*given, *scores(5, judge="gemini")], agreement, truth="", bar=Bar(), families=Families())


@pytest.mark.spec("G2")
def test_no_score_without_a_pass_mark_passes_by_itself() -> None:
    assert [each.passed for each in scores(1, 2, 3, 4, 5)] == [False, False, False, True, True]
