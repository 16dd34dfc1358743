"""What stands before a tool: permissions (A5), prerequisites (A4), guards (A7), bad answers."""

import asyncio
import time
from datetime import date
from typing import Any

import msgspec
import pytest

from agent_runtime.errors import ToolRefusal
from agent_runtime.execution import ElevationError, ExecutorState
from agent_runtime.execution.answers import LONGEST_ANSWER
from agent_runtime.execution.guards import THRICE, TWICE
from agent_runtime.tools import Retry, tool
from streaming.contract import payloads as p
from tests.agent_runtime.execution.workbench import Workbench, World


@tool(effect="read")
def look(world: World, item: str) -> str:
    """Look something up.

    Args:
        item: What.
    """
    if item not in world:
        raise ToolRefusal("not found")
    return item


@tool(effect="write", permission="shelf.write")
def put(world: World, item: str) -> str:
    """Put something on the shelf.

    Args:
        item: What.
    """
    world.append(item)
    return "put"


@tool(effect="write", depends_on=["put"])
def sell(world: World, item: str, price: int = 1) -> str:
    """Sell something.

    Args:
        item: What.
        price: For how much.
    """
    world.remove(item)
    return "sold"


@pytest.mark.spec("A5")
async def test_nothing_is_permitted_that_was_not_granted() -> None:
    bench = Workbench(look, put, granted=frozenset({"look"}))
    result = await bench.call("put", item="hat")
    assert (result.error_type, bench.world) == ("permission_denied", [])
    assert bench.guardrails() == [("permission", "refused")]


@pytest.mark.spec("A5")
async def test_an_elevation_is_short_and_every_use_of_it_is_audited() -> None:
    bench = Workbench(put, granted=frozenset())
    bench.permissions.elevate("shelf.write", actor="ada", reason="stocktaking", for_s=60)
    assert (await bench.call("put", item="hat")).ok
    bench.clock.advance(61_000_000_000)
    assert (await bench.call("put", item="scarf")).error_type == "permission_denied"
    audited = [each.payload for each in bench.events if isinstance(each.payload, p.AuditDecision)]
    assert [(each.decision, each.actor) for each in audited] == [
        ("elevated:shelf.write", "ada"),
        ("used:shelf.write", "ada"),
        ("lapsed:shelf.write", "runtime"),
    ]


@pytest.mark.spec("A5")
async def test_an_elevation_can_be_taken_back() -> None:
    bench = Workbench(put, granted=frozenset())
    bench.permissions.elevate("shelf.write", actor="ada", reason="stocktaking", for_s=60)
    bench.permissions.revoke("shelf.write", actor="ada", reason="done")
    assert (await bench.call("put", item="hat")).error_type == "permission_denied"


@pytest.mark.spec("A5")
@pytest.mark.parametrize(
    ("actor", "reason", "for_s"), [("ada", "", 60), ("", "why", 60), ("ada", "why", 901), ("ada", "why", 0)]
)
def test_an_elevation_without_a_reason_or_an_end_is_refused(actor: str, reason: str, for_s: float) -> None:
    with pytest.raises(ElevationError):
        Workbench(put).permissions.elevate("shelf.write", actor=actor, reason=reason, for_s=for_s)


@pytest.mark.spec("A4")
async def test_a_tool_waits_for_what_it_depends_on_for_the_same_case() -> None:
    bench = Workbench(put, sell)
    assert (await bench.call("sell", item="hat")).error_type == "blocked"
    await bench.call("put", item="scarf")
    assert (await bench.call("sell", item="hat")).error_type == "blocked"
    await bench.call("put", item="hat")
    assert (await bench.call("sell", item="hat", price=2)).ok
    assert bench.world == ["scarf"]


@tool(effect="read")
def price(world: World, day: date) -> str:
    """Price of a day.

    Args:
        day: Which one.
    """
    return f"{day}: 5"


@tool(effect="write", depends_on=["price"])
def book(world: World, day: date) -> str:
    """Book a day.

    Args:
        day: Which one.
    """
    world.append(day)
    return "booked"


@pytest.mark.spec("A4", "A8")
async def test_a_case_that_is_a_date_is_the_same_after_it_was_put_away() -> None:
    before, after = Workbench(price, book), Workbench(price, book)
    await before.call("price", day="2026-03-09")
    state = msgspec.msgpack.encode(before.executor.snapshot())
    after.executor.resume(msgspec.msgpack.decode(state, type=ExecutorState))
    assert (await after.call("book", day="2026-03-10")).error_type == "blocked"
    assert (await after.call("book", day="2026-03-09")).ok


@pytest.mark.spec("A7")
async def test_the_second_failure_of_a_call_is_told_to_the_model_and_a_third_does_not_leave() -> None:
    bench = Workbench(look, put)
    first, second, third = [await bench.call("look", item="hat") for _ in range(3)]
    assert (first.text, first.notice) == ("Error: not found", "")
    assert (second.text, second.notice) == ("Error: not found", TWICE)
    assert (third.text, third.error_type) == (THRICE, "repeated_failure")
    assert bench.guardrails() == [("repeated_failure", "told"), ("repeated_failure", "refused")]
    assert (await bench.call("look", item="scarf")).error_type == "refused", "another call is not meant"


@pytest.mark.spec("A7")
async def test_what_failed_twice_may_be_tried_again_when_the_world_has_changed() -> None:
    bench = Workbench(look, put)
    for _ in range(2):
        await bench.call("look", item="hat")
    await bench.call("put", item="hat")
    assert (await bench.call("look", item="hat")).text == "hat"


@pytest.mark.parametrize("name", ["fly", "look"])
async def test_calls_that_no_tool_understands_are_answers_and_count_as_failures(name: str) -> None:
    bench = Workbench(look)
    results = [await bench.call(name, nonsense=1) for _ in range(3)]
    kind = "unknown_tool" if name == "fly" else "invalid_arguments"
    assert [each.error_type for each in results[:2]] == [kind, kind]
    assert [end.ok for end in bench.ends()] == [False] * 3


@tool(effect="read", timeout_s=0.02, retry=Retry(attempts=2, base_s=0))
async def hang(world: World) -> str:
    """Hang."""
    await asyncio.sleep(60)
    return "never"


@tool(effect="read", timeout_s=0.02, blocking=True, retry=Retry(attempts=1))
def block(world: World) -> str:
    """Block."""
    time.sleep(0.2)
    return "late"


@tool(effect="write", timeout_s=0.02)
async def hang_up(world: World) -> str:
    """Hang after the effect."""
    world.append("done")
    await asyncio.sleep(60)
    return "never"


@pytest.mark.spec("A2")
async def test_a_tool_that_hangs_is_given_up_after_its_timeout() -> None:
    bench = Workbench(hang, block, hang_up)
    assert (await bench.call("hang")).error_type == "timeout"
    assert (await bench.call("block")).error_type == "timeout"
    assert (await bench.call("hang_up")).error_type == "outcome_unknown"
    assert [(end.tool, end.attempt) for end in bench.ends()][:3] == [("hang", 1), ("hang", 2), ("block", 1)]


def answering(answer: Any, effect: Any = "read", **declared: Any) -> Any:
    @tool(effect=effect, **declared)
    def say(world: World) -> Any:
        """Say something."""
        return answer

    return say


@pytest.mark.spec("A6")
async def test_an_answer_of_ten_megabytes_is_cut_and_the_cut_is_told() -> None:
    bench = Workbench(answering("x" * 10_000_000))
    result = await bench.call("say")
    assert len(result.text) <= LONGEST_ANSWER
    assert result.text.endswith("[cut: the first part of 10,000,000 characters]")
    assert bench.guardrails() == [("tool_answer", "cut")]
    assert len(bench.ends()[0].result) <= LONGEST_ANSWER


@pytest.mark.parametrize("answer", [None, {"a": 1}, b"bytes", 7])
async def test_an_answer_that_is_no_text_is_not_shown_to_the_model(answer: Any) -> None:
    for effect in ("read", "write"):
        bench = Workbench(answering(answer, effect))
        result = await bench.call("say")
        assert (result.ok, result.error_type) == (False, "invalid_result")
        assert bench.guardrails()[0] == ("tool_answer", "replaced")
    assert result.state == "succeeded", "a write that came back has happened"


@pytest.mark.spec("A6")
@pytest.mark.parametrize(
    ("answer", "read"),
    [
        ('{"a": 1, "b": 2, "c": 3}', '{"a":1,"b":2}'),
        ('[{"a": 1, "c": 3}, {"a": 2, "b": 5}]', '[{"a":1},{"a":2,"b":5}]'),
        ('{"a": 1}', '{"a":1}'),
        ("no json", "no json"),
        ("7", "7"),
    ],
)
async def test_the_model_reads_the_essential_fields_and_the_events_keep_the_whole(
    answer: str, read: str
) -> None:
    bench = Workbench(answering(answer, essential=["a", "b"]))
    result = await bench.call("say")
    assert result.for_model() == read
    assert bench.ends()[0].result == answer
    assert bool(bench.guardrails()) is (answer != '{"a": 1, "b": 2, "c": 3}')
