"""Several calls at once: a model's, or those of a plan (spec A4)."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.execution import wording
from agent_runtime.execution.executor import ToolExecutor
from agent_runtime.execution.graph import Node, run_graph, to_take_back
from agent_runtime.execution.prerequisites import agree
from agent_runtime.messages import ToolCall
from agent_runtime.tools import ToolRegistry, ToolResult

MOST_CALLS: Final = 8
"""Calls that a model may make at once; those beyond do not leave."""


class PlannedCall(Struct, frozen=True, kw_only=True):
    """A call of a plan.

    Attributes:
        step: Names it in the plan.
        call: The call.
        needs: Steps that must have succeeded before, beside those that the tools declare.
        follows: Steps that must be over before, however they ended.
    """

    step: str
    call: ToolCall
    needs: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()


class PlanRun(Struct, frozen=True, kw_only=True):
    """What a plan came to.

    Attributes:
        results: What each call came to, in the order of the plan.
        stuck: Steps that had to be taken back and could not be: a human has to look.
    """

    results: list[ToolResult]
    stuck: list[str]


async def run_plan(executor: ToolExecutor[Any], plan: Sequence[PlannedCall]) -> PlanRun:
    """Executes calls that depend on each other.

    Independent ones run side by side. One that fails blocks what needs it, and what had served it is
    taken back in reverse order, where the tools declare how.

    Raises:
        graphlib.CycleError: Calls wait for each other in a circle.
        LedgerError: The ledger cannot be read or written.
    """
    graph = {
        each.step: Node(each.needs | _declared(executor.tools, each, plan), each.follows) for each in plan
    }
    calls = {each.step: each.call for each in plan}
    results: dict[str, ToolResult] = {}

    async def run(step: str) -> bool:
        results[step] = await executor.call(calls[step])
        return results[step].ok

    outcome = await run_graph(graph, run)
    for step, before in outcome.blocked.items():
        results[step] = _blocked(executor, calls[step], calls[before].name)
    failed = ", ".join(calls[each].name for each in outcome.failed)
    stuck = []
    for step in to_take_back(graph, outcome):
        worked = await executor.take_back(calls[step].name, results[step].key)
        if worked:
            results[step] = replace(results[step], notice=wording.TAKEN_BACK.format(failed=failed))
        elif worked is not None:
            reason = f"{calls[step].name} could not be taken back"
            executor.reporter.stepped_in("compensation", "failed", reason)
            stuck.append(step)
    return PlanRun(results=[results[each.step] for each in plan], stuck=stuck)


async def call_at_once(executor: ToolExecutor[Any], calls: Sequence[ToolCall]) -> PlanRun:
    """Executes calls that a model made in one answer: reads side by side, writes one after the other.

    Raises:
        LedgerError: The ledger cannot be read or written.
    """
    plan = [PlannedCall(step=f"{place}", call=call) for place, call in enumerate(calls[:MOST_CALLS])]
    last_write: str | None = None
    for each in _needed_first(executor.tools, plan):
        if executor.tools.effect_of(each.call.name) in ("write", "terminal"):
            follows = frozenset([last_write]) if last_write else frozenset[str]()
            plan[int(each.step)] = replace(each, follows=follows)
            last_write = each.step
    run = await run_plan(executor, plan)
    beyond = [_one_too_many(executor, call, len(calls)) for call in calls[MOST_CALLS:]]
    return PlanRun(results=run.results + beyond, stuck=run.stuck)


def _needed_first(tools: ToolRegistry[Any], plan: Sequence[PlannedCall]) -> list[PlannedCall]:
    """The calls in their order, except that what a call needs comes before it."""
    left, placed = list(plan), list[PlannedCall]()
    while left:
        done = {each.step for each in placed}
        following = next(each for each in left if _declared(tools, each, plan) <= done)
        left.remove(following)
        placed.append(following)
    return placed


def _declared(tools: ToolRegistry[Any], planned: PlannedCall, plan: Sequence[PlannedCall]) -> frozenset[str]:
    tool = tools.get(planned.call.name)
    needed = tool.depends_on if tool else ()
    return frozenset(
        other.step
        for other in plan
        if other.call.name in needed and agree(planned.call.arguments, other.call.arguments)
    )


def _blocked(executor: ToolExecutor[Any], call: ToolCall, before: str) -> ToolResult:
    executor.reporter.stepped_in("prerequisite", "refused", f"{call.name} needs {before}, which failed")
    text = wording.BLOCKED.format(tool=call.name, missing=before)
    result = ToolResult(text=text, ok=False, error_type="blocked")
    return executor.reporter.not_called(call, executor.tools.effect_of(call.name), result)


def _one_too_many(executor: ToolExecutor[Any], call: ToolCall, made: int) -> ToolResult:
    executor.reporter.stepped_in("calls_at_once", "refused", f"{call.name} is one of {made} calls at once")
    text = wording.TOO_MANY.format(most=MOST_CALLS)
    result = ToolResult(text=text, ok=False, error_type="too_many_calls")
    return executor.reporter.not_called(call, executor.tools.effect_of(call.name), result)
