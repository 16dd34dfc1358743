"""Steps that depend on each other: spec A4."""

import asyncio
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.errors import LedgerError, ToolRefusal
from agent_runtime.execution import PlannedCall, call_at_once, run_plan
from agent_runtime.execution.graph import Node, run_graph, to_take_back
from agent_runtime.ledger import EffectRecord, MemoryLedger
from agent_runtime.messages import ToolCall
from agent_runtime.tools import tool
from tests.agent_runtime.execution.workbench import Workbench, World

pytestmark = pytest.mark.spec("A4")


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Node]:
    size = draw(st.integers(1, 8))
    names = [f"s{place}" for place in range(size)]
    return {
        name: Node(
            frozenset(draw(st.sets(st.sampled_from(names[:place])) if place else st.just(set()))),
            frozenset(draw(st.sets(st.sampled_from(names[:place])) if place else st.just(set()))),
        )
        for place, name in enumerate(names)
    }


def downstream(graph: Mapping[str, Node], steps: set[str]) -> set[str]:
    reached = set[str]()
    while more := {each for each in graph if graph[each].needs & (steps | reached)} - reached:
        reached |= more
    return reached


@given(graph=graphs(), data=st.data())
def test_a_step_runs_after_what_it_needs_and_not_at_all_after_a_failure(
    graph: dict[str, Node], data: st.DataObject
) -> None:
    failing = data.draw(st.sets(st.sampled_from(sorted(graph))))
    over: list[str] = []

    async def run(step: str) -> bool:
        assert (graph[step].needs | graph[step].follows) & graph.keys() <= {*over} | blocked_so_far(step)
        await asyncio.sleep(0)
        over.append(step)
        return step not in failing

    def blocked_so_far(step: str) -> set[str]:
        return downstream(graph, failing) & graph[step].follows

    outcome = asyncio.run(run_graph(graph, run))
    never = downstream(graph, failing & {*over})
    assert set(outcome.blocked) == never
    assert {*outcome.succeeded} == graph.keys() - never - failing
    assert {*outcome.failed} == failing - never
    assert all(graph[step].needs & ({*outcome.failed} | never) for step in never)

    back = list(to_take_back(graph, outcome))
    assert back == [step for step in reversed(outcome.succeeded) if step in back], "the last one first"
    assert downstream(graph, {*back}) & {*outcome.succeeded} <= {*back}, "nothing rests on what is gone"
    if not outcome.failed:
        assert back == []


async def test_independent_steps_run_side_by_side() -> None:
    together = asyncio.Barrier(3)

    async def run(step: str) -> bool:
        await asyncio.wait_for(together.wait(), 1)
        return True

    outcome = await run_graph({"a": Node(), "b": Node(), "c": Node()}, run)
    assert {*outcome.succeeded} == {"a", "b", "c"}


async def test_an_exception_in_a_step_ends_the_others_and_is_raised() -> None:
    ended = []

    async def run(step: str) -> bool:
        if step == "bad":
            raise KeyError(step)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(step)
        return True

    with pytest.raises(KeyError):
        await run_graph({"bad": Node(), "good": Node()}, run)
    await asyncio.sleep(0)
    assert ended == ["good"]


def thing(name: str, **declared: object) -> object:
    def act(world: World, item: str) -> str:
        if f"no {name}" in world:
            raise ToolRefusal(f"no {name}")
        world.append(f"{name} {item}")
        return f'{{"id": "{name}-{item}"}}'

    act.__name__ = name
    act.__doc__ = f"{name}.\n\nArgs:\n    item: What."
    return tool(effect="write", **declared)(act)  # type: ignore[arg-type]


def undoing(name: str) -> object:
    def act(world: World, id: str) -> str:  # noqa: A002
        if f"no {name}" in world:
            raise ToolRefusal(f"no {name}")
        world.append(f"{name} {id}")
        return "{}"

    act.__name__ = name
    act.__doc__ = f"{name}.\n\nArgs:\n    id: What."
    return tool(effect="write", idempotent=True)(act)  # type: ignore[arg-type]


TOOLS = (
    thing("cancel", compensation="restore"),
    thing("refund", depends_on=["cancel"], compensation="recharge"),
    thing("notify", depends_on=["refund"]),
    thing("tag"),
    undoing("restore"),
    undoing("recharge"),
)


def calls(*names: str) -> list[ToolCall]:
    return [ToolCall(f"call_{name}", name, {"item": "1"}) for name in names]


async def test_cancel_fails_so_there_is_no_refund() -> None:
    bench = Workbench(*TOOLS, world=["no cancel"])  # type: ignore[arg-type]
    run = await call_at_once(bench.executor, calls("refund", "cancel", "tag"))
    assert [each.error_type for each in run.results] == ["blocked", "refused", None]
    assert bench.world == ["no cancel", "tag 1"]
    assert run.stuck == []


async def test_what_served_a_step_that_failed_is_taken_back_in_reverse_order() -> None:
    bench = Workbench(*TOOLS, world=["no notify"])  # type: ignore[arg-type]
    run = await call_at_once(bench.executor, calls("cancel", "tag", "refund", "notify"))
    assert bench.world[1:] == ["cancel 1", "tag 1", "refund 1", "recharge refund-1", "restore cancel-1"]
    assert [bool(each.notice) for each in run.results] == [True, False, True, False]
    assert [each.tool for each in await bench.ledger.standing()] == ["tag", "recharge", "restore"]


async def test_what_was_taken_back_may_be_done_again() -> None:
    bench = Workbench(*TOOLS)  # type: ignore[arg-type]
    await bench.call("cancel", item="1")
    await bench.call("restore", id="cancel-1")
    assert (await bench.call("refund", item="1")).error_type == "blocked", "it is not cancelled any more"
    assert next(iter(bench.facts.values())).endswith("and was taken back since")
    assert not (await bench.call("cancel", item="1")).from_ledger
    assert (await bench.call("refund", item="1")).ok


@pytest.mark.spec("A2")
async def test_what_was_taken_back_is_known_to_be_where_the_process_died_before_it_was_noted() -> None:
    class DiesBeforeTheNote(MemoryLedger):
        async def put(self, record: EffectRecord) -> None:
            if record.undone:
                raise LedgerError("died")
            await super().put(record)

    dying, left = DiesBeforeTheNote(), MemoryLedger()
    bench = Workbench(*TOOLS, ledger=dying)  # type: ignore[arg-type]
    await bench.call("cancel", item="1")
    with pytest.raises(LedgerError):
        await bench.call("restore", id="cancel-1")
    for record in await dying.records("c"):
        await left.put(record)
    results = []
    for later in (1, 2):
        again = Workbench(*TOOLS, ledger=left, world=bench.world)  # type: ignore[arg-type]
        again.clock.advance(later * 1_000_000_000)
        await again.executor.recover()
        results.append(await again.call("cancel", item="1"))
    assert [each.from_ledger for each in results] == [False, True], "done anew, and that one stands"
    assert bench.world == ["cancel 1", "restore cancel-1", "cancel 1"]


async def test_what_cannot_be_taken_back_is_told_and_is_a_humans_to_mend() -> None:
    bench = Workbench(*TOOLS, world=["no notify", "no restore"])  # type: ignore[arg-type]
    run = await call_at_once(bench.executor, calls("cancel", "refund", "notify"))
    assert run.stuck == ["0"]
    assert ("compensation", "failed") in bench.guardrails()


async def test_a_plan_may_say_more_than_its_tools_declare() -> None:
    bench = Workbench(*TOOLS, world=["no tag"])  # type: ignore[arg-type]
    tag, cancel = calls("tag", "cancel")
    plan = [
        PlannedCall(step="b", call=cancel, needs=frozenset({"a"})),
        PlannedCall(step="a", call=tag),
    ]
    run = await run_plan(bench.executor, plan)
    assert [each.error_type for each in run.results] == ["blocked", "refused"]


async def test_of_ten_calls_at_once_the_last_two_do_not_leave() -> None:
    bench = Workbench(*TOOLS)  # type: ignore[arg-type]
    ten = [ToolCall("same id", "tag", {"item": f"{place}"}) for place in range(10)]
    run = await call_at_once(bench.executor, ten)
    assert bench.world == [f"tag {place}" for place in range(8)]
    assert [each.error_type for each in run.results] == [None] * 8 + ["too_many_calls"] * 2
    assert bench.guardrails() == [("calls_at_once", "refused")] * 2
