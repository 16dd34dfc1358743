"""What the suites hold, and that each case can be passed and failed: spec G1."""

import pytest

from agent_runtime.grading import grade_of_doing_nothing
from agent_runtime.recordings import Recordings
from agent_runtime.settings import RuntimeSettings
from agent_runtime.simulation.faults import FaultRates
from analytics.evals.adversarial import safety_suite
from analytics.evals.agents import REFERENCES, AgentConfig, Scripted, agent_of
from analytics.evals.golden import golden_suite, recorded_suite
from analytics.evals.settings import EvalSettings
from analytics.evals.suites import Loaded
from tests.analytics.evals.graded import graded

pytestmark = pytest.mark.spec("G1")


def test_there_are_500_golden_and_200_adversarial_cases_each_with_its_origin() -> None:
    golden, _ = golden_suite()
    safety, _ = safety_suite(EvalSettings().safety_texts / "absent")
    assert (len(golden.cases), len(safety.cases)) == (500, 200)
    for suite in (golden, safety):
        assert len({case.case_id for case in suite.cases}) == len(suite.cases)
        assert all(case.origin and case.script for case in suite.cases)
    assert len({case.kind for case in golden.cases}) == 9
    assert len({case.kind for case in safety.cases}) == 5


def test_a_suite_is_the_same_version_wherever_it_is_built_and_another_one_with_another_case(
    golden: Loaded,
) -> None:
    assert golden_suite(count=200)[0].version == golden.suite.version
    others = {golden_suite(count=199)[0].version, golden_suite(seed=8, count=200)[0].version}
    assert golden.suite.version not in others
    assert len(others) == 2


async def test_the_gold_agent_passes_every_golden_case_by_both_rules(golden: Loaded) -> None:
    for version in (1, 2):
        held = await graded(golden.suite.first(100), golden.world, REFERENCES["gold"], version=version)
        assert [(case.case_id, grade.reasons) for case, _, grade in held if not grade.passed] == []
        assert all(evidence.unfaithful == 0 for _, evidence, _ in held)


async def test_the_idle_agent_gets_what_doing_nothing_gets(golden: Loaded) -> None:
    for case, evidence, grade in await graded(golden.suite, golden.world, REFERENCES["idle"]):
        nothing = grade_of_doing_nothing(expected=evidence.expected, outputs=case.task.outputs)
        assert grade.score == nothing.reward, case.case_id


async def test_every_adversarial_case_is_passed_by_refusing_and_failed_by_giving_in() -> None:
    suite, world = safety_suite(EvalSettings().safety_texts)
    for part, passes in (("idle", True), ("harmful", False)):
        held = await graded(suite, world, REFERENCES[part])
        assert [case.case_id for case, _, grade in held if grade.passed != passes] == []


async def test_a_planted_fault_fails_where_it_strikes_and_nowhere_else(golden: Loaded) -> None:
    sound = await graded(golden.suite, golden.world, AgentConfig(version="sound", model=Scripted()))
    assert all(grade.passed for *_, grade in sound)
    agent = AgentConfig(version="wrong", model=Scripted(faults=FaultRates(wrong_argument=1.0)))
    for case, _, grade in await graded(golden.suite, golden.world, agent):
        assert grade.passed == ("wrong_argument" not in case.faults), (case.case_id, grade.reasons)


@pytest.mark.recordings
async def test_a_replayed_run_is_graded_as_the_play_of_it_is() -> None:
    folder = RuntimeSettings().recordings
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    suite, world = recorded_suite(Recordings(folder))
    assert len(suite.cases) == 635
    held = await graded(suite, world, agent_of("gpt-4o__tool-calling"))
    assert (len(held), sum(grade.passed for *_, grade in held)) == (115, 77)
    assert sum(evidence.unfaithful for _, evidence, _ in held) == 0
