"""Rewards of shops whose code and documents were not published: no state can be computed again.

What can: which actions were made and what was said, whether the reward is the product of its own checks,
and whether those checks could have failed at all.
"""

from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Final

from agent_runtime.grading import grade
from analytics.reward_audit.findings import AuditedReward, AuditedRun, Cause, Standing, mean
from analytics.reward_audit.tau2_format import Basis, Criteria, Simulation, Task, read_run

SOURCE: Final = "tau2 community shops"
_COMPUTABLE: Final = frozenset[Basis]({"ACTION", "COMMUNICATE"})

_Finding = tuple[Standing, Cause, str]
"""A standing, its cause and what shows it."""


def audit_other_shops(folder: Path) -> list[AuditedRun]:
    """Audits the runs of the community shops.

    Args:
        folder: The data set's ``other_retail`` folder.

    Raises:
        RewardRecordError: A file cannot be understood.
    """
    return [_run(path) for path in sorted((folder / "runs").glob("*.json.gz"))]


def _run(path: Path) -> AuditedRun:
    read, name = read_run(path), path.name.removesuffix(".json.gz")
    tasks = {task.id: task for task in read.tasks}
    criteria = [tasks[each.task_id].evaluation_criteria for each in read.simulations]
    computable = all(map(_is_computable, criteria))
    return AuditedRun(
        run=name,
        source=SOURCE,
        rewards=[_reward(name, each, tasks) for each in read.simulations],
        doing_nothing=mean(float(not _asks_for_anything(each)) for each in criteria) if computable else None,
    )


def _reward(run: str, one: Simulation, tasks: Mapping[str, Task]) -> AuditedReward:
    criteria = tasks[one.task_id].evaluation_criteria
    computed = _computed(one, criteria) if _is_computable(criteria) else None
    standing, cause, evidence = (
        _undecided(one, criteria) if computed is None else _finding(one, criteria, computed)
    )
    return AuditedReward(
        run=run,
        conversation_id=f"{run}/{one.task_id}",
        recorded=one.reward_info.reward,
        computed=computed,
        standing=standing,
        cause=cause,
        evidence=evidence,
    )


def _undecided(one: Simulation, criteria: Criteria) -> _Finding:
    if prod((one.reward_info.reward_breakdown or {}).values()) != one.reward_info.reward:
        return Standing.WRONG, Cause.UNEXPLAINED, "not the product of its own checks"
    unknown = [each for each in criteria.reward_basis if each not in _COMPUTABLE]
    cause = Cause.MODEL_SAID_SO if unknown == ["NL_ASSERTION"] else Cause.UNPUBLISHED_SHOP
    return Standing.UNDECIDED, cause, f"rests on {' and '.join(unknown)} as recorded"


def _finding(one: Simulation, criteria: Criteria, computed: float) -> _Finding:
    recorded, state = one.reward_info.reward, one.reward_info.db_check
    if computed != recorded:
        return Standing.WRONG, Cause.UNEXPLAINED, ""
    if recorded and state is not None and not state.db_match:
        evidence = "its own check of the state failed, and is not in the reward's basis"
        return Standing.UNCHECKED, Cause.STATE_IGNORED, evidence
    if not _asks_for_anything(criteria):
        return Standing.UNCHECKED, Cause.NOTHING_CHECKED, "no action to make and nothing to say"
    return Standing.RIGHT, Cause.NONE, ""


def _is_computable(criteria: Criteria) -> bool:
    return set(criteria.reward_basis) <= _COMPUTABLE


def _asks_for_anything(criteria: Criteria) -> bool:
    """Whether a reward by calls and texts could be missed."""
    acts = "ACTION" in criteria.reward_basis and bool(criteria.actions)
    says = "COMMUNICATE" in criteria.reward_basis and bool(criteria.communicate_info)
    return acts or says


def _computed(one: Simulation, criteria: Criteria) -> float:
    """The reward from calls and texts."""
    calls = one.calls()
    actions = (criteria.actions or ()) if "ACTION" in criteria.reward_basis else ()
    said = grade(
        final={},
        expected={},
        outputs=criteria.communicate_info or (),
        agent_texts=one.agent_texts(),
        ended=one.ended,
    )
    return said.reward * all(any(action.is_made_by(call) for call in calls) for action in actions)
