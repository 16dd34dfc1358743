"""Events of made-up conversations, through the contract's own types."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids, span_id_of, trace_id_of

MONDAY_NS = int(datetime(2025, 3, 3, 9, tzinfo=UTC).timestamp()) * 1_000_000_000
TENANTS = ("acme", "globex")
VERSIONS = ("v1", "v2")
SECOND_NS = 1_000_000_000

Emit = Callable[..., None]


def conversation(
    number: int,
    *,
    tenant: str | None = None,
    version: str | None = None,
    start_ns: int | None = None,
    turns: int = 2,
    tool_calls: int = 1,
    failing_tools: int = 0,
    outcome: p.Outcome = "resolved",
    reward: float | None = 1.0,
    customer: str | None = None,
) -> list[AgentEvent]:
    """The events of one conversation: each turn calls tools, then answers after 2 s."""
    name = f"conversation-{number:05d}"
    trace, ids = trace_id_of(name), seeded_ids(name)
    events: list[AgentEvent] = []
    clock = [start_ns if start_ns is not None else MONDAY_NS + number * 3_600 * SECOND_NS]

    def emit(payload: p.Payload, turn: int, after_ns: int = 1_000) -> None:
        clock[0] += after_ns
        events.append(
            AgentEvent(
                id=ids(clock[0]),
                time_ns=clock[0],
                conversation_id=name,
                tenant_id=tenant or TENANTS[number % len(TENANTS)],
                turn=turn,
                trace_id=trace,
                span_id=span_id_of(trace, len(events)),
                agent_version=version or VERSIONS[number // 2 % len(VERSIONS)],
                payload=payload,
            )
        )

    started = p.ConversationStarted(
        agent_name="retail", channel="chat", scenario=f"task-{number % 5}", customer=customer
    )
    emit(started, 0)
    steps = 0
    for turn in range(1, turns + 1):
        emit(p.MsgReceived(content=f"message {turn}, it's number {number}"), turn, SECOND_NS)
        for call in range(tool_calls + 1):
            steps += 1
            last = call == tool_calls
            _model_call(emit, turn, "stop" if last else "tool_call")
            if not last:
                _tool_call(emit, turn, call, ok=call >= failing_tools)
        emit(p.ResponseSent(content=f"answer {turn}", duration=2 * SECOND_NS), turn)
    if outcome == "escalated":
        emit(p.Handover(reason="agent_transfer"), turns)
    emit(p.ConversationEnded(outcome=outcome, reason="customer_done", turns=turns, steps=steps), turns)
    if reward is not None:
        emit(p.OutcomeRecorded(name="task_reward", score=reward), turns, 60 * SECOND_NS)
    return events


def _model_call(emit: Emit, turn: int, finish: str) -> None:
    emit(p.LlmCallStart(model="replay", provider="replay", messages=2 * turn), turn)
    end = p.LlmCallEnd(
        model="replay",
        provider="replay",
        input_tokens=100,
        output_tokens=10,
        tokens_estimated=True,
        duration=SECOND_NS // 2,
        cost=0.001,
        finish_reasons=[finish],
        output=[],
    )
    emit(end, turn, SECOND_NS // 2)


def _tool_call(emit: Emit, turn: int, call: int, *, ok: bool) -> None:
    call_id = f"call-{turn}-{call}"
    emit(
        p.ToolCallStart(
            tool="get_order_details", call_id=call_id, arguments={"order_id": "#W1"}, effect="read"
        ),
        turn,
    )
    end = p.ToolCallEnd(
        tool="get_order_details",
        call_id=call_id,
        effect="read",
        ok=ok,
        result="{}" if ok else "Error: order not found",
        duration=40_000_000,
        error_type=None if ok else "NotFound",
    )
    emit(end, turn, 40_000_000)


def conversations(count: int, **options: object) -> Iterator[AgentEvent]:
    """The events of many conversations, one after another."""
    for number in range(count):
        yield from conversation(number, **options)  # type: ignore[arg-type]


def shuffled(events: list[AgentEvent], seed: int) -> list[AgentEvent]:
    """The same events in another order."""
    return random.Random(seed).sample(events, len(events))
