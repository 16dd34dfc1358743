"""The end of a conversation from its events alone (spec A12).

Events may come twice and in any order: they are told apart by their ids and sorted by their times.
"""

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct

from agent_runtime.execution import deliver, read_answer
from agent_runtime.messages import ToolCall
from agent_runtime.tools import ToolRegistry
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

StoreT = TypeVar("StoreT")


class LoggedEffect(Struct, frozen=True, kw_only=True):
    """An effect as the log tells it: its idempotency key, the call, and the tool's answer."""

    key: str
    call: ToolCall
    answer: str


class FinalState(Struct, frozen=True, kw_only=True):
    """How a conversation ended.

    Attributes:
        effects: What its tools did to the world, in the order in which it happened, each once.
        unsettled: Keys of effects of which the log does not say whether they happened.
        outcome: How it ended; None where the log does not say.
        reason: Why it ended so.
        scores: Judgements by name.
    """

    effects: tuple[LoggedEffect, ...]
    unsettled: frozenset[str]
    outcome: p.Outcome | None
    reason: str | None
    scores: dict[str, float]


def final_state(events: Iterable[AgentEvent]) -> FinalState:
    """The end of one conversation.

    Args:
        events: Its events, in any order, any of them more than once.
    """
    log = _in_order(events)
    calls: dict[str, ToolCall] = {}
    effects: dict[str, LoggedEffect] = {}
    open_keys: set[str] = set()
    ended: p.ConversationEnded | None = None
    scores: dict[str, float] = {}
    for event in log:
        match event.payload:
            case p.ToolCallStart(idempotency_key=str() as key) as start:
                calls[key] = ToolCall(key, start.tool, start.arguments)
                if key not in effects:
                    open_keys.add(key)
            case p.ToolCallEnd(idempotency_key=str() as key) as end:
                if end.state in ("succeeded", "failed") and key in calls:
                    open_keys.discard(key)
                    if end.state == "succeeded" and end.effect == "write" and key not in effects:
                        effects[key] = LoggedEffect(key=key, call=calls[key], answer=end.result)
            case p.ConversationEnded() as ended:
                pass
            case p.OutcomeRecorded() as outcome:
                scores[outcome.name] = outcome.score
    return FinalState(
        effects=tuple(effects.values()),
        unsettled=frozenset(open_keys),
        outcome=ended.outcome if ended else None,
        reason=ended.reason if ended else None,
        scores=scores,
    )


async def apply_effects(
    final: FinalState, tools: ToolRegistry[StoreT], untouched: StoreT
) -> list[LoggedEffect]:
    """Does what the log says that was done, on an untouched store.

    Args:
        final: The end of a conversation.
        tools: The domain's tools.
        untouched: A store as it was before the conversation; it is written to.

    Returns:
        Effects whose tool answered otherwise than logged; none where the store is now as it was left.
    """
    return [each for each in final.effects if await _answer(tools, untouched, each) != each.answer]


async def _answer(tools: ToolRegistry[StoreT], store: StoreT, effect: LoggedEffect) -> str:
    """What the tool answers, read as the runtime reads it."""
    tool = tools.get(effect.call.name)
    if tool is None:
        return f"there is no tool {effect.call.name}"
    arguments = msgspec.convert(effect.call.arguments, tool.arguments)
    return read_answer(tool, await deliver(tool, store, arguments, effect.key)).text


def _in_order(events: Iterable[AgentEvent]) -> list[AgentEvent]:
    unique = {event.id: event for event in events}
    return sorted(unique.values(), key=lambda event: (event.time_ns, event.id))
