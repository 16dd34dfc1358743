"""Ground truth that contradicts the tools or itself is found: spec G1."""

from collections import defaultdict

import pytest
from msgspec import structs

from agent_runtime.messages import ToolCall
from agent_runtime.recordings import Recordings
from agent_runtime.settings import RuntimeSettings
from analytics.evals.cases import Case
from analytics.evals.golden import recorded_suite
from analytics.evals.ground_truth import copies_in_runs, find_faults, untrusted
from analytics.evals.suites import Loaded

pytestmark = pytest.mark.spec("G1")


def _faults(golden: Loaded, case: Case, copies: object = ()) -> list[str]:
    suite = structs.replace(golden.suite, cases=(case,))
    return [one.fault for one in find_faults(suite, golden.world, copies)]  # type: ignore[arg-type]


def _first(golden: Loaded, kind: str) -> Case:
    return next(case for case in golden.suite.cases if case.kind == kind and case.task.actions)


def test_the_generator_makes_no_ground_truth_that_is_left_out(golden: Loaded) -> None:
    assert untrusted(golden.faults) == frozenset()
    assert {one.fault for one in golden.faults} == {"passes_for_nothing"}


def test_a_write_that_the_tools_refuse_is_found(golden: Loaded) -> None:
    case = _first(golden, "cancel")
    [action] = case.task.actions
    twice = structs.replace(case, task=structs.replace(case.task, actions=(action, action)))
    assert _faults(golden, twice) == ["refused_write"]


def test_a_look_up_that_finds_nothing_is_told_but_trusted(golden: Loaded) -> None:
    case = _first(golden, "cancel")
    wrong = ToolCall("t", "find_user_id_by_email", {"email": "nobody@example.com"})
    looked = structs.replace(case, task=structs.replace(case.task, actions=(wrong, *case.task.actions)))
    assert _faults(golden, looked) == ["refused_look_up"]
    suite = structs.replace(golden.suite, cases=(looked,))
    assert untrusted(find_faults(suite, golden.world)) == frozenset()


@pytest.mark.parametrize("output", ["314159.26", "a word that stands nowhere"])
def test_an_output_that_nobody_can_know_is_found(golden: Loaded, output: str) -> None:
    case = _first(golden, "return")
    asked = structs.replace(case, task=structs.replace(case.task, outputs=(output,)))
    assert _faults(golden, asked) == ["unsupported_output"]


def test_a_refund_that_can_be_reckoned_is_supported(golden: Loaded) -> None:
    case = _first(golden, "return")
    [action] = case.task.actions
    order = golden.world.open(case).order(action.arguments["order_id"])
    refund = sum(item["price"] for item in order["items"] if item["item_id"] in action.arguments["item_ids"])
    asked = structs.replace(case, task=structs.replace(case.task, outputs=(f"{refund:.2f}",)))
    assert _faults(golden, asked) == []


def test_a_copy_that_says_something_else_is_found(golden: Loaded) -> None:
    case = _first(golden, "cancel")
    other = structs.replace(case.task, outputs=("something else",))
    assert _faults(golden, case, [(case.scenario, "a run", other)]) == ["other_copies_differ"]


@pytest.mark.recordings
def test_the_public_tasks_that_are_not_to_be_trusted_are_known_by_name() -> None:
    folder = RuntimeSettings().recordings
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    recordings = Recordings(folder)
    suite, world = recorded_suite(recordings)
    found = defaultdict[str, set[str]](set)
    for one in find_faults(suite, world, copies_in_runs(recordings)):
        if one.case.kind == "test":
            found[one.fault].add(one.case.case_id.removeprefix("tau-test-"))
    assert found["refused_write"] == {"012", "013", "064", "106"}
    assert found["unsupported_output"] == {"019"}
    assert len(found["passes_for_nothing"]) == 7
    assert found.keys() == {"refused_write", "unsupported_output", "passes_for_nothing", "refused_look_up"}
