"""Rewards of shops that were not published: what can be said without their state."""

from pathlib import Path
from typing import Any

import pytest

from analytics.reward_audit.findings import AuditedReward, Cause, Standing
from analytics.reward_audit.other_shops import audit_other_shops
from tests.analytics.reward_audit.made_tau2 import CANCEL, LOOK, run_file, simulation, task

ACTS = task("0", {**CANCEL, "compare_args": ["order_id"]}, basis=("ACTION", "COMMUNICATE"))
NOTHING = task("1", basis=("COMMUNICATE",))
SAYS = task("2", say=("Friday",), basis=("COMMUNICATE",))
ASSERTED = task("3", basis=("NL_ASSERTION",))
STATE = task("4", CANCEL, basis=("DB", "NL_ASSERTION"))
OTHERWISE = {**CANCEL, "arguments": {**CANCEL["arguments"], "reason": "whatever"}}  # type: ignore[dict-item]


def audited(tmp_path: Path, *simulations: dict[str, Any]) -> list[AuditedReward]:
    tasks = [ACTS, NOTHING, SAYS, ASSERTED, STATE]
    run_file(tmp_path / "runs" / "run.json.gz", tasks, list(simulations))
    (run,) = audit_other_shops(tmp_path)
    return list(run.rewards)


@pytest.mark.spec("G1")
def test_actions_and_words_are_computed_again(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        simulation("0", 1.0, OTHERWISE, graded_by=ACTS),
        simulation("0", 1.0, LOOK, graded_by=ACTS),
        simulation("2", 1.0, text="On Friday", graded_by=SAYS),
        simulation("2", 1.0, text="Soon", graded_by=SAYS),
    )
    assert [each.computed for each in found] == [1.0, 0.0, 1.0, 0.0]
    assert [each.standing for each in found] == [Standing.RIGHT, Standing.WRONG] * 2


@pytest.mark.spec("G1")
def test_a_reward_that_nobody_could_miss_is_unchecked(tmp_path: Path) -> None:
    (found,) = audited(tmp_path, simulation("1", 1.0, graded_by=NOTHING))
    assert (found.standing, found.cause) == (Standing.UNCHECKED, Cause.NOTHING_CHECKED)


@pytest.mark.spec("G1")
def test_a_state_that_was_found_wrong_and_does_not_count_is_told(tmp_path: Path) -> None:
    (found,) = audited(tmp_path, simulation("0", 1.0, CANCEL, graded_by=ACTS, state=False))
    assert (found.standing, found.cause) == (Standing.UNCHECKED, Cause.STATE_IGNORED)


@pytest.mark.spec("G1")
def test_what_rests_on_a_model_or_an_unknown_state_is_undecided(tmp_path: Path) -> None:
    found = audited(
        tmp_path,
        simulation("3", 1.0, graded_by=ASSERTED, breakdown={"NL_ASSERTION": 1.0}),
        simulation("4", 0.0, graded_by=STATE, breakdown={"DB": 0.0, "NL_ASSERTION": 1.0}),
        simulation("4", 1.0, graded_by=STATE, breakdown={"DB": 0.0, "NL_ASSERTION": 1.0}),
    )
    assert [(each.standing, each.cause) for each in found] == [
        (Standing.UNDECIDED, Cause.MODEL_SAID_SO),
        (Standing.UNDECIDED, Cause.UNPUBLISHED_SHOP),
        (Standing.WRONG, Cause.UNEXPLAINED),
    ]
    assert found[2].evidence == "not the product of its own checks"
    assert all(each.computed is None for each in found)
