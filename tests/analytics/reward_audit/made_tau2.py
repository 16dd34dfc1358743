"""Files in the format of tau2-bench, of a shop that tests know."""

import gzip
import json
from pathlib import Path
from typing import Any

from tests.agent_runtime.domains.retail.conftest import made_shop

CANCEL = {"name": "cancel_pending_order", "arguments": {"order_id": "#G", "reason": "no longer needed"}}
LOOK = {"name": "get_order_details", "arguments": {"order_id": "#G"}}
SWAP = {
    "name": "modify_pending_order_items",
    "arguments": {
        "order_id": "#P",
        "item_ids": ["11"],
        "new_item_ids": ["15"],
        "payment_method_id": "card_1",
    },
}
MOVE = {
    "name": "modify_pending_order_address",
    "arguments": {
        "order_id": "#P",
        "address1": "2 Elm",
        "address2": "",
        "city": "Utica",
        "state": "NY",
        "country": "USA",
        "zip": "13501",
    },
}
RETAIL = ("DB", "COMMUNICATE")


def task(
    number: str,
    *actions: dict[str, Any],
    say: tuple[str, ...] = (),
    basis: tuple[str, ...] = RETAIL,
    told: str = "cancel #G",
) -> dict[str, Any]:
    criteria = {"actions": list(actions), "communicate_info": list(say), "reward_basis": list(basis)}
    return {"id": number, "user_scenario": {"instructions": told}, "evaluation_criteria": criteria}


def simulation(
    number: str,
    reward: float,
    *calls: dict[str, Any],
    text: str = "Done.",
    graded_by: dict[str, Any],
    state: bool | None = True,
    breakdown: dict[str, float] | None = None,
    ended: str = "user_stop",
) -> dict[str, Any]:
    criteria = graded_by["evaluation_criteria"]
    info = {
        "reward": reward,
        "db_check": None if state is None else {"db_match": state},
        "action_checks": [{"action": each, "action_match": True} for each in criteria["actions"]],
        "communicate_checks": [{"info": each, "met": True} for each in criteria["communicate_info"]],
        "reward_basis": criteria["reward_basis"],
        "reward_breakdown": breakdown,
    }
    messages: list[dict[str, Any]] = [{"role": "user", "content": "hi"}]
    messages += [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", **each}]} for each in calls
    ]
    messages.append({"role": "assistant", "content": text})
    return {
        "id": f"s-{number}",
        "task_id": number,
        "termination_reason": ended,
        "reward_info": info,
        "messages": messages,
    }


def run_file(path: Path, tasks: list[dict[str, Any]], simulations: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(json.dumps({"tasks": tasks, "simulations": simulations}).encode()))
    return path


def retail_folder(
    folder: Path,
    tasks: list[dict[str, Any]],
    simulations: list[dict[str, Any]],
    *,
    corrected: list[dict[str, Any]] | None = None,
    newest: list[dict[str, Any]] | None = None,
    judged: list[dict[str, Any]] | None = None,
) -> Path:
    """A data set's retail folder with one run."""
    run_file(folder / "runs" / "run.json.gz", tasks, simulations)
    (folder / "db.json").write_text(json.dumps(made_shop()))
    (folder / "tasks.json").write_text(json.dumps(newest or tasks))
    (folder / "tasks_verified_amazon.json").write_text(json.dumps(corrected or tasks))
    (folder / "judge").mkdir()
    lines = "\n".join(json.dumps(each) for each in judged or [])
    (folder / "judge" / "transcripts.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return folder
