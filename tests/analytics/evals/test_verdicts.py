"""Verdicts from made results: planted regressions of known size are found, chance is not: spec G3."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest
from msgspec import structs

from analytics.evals.budgets import figures
from analytics.evals.cases import Suite
from analytics.evals.errors import NotComparableError
from analytics.evals.harmless import TRIGGER_WORDS
from analytics.evals.results import Result
from analytics.evals.standings import standings_of
from analytics.evals.verdicts import Pair, is_regression, judge_budgets, judge_suites, pass_hats

pytestmark = pytest.mark.spec("G3", "G4")

CASES = 500
SUITE = Suite(name="golden", doc="", grader="task", limit=0.02, shop_digest="", cases=(), policy="")


def result(case: int, trial: int, *, passed: bool, agent: str = "a", **other: object) -> Result:
    made = Result(
        run_id=f"golden-{agent}",
        suite="golden",
        suite_version="v",
        case_id=f"golden-{case:03d}",
        kind="cancel",
        origin="made",
        trial=trial,
        conversation_id=f"golden-{agent}/golden-{case:03d}/{trial}",
        agent_version=agent,
        config_hash=agent,
        config=None,
        grader="task",
        grader_version=1,
        passed=passed,
        score=float(passed),
        reasons=[],
        trusted=True,
        ended_by="customer_done",
        first_token_ms=[],
        response_ms=[1_000.0],
        cost_usd=0.01,
        model_calls=1,
        estimated=False,
        unfaithful=0,
        code_commit="c",
        code_digest="d",
        data_table="bronze.eval_events",
        data_snapshot_id=1,
        graded_at=datetime(2026, 11, 2, tzinfo=UTC),
        regraded=False,
    )
    return structs.replace(made, **other)


def results(passed: Callable[[int, int], bool], *, trials: int = 1, agent: str = "a") -> list[Result]:
    return [
        result(case, trial, passed=passed(case, trial), agent=agent)
        for case in range(CASES)
        for trial in range(trials)
    ]


def pair(before: Sequence[Result], after: Sequence[Result], name: str = "golden") -> Pair:
    return Pair(suite=structs.replace(SUITE, name=name), baseline=before, candidate=after)


def test_a_drop_of_six_points_is_found_and_tells_its_power_and_what_it_sees() -> None:
    before, after = results(lambda case, _: case >= 25), results(lambda case, _: case >= 55, agent="b")
    [verdict] = judge_suites([pair(before, after)])
    tests = verdict.comparison
    assert verdict.decision == "regression"
    assert tests.method == "McNemar, exact"
    assert (tests.lost, tests.won) == (30, 0)
    assert tests.p_value == pytest.approx(0.5**30)
    assert tests.drop == pytest.approx(0.06)
    assert tests.low < 0.06 < tests.high
    assert tests.gate.regression
    assert tests.clustered.estimate == pytest.approx(-0.06)
    assert 0.9 < tests.power <= 1
    assert 0.02 < tests.detectable < 0.04
    assert any(f"power {tests.power:.0%}" in reason for reason in verdict.reasons)


def test_a_drop_that_is_tolerated_is_none_however_sure_it_is() -> None:
    before, after = results(lambda *_: True), results(lambda case, _: case >= 9, agent="b")
    [verdict] = judge_suites([pair(before, after)])
    assert verdict.comparison.p_value < 0.01
    assert verdict.comparison.drop == pytest.approx(0.018)
    assert verdict.decision == "no_regression"


def test_few_cases_are_inconclusive_not_sound() -> None:
    before, after = results(lambda *_: True)[:40], results(lambda *_: True, agent="b")[:40]
    [verdict] = judge_suites([pair(before, after)])
    assert verdict.decision == "inconclusive"
    assert verdict.comparison.high > 0.04
    assert verdict.comparison.power < 0.8


def test_trials_are_kept_together_by_case() -> None:
    before = results(lambda case, trial: (case + trial) % 10 > 0, trials=3)
    after = results(lambda case, trial: (case + trial) % 10 > 1, trials=3, agent="b")
    [verdict] = judge_suites([pair(before, after)])
    assert verdict.comparison.method == "paired bootstrap by case"
    assert verdict.comparison.drop == pytest.approx(0.1, abs=0.005)
    assert verdict.decision == "regression"
    assert len(verdict.pass_hat) == 3
    assert verdict.pass_hat[0] > verdict.pass_hat[1] > verdict.pass_hat[2]


def test_other_cases_are_tested_unpaired() -> None:
    before = results(lambda case, _: case >= 25)
    after = [structs.replace(one, case_id=f"x{one.case_id}") for one in results(lambda case, _: case >= 60)]
    [verdict] = judge_suites([pair(before, after)])
    assert verdict.comparison.method == "two-proportion z-test"
    assert verdict.comparison.p_value == verdict.comparison.gate.p_value
    assert verdict.decision == "regression"


def test_several_suites_are_corrected_together() -> None:
    before, after = results(lambda *_: True), results(lambda case, _: case >= 5, agent="b")
    strict = structs.replace(SUITE, limit=0.0)
    alone = Pair(suite=strict, baseline=before, candidate=after)
    assert judge_suites([alone])[0].decision == "regression"  # p 1/32
    both = judge_suites([alone, pair(before, before, "other")])
    assert both[0].p_adjusted == pytest.approx(2 / 32)
    assert [one.decision for one in both] == ["no_regression", "no_regression"]


def test_what_is_not_trusted_counts_in_no_verdict() -> None:
    before = results(lambda *_: True)
    after = [
        structs.replace(one, trusted=one.passed) for one in results(lambda case, _: case >= 50, agent="b")
    ]
    [verdict] = judge_suites([pair(before, after)])
    assert (verdict.comparison.cases, verdict.untrusted) == (450, 50)
    assert verdict.comparison.drop == 0
    assert verdict.failures == ()


def test_ten_failures_are_shown_those_first_that_the_baseline_passed() -> None:
    before, after = results(lambda case, _: case >= 20), results(lambda case, _: case >= 24, agent="b")
    [verdict] = judge_suites([pair(before, after)])
    assert [one.case_id for one in verdict.failures[:4]] == [f"golden-{case:03d}" for case in range(20, 24)]
    assert len(verdict.failures) == 10


@pytest.mark.parametrize("other", [{"grader_version": 2}, {"suite_version": "w"}], ids=["grader", "suite"])
def test_grades_of_different_rules_or_cases_do_not_compare(other: dict[str, object]) -> None:
    before, after = results(lambda *_: True), results(lambda *_: True, agent="b")
    with pytest.raises(NotComparableError):
        judge_suites([pair(before, [structs.replace(one, **other) for one in after])])


@pytest.mark.parametrize("trials", [1, 2])
def test_two_equal_agents_are_rarely_called_different_and_a_worse_one_mostly(trials: int) -> None:
    """Made evaluations of cases that are not equally hard; three standard errors are granted to chance."""
    rng = np.random.default_rng(17)
    runs, cases = 60, 200
    hard = rng.beta(9, 0.6, cases).clip(0.1)

    def found(drop: float) -> float:
        count = 0
        for _ in range(runs):
            passed = rng.random((2, cases, trials)) < np.stack([hard, hard - drop])[:, :, None]
            before, after = (
                [
                    result(case, trial, passed=bool(one), agent=agent)
                    for case, row in enumerate(rows)
                    for trial, one in enumerate(row)
                ]
                for agent, rows in zip("ab", passed, strict=True)
            )
            count += judge_suites([pair(before, after)])[0].decision == "regression"
        return count / runs

    assert found(0.0) <= 0.05 + 3 * (0.05 * 0.95 / runs) ** 0.5
    assert found(0.1) >= 0.85


def test_pass_hat_k_of_no_results_is_nothing() -> None:
    assert pass_hats([]) == ()


def test_a_budget_that_nobody_measured_is_neither_met_nor_missed() -> None:
    before = results(lambda *_: True)
    first, turn, cost = judge_budgets([pair(before, before)])
    assert (first.decision, turn.decision, cost.decision) == ("not_measured", "met", "met")
    assert not is_regression([], [first, turn, cost])


@pytest.mark.parametrize(
    ("slow", "estimated", "stops"),
    [(16_000.0, False, True), (16_000.0, True, False), (14_000.0, False, False)],
)
def test_a_measured_budget_that_is_missed_stops_an_estimate_does_not(
    *, slow: float, estimated: bool, stops: bool
) -> None:
    after = [
        structs.replace(one, response_ms=[slow], estimated=estimated) for one in results(lambda *_: True)
    ]
    assert is_regression([], judge_budgets([pair(after, after)])) == stops
    assert figures(after)["turn_p99_s"] == pytest.approx(slow / 1e3)


def test_who_withstands_more_attacks_by_refusing_everybody_has_a_regression() -> None:
    """In sum nothing was lost: what was won on attacks must not pay for harmless customers."""

    def harmless(case: int) -> bool:
        return case >= CASES - 60

    def kind(case: int) -> str:
        return TRIGGER_WORDS if harmless(case) else "override"

    before = [
        structs.replace(one, kind=kind(at)) for at, one in enumerate(results(lambda case, _: case >= 60))
    ]
    after = [
        structs.replace(one, kind=kind(at))
        for at, one in enumerate(results(lambda case, _: not harmless(case), agent="b"))
    ]
    [whole] = judge_suites([pair(before, after, "safety")])
    assert (whole.decision, whole.comparison.drop) == ("no_regression", 0)
    attacks, refused = judge_suites(pair(before, after, "safety").by_part())
    assert (attacks.name, attacks.decision) == ("safety, attacks", "no_regression")
    assert (refused.name, refused.decision) == ("safety, harmless", "regression")
    assert refused.limit == 0.02
    rows = {one.part: one for one in standings_of("candidate", after)}
    assert (rows["attacks"].passed, rows["harmless"].passed) == (1, 0)
    assert rows[""].passed == rows["attacks"].cases / CASES
