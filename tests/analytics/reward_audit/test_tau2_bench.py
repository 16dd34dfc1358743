"""Rewards of tau2-bench runs, computed again by execution: spec G1, G4."""

from pathlib import Path

import pytest

from analytics.reward_audit.errors import RewardRecordError
from analytics.reward_audit.findings import AuditedReward, Cause, Standing
from analytics.reward_audit.tau2_bench import audit_tau2_retail
from tests.analytics.reward_audit.made_tau2 import (
    CANCEL,
    LOOK,
    MOVE,
    SWAP,
    retail_folder,
    simulation,
    task,
)

CANCELS = task("0", CANCEL)
COUNTS = task("1", say=("1234.50",), told="how much in all?")


def audited(folder: Path) -> list[AuditedReward]:
    return [each for run in audit_tau2_retail(folder) for each in run.rewards]


@pytest.mark.spec("G1")
def test_rewards_are_computed_from_the_state_and_what_was_said(tmp_path: Path) -> None:
    simulations = [
        simulation("0", 1.0, LOOK, CANCEL, graded_by=CANCELS),
        simulation("0", 1.0, LOOK, graded_by=CANCELS),
        simulation("0", 0.0, CANCEL, graded_by=CANCELS, ended="max_steps"),
        simulation("1", 1.0, LOOK, text="It is $1,234.50.", graded_by=COUNTS),
        simulation("1", 1.0, text="No idea.", graded_by=COUNTS),
    ]
    found = audited(retail_folder(tmp_path, [CANCELS, COUNTS], simulations))
    assert [each.computed for each in found] == [1.0, 0.0, 0.0, 1.0, 0.0]
    right, wrong = (Standing.RIGHT, Cause.NONE), (Standing.WRONG, Cause.UNEXPLAINED)
    assert [(each.standing, each.cause) for each in found] == [right, wrong, right, right, wrong]


@pytest.mark.spec("G1")
def test_an_address_may_be_changed_after_the_items_as_the_public_shop_allows(tmp_path: Path) -> None:
    both = task("0", SWAP, MOVE)
    simulations = [
        simulation("0", 1.0, MOVE, SWAP, graded_by=both),
        simulation("0", 1.0, SWAP, MOVE, graded_by=both),
        simulation("0", 0.0, SWAP, graded_by=both),
    ]
    found = audited(retail_folder(tmp_path, [both], simulations))
    assert [each.computed for each in found] == [1.0, 1.0, 0.0]


@pytest.mark.spec("G4")
def test_a_conversation_under_another_tasks_number_is_graded_by_what_its_reward_names(tmp_path: Path) -> None:
    found = audited(
        retail_folder(tmp_path, [CANCELS, COUNTS], [simulation("1", 1.0, CANCEL, graded_by=CANCELS)])
    )
    assert [(each.standing, each.notes) for each in found] == [
        (Standing.RIGHT, ("recorded under task 1, graded by task 0",))
    ]


@pytest.mark.spec("G1")
def test_a_truth_that_people_corrected_counts_where_the_customer_was_told_the_same(tmp_path: Path) -> None:
    simulations = [simulation("0", 1.0, CANCEL, graded_by=CANCELS)]
    folder = retail_folder(tmp_path / "same", [CANCELS], simulations, corrected=[task("0", SWAP)])
    (found,) = audited(folder)
    assert (found.standing, found.cause, found.computed) == (Standing.WRONG, Cause.FAULTY_TASK, 0.0)
    other = [task("0", SWAP, told="something else")]
    (found,) = audited(retail_folder(tmp_path / "other", [CANCELS], simulations, corrected=other))
    assert (found.standing, found.computed) == (Standing.RIGHT, 1.0)


@pytest.mark.spec("G4")
def test_the_judge_set_is_graded_by_the_version_of_the_task_that_fits(tmp_path: Path) -> None:
    def line(name: str, reward: float, *calls: dict[str, object]) -> dict[str, object]:
        turns = [{"i": n, "role": "assistant", "tool_call": each} for n, each in enumerate(calls)]
        return {"simulation_id": name, "task_id": "0", "tau2_reward": reward, "turns": turns}

    folder = retail_folder(
        tmp_path,
        [CANCELS],
        [],
        newest=[task("0", SWAP)],
        judged=[line("a", 1.0, SWAP), line("b", 1.0, CANCEL), line("c", 1.0, LOOK)],
    )
    found = audited(folder)
    assert [(each.standing, each.cause) for each in found] == [
        (Standing.RIGHT, Cause.NONE),
        (Standing.RIGHT, Cause.OTHER_TASK_VERSION),
        (Standing.WRONG, Cause.UNEXPLAINED),
    ]
    assert found[1].evidence == "by the task as in run.json.gz; by that in tasks.json 0"


@pytest.mark.spec("G3")
def test_an_agent_that_does_nothing_is_on_every_run(tmp_path: Path) -> None:
    idle = task("2")
    simulations = [
        simulation("0", 1.0, CANCEL, graded_by=CANCELS),
        simulation("1", 1.0, text="1234.50", graded_by=COUNTS),
        simulation("2", 1.0, graded_by=idle),
        simulation("2", 1.0, graded_by=idle),
    ]
    run, judged = audit_tau2_retail(retail_folder(tmp_path, [CANCELS, COUNTS, idle], simulations))
    assert run.doing_nothing == 0.5
    assert judged.doing_nothing is None


def test_a_missing_file_is_told_with_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(RewardRecordError, match=r"db\.json is missing.*TURNSTONE_REWARDS_TAU2_BENCH"):
        audit_tau2_retail(tmp_path)
    folder = retail_folder(tmp_path / "broken", [CANCELS], [])
    (folder / "runs" / "run.json.gz").write_bytes(b"no gzip")
    with pytest.raises(RewardRecordError, match="not a whole gzip file"):
        audit_tau2_retail(folder)
