"""Steps that depend on each other: side by side where they may, none after one that failed (spec A4)."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from graphlib import TopologicalSorter

from msgspec import Struct


class Node(Struct, frozen=True):
    """A step's place.

    Attributes:
        needs: Steps that must have succeeded before.
        follows: Steps that must be over before, however they ended.
    """

    needs: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()


class GraphRun(Struct, frozen=True):
    """How a graph went.

    Attributes:
        succeeded: Steps that succeeded, in the order in which they did.
        failed: Steps that failed.
        blocked: Steps that did not start, each with the step before it that failed or was blocked.
    """

    succeeded: list[str]
    failed: list[str]
    blocked: dict[str, str]


async def run_graph(graph: Mapping[str, Node], run: Callable[[str], Awaitable[bool]]) -> GraphRun:
    """Runs every step as soon as it may start.

    Args:
        graph: Each step's place. Names that are no step are ignored.
        run: Runs one step and says whether it succeeded.

    Raises:
        graphlib.CycleError: Steps wait for each other in a circle.
    """
    before = {step: (node.needs | node.follows) & graph.keys() for step, node in graph.items()}
    order = TopologicalSorter(before)
    order.prepare()
    outcome = GraphRun([], [], {})
    running: dict[asyncio.Task[bool], str] = {}
    try:
        while order.is_active():
            for step in order.get_ready():
                lost = graph[step].needs & {*outcome.failed, *outcome.blocked}
                if lost:
                    outcome.blocked[step] = min(lost)
                    order.done(step)
                else:
                    running[asyncio.ensure_future(run(step))] = step
            if running:
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(done, key=lambda each: running[each]):
                    step = running.pop(task)
                    (outcome.succeeded if task.result() else outcome.failed).append(step)
                    order.done(step)
    finally:
        for task in running:
            task.cancel()
    return outcome


def to_take_back(graph: Mapping[str, Node], run: GraphRun) -> Sequence[str]:
    """Steps that served a step that failed, or rest on one that did: the last that succeeded first.

    Steps of other branches stay as they are.
    """
    served = _closure(run.failed, lambda step: graph[step].needs)
    resting = _closure(served, lambda step: [each for each in graph if step in graph[each].needs])
    return [step for step in reversed(run.succeeded) if step in served | resting]


def _closure(steps: Collection[str], reach: Callable[[str], Collection[str]]) -> set[str]:
    """All steps that can be reached, those given left out unless they are reached."""
    found: set[str] = set()
    left = [each for step in steps for each in reach(step)]
    while left:
        step = left.pop()
        if step not in found:
            found.add(step)
            left += reach(step)
    return found
