"""The loop and its bounds: spec A1."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from agent_runtime.clock import ReplayClock, SystemClock
from agent_runtime.customers import CustomerMessage
from agent_runtime.emitter import Emitter
from agent_runtime.errors import LedgerError, ModelError, ToolRefusal
from agent_runtime.ledger import EffectRecord, LedgerStore, MemoryLedger
from agent_runtime.loop import HANDOVER_TEXT, Agent, Bounds, Conversation, Ending
from agent_runtime.messages import Message, ModelResponse, ToolCall, Usage
from agent_runtime.tools import ToolRegistry, tool
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids

START_NS = 1_700_000_000_000_000_000
Shelf = dict[str, int]
Think = Callable[[Sequence[Message]], ModelResponse]


@tool(effect="read")
def look(shelf: Shelf, item: str) -> str:
    """Say how many there are.

    Args:
        item: What to look for.
    """
    if item not in shelf:
        raise ToolRefusal("item not found")
    return str(shelf[item])


@tool(effect="terminal")
def transfer(shelf: Shelf, summary: str) -> str:
    """Hand over to a human.

    Args:
        summary: What it is about.
    """
    return "Transfer successful"


TOOLS = ToolRegistry([look, transfer])


class Thinker:
    """A model whose every step is a function of the context."""

    name = "thinker"
    provider = "test"

    def __init__(self, think: Think) -> None:
        self._think = think

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        assert [each["function"]["name"] for each in tools] == ["look", "transfer"]
        return self._think(context)


class Asker:
    """A customer who says what is on the list and leaves with the last line."""

    def __init__(self, *lines: str) -> None:
        self._lines = list(lines)

    def opening(self) -> CustomerMessage:
        return self._next()

    def reply(self, agent_text: str) -> CustomerMessage | None:
        return self._next() if self._lines else None

    def _next(self) -> CustomerMessage:
        text = self._lines.pop(0)
        return CustomerMessage(text, final=text == "bye")


def says(text: str = "", cost: float = 0.0, seconds: float = 1.0, **call: Any) -> ModelResponse:
    usage = Usage(input_tokens=10, output_tokens=2, cost_usd=cost, duration_ns=int(seconds * 1e9))
    wish = ToolCall("call-1", call["tool"], call["arguments"]) if call else None
    return ModelResponse(content=text, tool_call=wish, usage=usage)


def always_looks(context: Sequence[Message]) -> ModelResponse:
    return says(tool="look", arguments={"item": "hat"}, cost=0.1)


async def held(
    think: Think,
    *lines: str,
    bounds: Bounds | None = None,
    model: type[Thinker] | None = None,
    ledger: LedgerStore | None = None,
    context_tokens: int = 128_000,
    pinned: str = "",
) -> tuple[Ending, list[AgentEvent], Conversation[Shelf]]:
    events: list[AgentEvent] = []
    clock = ReplayClock(START_NS)
    emitter = Emitter(
        conversation_id="c",
        tenant_id="t",
        agent_version="v",
        clock=clock,
        ids=seeded_ids("c"),
        sink=events.append,
    )
    agent = Agent(
        name="clerk",
        version="v",
        policy="Be kind.",
        tools=TOOLS,
        permissions=TOOLS.permissions(),
        bounds=bounds or Bounds(),
        context_tokens=context_tokens,
    )
    conversation = Conversation(
        agent=agent,
        model=(model or Thinker)(think),
        store={"hat": 3},
        ledger=ledger or MemoryLedger(),
        emitter=emitter,
        clock=clock,
    )
    if pinned:
        conversation.context.pin("k", pinned)
    ending = await conversation.hold(Asker(*lines), channel="chat")
    return ending, events, conversation


def types(events: list[AgentEvent]) -> list[str]:
    return [event.type for event in events]


@pytest.mark.spec("A1")
async def test_it_observes_thinks_acts_and_answers() -> None:
    def think(context: Sequence[Message]) -> ModelResponse:
        if context[-1].role == "tool":
            return says(f"We have {context[-1].content}.")
        return says(tool="look", arguments={"item": "hat"})

    ending, events, conversation = await held(think, "any hats?", "bye")
    assert ending == Ending(outcome="resolved", reason="customer_done")
    assert conversation.agent_texts == ["We have 3."]
    assert types(events) == [
        "conversation_started",
        "msg_received",
        "llm_call_start",
        "llm_call_end",
        "tool_call_start",
        "tool_call_end",
        "llm_call_start",
        "llm_call_end",
        "response_sent",
        "msg_received",
        "conversation_ended",
    ]


@pytest.mark.spec("A1", "A11")
async def test_events_are_in_order_and_calls_share_a_span() -> None:
    _, events, _ = await held(lambda _: says("Hello."), "hi", "and?", "bye")
    times = [event.time_ns for event in events]
    assert times == sorted(set(times))
    assert [event.turn for event in events if event.type == "msg_received"] == [1, 2, 3]
    spans = {event.type: event.span_id for event in events}
    assert spans["llm_call_start"] == spans["llm_call_end"] != spans["msg_received"]
    assert len({event.id for event in events}) == len(events)
    durations = [event.payload.duration for event in events if event.type == "response_sent"]  # type: ignore[attr-defined]
    assert all(1e9 < duration < 1.1e9 for duration in durations)


@pytest.mark.spec("A1")
@pytest.mark.parametrize(
    ("bounds", "reason", "steps"),
    [
        (Bounds(max_steps=4), "step_limit", 4),
        (Bounds(cost_usd=0.25), "cost_limit", 3),
        (Bounds(deadline_s=2.5), "deadline", 3),
    ],
    ids=["steps", "cost", "deadline"],
)
async def test_a_bound_that_trips_hands_over_to_a_human_and_says_so(
    bounds: Bounds, reason: str, steps: int
) -> None:
    ending, events, conversation = await held(always_looks, "any hats?", bounds=bounds)
    assert ending == Ending(outcome="escalated", reason=reason)
    assert conversation.steps == steps
    assert conversation.agent_texts == [HANDOVER_TEXT]
    assert types(events)[-3:] == ["response_sent", "handover", "conversation_ended"]


@pytest.mark.spec("A1")
async def test_a_model_that_fails_ends_in_a_handover_and_an_error() -> None:
    def fails(context: Sequence[Message]) -> ModelResponse:
        raise ModelError("no answer from the endpoint")

    ending, events, _ = await held(fails, "hi")
    assert ending == Ending(outcome="failed", reason="model_error")
    assert types(events)[-4:] == ["error", "response_sent", "handover", "conversation_ended"]


@pytest.mark.spec("A1")
async def test_a_transfer_ends_the_conversation_with_its_summary() -> None:
    ending, events, _ = await held(
        lambda _: says(tool="transfer", arguments={"summary": "wants a human"}), "a human!"
    )
    assert ending == Ending(outcome="escalated", reason="agent_transfer")
    handover = next(event for event in events if event.type == "handover")
    assert handover.payload.summary == "wants a human"  # type: ignore[attr-defined]


async def test_a_customer_who_leaves_without_a_word_abandoned_the_conversation() -> None:
    ending, _, _ = await held(lambda _: says("Which one?"), "hats")
    assert ending == Ending(outcome="abandoned", reason="customer_left")


@pytest.mark.parametrize(
    ("call", "error_type", "text"),
    [
        ({"tool": "look", "arguments": {"item": "shoe"}}, "refused", "Error: item not found"),
        ({"tool": "steal", "arguments": {}}, "unknown_tool", "Unknown action steal"),
        ({"tool": "look", "arguments": {}}, "invalid_arguments", "Error: "),
    ],
    ids=["refusal", "unknown tool", "missing argument"],
)
async def test_a_tools_failure_is_an_answer_that_the_model_reads(
    call: dict[str, Any], error_type: str, text: str
) -> None:
    def think(context: Sequence[Message]) -> ModelResponse:
        return says("Sorry.") if context[-1].role == "tool" else says(**call)

    ending, events, _ = await held(think, "shoes?", "bye")
    end = next(event.payload for event in events if event.type == "tool_call_end")
    assert ending.outcome == "resolved"
    assert (end.ok, end.error_type) == (False, error_type)  # type: ignore[attr-defined]
    assert end.result.startswith(text)  # type: ignore[attr-defined]


@pytest.mark.spec("A1")
@pytest.mark.parametrize(
    ("error", "reason"), [(TimeoutError(), "model_error"), (KeyError("choices"), "internal_error")]
)
async def test_a_model_client_that_breaks_otherwise_ends_in_a_handover(error: Exception, reason: str) -> None:
    def breaks(context: Sequence[Message]) -> ModelResponse:
        raise error

    ending, events, _ = await held(breaks, "hi")
    assert ending == Ending(outcome="failed", reason=reason)
    assert types(events)[-4:] == ["error", "response_sent", "handover", "conversation_ended"]


@pytest.mark.spec("A1")
async def test_a_model_that_hangs_is_given_up_at_the_deadline() -> None:
    class Hangs(Thinker):
        async def complete(
            self, context: Sequence[Message], tools: Sequence[dict[str, Any]]
        ) -> ModelResponse:
            await asyncio.sleep(60)
            raise AssertionError("nobody waited for this")

    ending, events, conversation = await held(always_looks, "hi", bounds=Bounds(deadline_s=0.05), model=Hangs)
    assert ending == Ending(outcome="escalated", reason="deadline")
    assert conversation.agent_texts == [HANDOVER_TEXT]
    assert types(events)[-3:] == ["response_sent", "handover", "conversation_ended"]


@pytest.mark.spec("A1")
async def test_a_model_with_nothing_to_say_is_told_so_once_and_then_a_human_takes_over() -> None:
    ending, events, _ = await held(lambda _: says("  "), "hi")
    assert ending == Ending(outcome="failed", reason="empty_answers")
    assert types(events).count("guardrail_triggered") == 1
    assert types(events)[-3:] == ["response_sent", "handover", "conversation_ended"]


@pytest.mark.spec("A1")
async def test_an_empty_answer_before_a_real_one_is_forgiven() -> None:
    def think(context: Sequence[Message]) -> ModelResponse:
        return says("Hello." if "empty" in context[-1].content else "")

    ending, _, conversation = await held(think, "hi", "bye")
    assert ending.outcome == "resolved"
    assert conversation.agent_texts == ["Hello."]


@pytest.mark.spec("A1", "A7")
async def test_a_model_that_calls_the_same_wrong_thing_for_ever_is_stopped_by_its_steps() -> None:
    ending, events, _ = await held(
        lambda _: says(tool="steal", arguments={}), "hi", bounds=Bounds(max_steps=10)
    )
    assert ending == Ending(outcome="escalated", reason="step_limit")
    ends = [event.payload for event in events if event.type == "tool_call_end"]
    assert [end.error_type for end in ends] == ["unknown_tool"] * 10  # type: ignore[attr-defined]


@pytest.mark.spec("A4")
async def test_several_calls_in_one_answer_are_all_answered() -> None:
    def think(context: Sequence[Message]) -> ModelResponse:
        if context[-1].role == "tool":
            answers = [each.content for each in context if each.role == "tool"]
            return says(", ".join(answers))
        calls = [ToolCall(f"call-{item}", "look", {"item": item}) for item in ("hat", "hat", "shoe")]
        return replace(says(), tool_call=calls[0], further_calls=tuple(calls[1:]))

    _, events, conversation = await held(think, "any?", "bye")
    assert conversation.agent_texts == ["3, 3, Error: item not found"]
    assert types(events).count("tool_call_start") == types(events).count("tool_call_end") == 3
    roles = [each.role for each in conversation.context.messages[1:-2]]
    assert roles == ["user", *["assistant", "tool"] * 3]


@pytest.mark.spec("A2")
async def test_a_ledger_that_cannot_be_written_ends_in_a_handover_before_anything_leaves() -> None:
    class Full(MemoryLedger):
        async def put(self, record: EffectRecord) -> None:
            raise LedgerError("the disk is full")

    ending, events, _ = await held(
        lambda _: says(tool="transfer", arguments={"summary": "x"}), "a human!", ledger=Full()
    )
    assert ending == Ending(outcome="failed", reason="ledger_error")
    assert "tool_call_start" not in types(events)
    assert types(events)[-4:] == ["error", "response_sent", "handover", "conversation_ended"]


@pytest.mark.spec("A6")
async def test_a_conversation_longer_than_its_context_is_folded_and_says_so() -> None:
    seen: list[int] = []

    def think(context: Sequence[Message]) -> ModelResponse:
        seen.append(len(context))
        return says("That is a long story, and here it goes on and on. " * 5)

    lines = ["Tell me more, please, and leave nothing out. " * 5] * 20
    ending, events, conversation = await held(
        think, *lines, "bye", bounds=Bounds(max_steps=99), context_tokens=900
    )
    assert ending.outcome == "resolved"
    assert max(seen) < 20
    assert types(events).count("memory_written") >= 2
    assert conversation.context.tokens <= 900


@pytest.mark.spec("A6")
async def test_a_context_that_cannot_be_made_to_fit_ends_in_a_handover() -> None:
    def think(context: Sequence[Message]) -> ModelResponse:
        return says("no")

    ending, _, conversation = await held(
        think, *["word " * 60] * 30, context_tokens=900, pinned="fact " * 900
    )
    assert ending == Ending(outcome="failed", reason="context_limit")
    assert conversation.agent_texts[-1] == HANDOVER_TEXT


def test_the_system_clock_never_stands_still() -> None:
    clock = SystemClock()
    readings = [clock.now_ns() for _ in range(1000)]
    assert readings == sorted(set(readings))
