"""Rewards of the recorded tau2-bench runs: computed again by execution, or as far as a record allows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from agent_runtime.grading import Grade, grade_of_doing_nothing
from agent_runtime.messages import ToolCall
from analytics.reward_audit.findings import AuditedReward, AuditedRun, Cause, Standing, mean, settled
from analytics.reward_audit.tau2_format import (
    Action,
    Criteria,
    JudgedTranscript,
    RewardInfo,
    Simulation,
    Task,
    read_judged,
    read_run,
    read_tasks,
)
from analytics.reward_audit.tau2_retail import Tau2Shop

SOURCE: Final = "tau2-bench retail"
JUDGE_SET: Final = "judge set (gpt-4o-2024-11-20)"
CORRECTED: Final = "tasks_verified_amazon.json"

Versions = Mapping[str, Sequence[tuple[str, Task]]]
"""Every version of a task that the data set has, by id, each with its file."""


def audit_tau2_retail(folder: Path) -> list[AuditedRun]:
    """Audits the runs of the retail shop, and the rewards that judges are measured against.

    Args:
        folder: The data set's ``retail`` folder.

    Raises:
        RewardRecordError: A file is absent or cannot be understood.
    """
    shop = Tau2Shop(folder / "db.json")
    corrected = {task.id: task for task in read_tasks(folder / CORRECTED)}
    versions = _versions(folder)
    runs = [_run(path, shop, corrected) for path in _run_files(folder)]
    judged = read_judged(folder / "judge" / "transcripts.jsonl.gz")
    return [*runs, _judge_set(judged, shop, versions)]


def _run_files(folder: Path) -> list[Path]:
    return sorted((folder / "runs").glob("*.json.gz"))


def _versions(folder: Path) -> Versions:
    found: dict[str, list[tuple[str, Task]]] = defaultdict(list)
    for task in read_tasks(folder / "tasks.json"):
        found[task.id].append(("tasks.json", task))
    for path in _run_files(folder):
        for task in read_run(path).tasks:
            found[task.id].append((path.name, task))
    return found


def _run(path: Path, shop: Tau2Shop, corrected: Mapping[str, Task]) -> AuditedRun:
    read, name = read_run(path), path.name.removesuffix(".json.gz")
    tasks = {task.id: task for task in read.tasks}
    return AuditedRun(
        run=name,
        source=SOURCE,
        rewards=[_reward(name, each, shop, tasks, corrected) for each in read.simulations],
        doing_nothing=mean(_doing_nothing(shop, (_graded_by(each.reward_info) for each in read.simulations))),
    )


def _reward(
    run: str, one: Simulation, shop: Tau2Shop, tasks: Mapping[str, Task], corrected: Mapping[str, Task]
) -> AuditedReward:
    info, criteria = one.reward_info, _graded_by(one.reward_info)
    computed = shop.grade(one.calls(), one.agent_texts(), criteria, ended=one.ended).reward
    standing = settled(recorded=info.reward, computed=computed, seen=True)
    cause, evidence = (Cause.UNEXPLAINED, "") if standing is Standing.WRONG else (Cause.NONE, "")
    notes = _wrong_number(one, criteria, tasks)
    comparable = standing is Standing.RIGHT and not notes
    mended = _by_corrected_task(one, shop, tasks[one.task_id], corrected) if comparable else None
    if mended is not None and mended.reward != info.reward:
        computed, standing, cause = mended.reward, Standing.WRONG, Cause.FAULTY_TASK
        evidence = f"task {one.task_id}: another truth in {CORRECTED}, the customer told the same"
    return AuditedReward(
        run=run,
        conversation_id=f"{run}/{one.task_id}",
        recorded=info.reward,
        computed=computed,
        standing=standing,
        cause=cause,
        evidence=evidence,
        notes=notes,
    )


def _graded_by(info: RewardInfo) -> Criteria:
    """What a reward was graded by, as it says itself."""
    return Criteria(
        tuple(each.action for each in info.action_checks or ()),
        tuple(each.info for each in info.communicate_checks or ()),
    )


def _wrong_number(one: Simulation, criteria: Criteria, tasks: Mapping[str, Task]) -> tuple[str, ...]:
    """A note where the conversation was graded by another task than the one it is recorded under."""
    if _same(tasks[one.task_id].evaluation_criteria.actions, criteria.actions):
        return ()
    held = [each.id for each in tasks.values() if _same(each.evaluation_criteria.actions, criteria.actions)]
    return (f"recorded under task {one.task_id}, graded by task {' or '.join(held) or 'unknown'}",)


def _same(one: Iterable[Action] | None, other: Iterable[Action] | None) -> bool:
    first, second = ([(each.name, each.arguments) for each in side or ()] for side in (one, other))
    return first == second


def _by_corrected_task(
    one: Simulation, shop: Tau2Shop, task: Task, corrected: Mapping[str, Task]
) -> Grade | None:
    """The grade by the task as people corrected it; None where the customer was told something else then."""
    mended = corrected.get(task.id)
    if mended is None or mended.instructions != task.instructions:
        return None
    return shop.grade(one.calls(), one.agent_texts(), mended.evaluation_criteria, ended=one.ended)


def _judge_set(judged: Iterable[JudgedTranscript], shop: Tau2Shop, versions: Versions) -> AuditedRun:
    transcripts = list(judged)
    return AuditedRun(
        run=JUDGE_SET,
        source=SOURCE,
        rewards=[_transcript(each, shop, versions[each.task_id]) for each in transcripts],
        doing_nothing=mean(
            _doing_nothing(shop, (versions[each.task_id][0][1].evaluation_criteria for each in transcripts))
        ),
    )


def _transcript(one: JudgedTranscript, shop: Tau2Shop, versions: Sequence[tuple[str, Task]]) -> AuditedReward:
    calls, texts = one.calls(), one.agent_texts()
    grades = [
        (file, shop.grade(calls, texts, task.evaluation_criteria, ended=True).reward)
        for file, task in versions
    ]
    # the set does not say what it was graded by: the newest version unless only an older one fits
    fitting = [file for file, reward in grades if reward == one.tau2_reward]
    newest = grades[0][1]
    computed = one.tau2_reward if fitting else newest
    older = bool(fitting) and newest != one.tau2_reward
    standing = settled(recorded=one.tau2_reward, computed=computed, seen=True)
    return AuditedReward(
        run=JUDGE_SET,
        conversation_id=f"{JUDGE_SET}/{one.task_id}",
        recorded=one.tau2_reward,
        computed=computed,
        standing=standing,
        cause=Cause.OTHER_TASK_VERSION if older else Cause.NONE if fitting else Cause.UNEXPLAINED,
        evidence=f"by the task as in {fitting[0]}; by that in {grades[0][0]} {newest:.0f}" if older else "",
    )


def _doing_nothing(shop: Tau2Shop, many: Iterable[Criteria]) -> Iterator[float]:
    for criteria in many:
        truth = [ToolCall("truth", each.name, each.arguments) for each in criteria.actions or ()]
        yield grade_of_doing_nothing(
            expected=shop.state_after(truth), outputs=criteria.communicate_info or ()
        ).reward
