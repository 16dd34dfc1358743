"""Rewards of tau-bench runs: what the record's own scoring could see, and what it could not: spec G4."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from agent_runtime.domains.retail import RetailDatabase, load_shop
from analytics.reward_audit.findings import AuditedRun, Cause, Standing
from analytics.reward_audit.tau_bench import audit_tau_bench
from tests.agent_runtime.domains.retail.conftest import made_shop

CANCEL = ("cancel_pending_order", {"order_id": "#P", "reason": "no longer needed"})
UNKNOWN = ("get_everything", {"order_id": "#P"})


def record(
    number: int,
    reward: float,
    *calls: tuple[str, dict[str, str]],
    digest: str | None = None,
    say: tuple[str, ...] = (),
) -> dict[str, Any]:
    verdict = {"r_actions": reward, "gt_data_hash": digest} if digest else {}
    traj: list[dict[str, Any]] = [{"role": "user", "content": "Cancel #P"}]
    for name, arguments in calls:
        function = {"name": name, "arguments": json.dumps(arguments)}
        traj.append({"role": "assistant", "tool_calls": [{"id": "1", "function": function}]})
        traj.append({"role": "tool", "content": "whatever"})
    traj.append({"role": "user", "content": "###STOP###"})
    actions = [{"name": CANCEL[0], "kwargs": CANCEL[1]}]
    task = {"user_id": "ada_1", "instruction": "", "actions": actions, "outputs": list(say)}
    info = {"task": task, "reward_info": {"info": verdict}}
    return {"task_id": number, "reward": reward, "info": info, "traj": traj}


def audited(folder: Path, *records: dict[str, Any]) -> AuditedRun:
    for kind, documents in made_shop().items():
        (folder / f"{kind}.json").write_text(json.dumps(documents))
    (folder / "trajectories").mkdir()
    listed = {
        "file": "run.jsonl.gz",
        "model": "gpt-4o",
        "agent_variant": "made",
        "conversations": len(records),
        "source_repo": "made",
    }
    (folder / "trajectories" / "manifest.json").write_text(json.dumps([listed]))
    lines = "\n".join(json.dumps(each) for each in records)
    (folder / "trajectories" / "run.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    (run,) = audit_tau_bench(folder)
    return run


@pytest.mark.spec("G4")
def test_a_scorer_that_saw_nothing_leaves_wrong_and_unchecked_rewards(tmp_path: Path) -> None:
    untouched = RetailDatabase(load_shop(made_shop())).digest({})
    run = audited(
        tmp_path,
        record(0, 1.0, digest=untouched),
        record(1, 1.0, CANCEL, digest=untouched),
        record(2, 0.0, CANCEL, say=("42",)),
        record(3, 1.0, CANCEL, digest=untouched),
    )
    assert [each.standing for each in run.rewards] == [
        Standing.WRONG,
        Standing.UNCHECKED,
        Standing.RIGHT,
        Standing.UNCHECKED,
    ]
    assert {each.cause for each in run.rewards} == {Cause.BLIND_SCORER}
    assert all(each.evidence for each in run.rewards)


@pytest.mark.spec("G4")
def test_a_wrong_reward_of_a_scorer_that_saw_stays_unexplained(tmp_path: Path) -> None:
    run = audited(tmp_path, record(0, 1.0), record(1, 1.0, CANCEL))
    assert [(each.standing, each.cause) for each in run.rewards] == [
        (Standing.WRONG, Cause.UNEXPLAINED),
        (Standing.RIGHT, Cause.NONE),
    ]
    assert (run.mean_recorded, run.mean_computed, run.doing_nothing) == (1.0, 0.5, 0.0)


@pytest.mark.spec("G4")
def test_a_crash_is_undecided_and_an_unpublished_tool_is_noted(tmp_path: Path) -> None:
    crashed = {"task_id": 0, "reward": 0.0, "info": {"error": "rate limit\nmore"}, "traj": []}
    run = audited(tmp_path, crashed, record(1, 1.0, UNKNOWN, CANCEL))
    assert [(each.standing, each.cause, each.computed) for each in run.rewards] == [
        (Standing.UNDECIDED, Cause.CRASHED, None),
        (Standing.RIGHT, Cause.NONE, 1.0),
    ]
    assert run.rewards[0].evidence == "rate limit"
    assert run.rewards[1].notes == ("as unpublished tools answered: get_everything (1)",)
    assert run.mean_recorded == 1.0
