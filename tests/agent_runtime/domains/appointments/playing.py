"""Plays scripts at the desk: through the runtime, and as a loop without a ledger does."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from agent_runtime.agent import Agent
from agent_runtime.clock import Clock, ReplayClock
from agent_runtime.domains.appointments import APPOINTMENT_TOOLS, AppointmentStore
from agent_runtime.domains.appointments.scripts import Script, ScriptedCaller
from agent_runtime.emitter import Emitter
from agent_runtime.errors import AgentRuntimeError
from agent_runtime.execution import Deliver, deliver
from agent_runtime.ledger import LedgerStore
from agent_runtime.loop import Conversation
from agent_runtime.messages import ToolCall
from agent_runtime.models.prices import Price
from agent_runtime.models.scripted import ScriptedModel
from agent_runtime.tools import ToolResult
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id

START_NS = 1_700_000_000_000_000_000

AGENT: Agent[AppointmentStore] = Agent(
    name="desk",
    version="desk-1",
    policy="Book slots, take money, issue gift cards.",
    tools=APPOINTMENT_TOOLS,
    permissions=APPOINTMENT_TOOLS.permissions(),
)


async def play(
    script: Script,
    store: AppointmentStore,
    ledger: LedgerStore,
    *,
    carrier: Deliver = deliver,
    clock: Clock | None = None,
    redelivered: bool = False,
) -> list[AgentEvent]:
    """Through the runtime; answers the events.

    Args:
        script: The conversation.
        store: The desk.
        ledger: The ledger.
        carrier: Carries calls to tools.
        clock: A replayed one unless said.
        redelivered: Whether every call reaches the runtime twice, as from a queue that redelivers.
    """
    events: list[AgentEvent] = []
    clock = clock or ReplayClock(START_NS)
    conversation = Conversation(
        agent=AGENT,
        model=ScriptedModel(script.step, name="script", price=Price(0, 0)),
        store=store,
        ledger=ledger,
        emitter=Emitter(
            conversation_id=store.conversation_id,
            tenant_id="salon",
            agent_version=AGENT.version,
            clock=clock,
            ids=live_event_id,
            sink=events.append,
        ),
        clock=clock,
        carrier=carrier,
    )
    if redelivered:
        conversation.tools.call = _twice(conversation.tools.call)  # type: ignore[method-assign]
    await conversation.hold(ScriptedCaller(script), channel="chat")
    return events


def _twice(call: Callable[[ToolCall], Awaitable[ToolResult]]) -> Callable[[ToolCall], Awaitable[ToolResult]]:
    async def call_twice(wish: ToolCall) -> ToolResult:
        await call(wish)
        return await call(wish)

    return call_twice


async def play_without_ledger(script: Script, store: AppointmentStore, *, carrier: Deliver = deliver) -> None:
    """As a loop does that calls what the model asks for, and calls again where no answer comes."""
    for exchange in script.exchanges:
        for name, arguments in exchange.calls:
            tool = APPOINTMENT_TOOLS.get(name)
            assert tool is not None
            checked = msgspec.convert(arguments, tool.arguments)
            try:
                await carrier(tool, store, checked, "")
            except AgentRuntimeError:
                await deliver(tool, store, checked, "")


def files(folder: Path) -> tuple[Path, Path]:
    """Where a desk and its ledger are kept."""
    return folder / "desk.db", folder / "ledger.db"
