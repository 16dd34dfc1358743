"""A conversation put away between two messages and taken up by another process: spec A2, A6, A8."""

from typing import Any

import pytest

from agent_runtime.agent import Agent
from agent_runtime.clock import ReplayClock
from agent_runtime.customers import CustomerMessage
from agent_runtime.domains.appointments import APPOINTMENT_TOOLS, AppointmentDatabase, AppointmentStore
from agent_runtime.domains.appointments.scripts import Script, visit
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import MemoryLedger
from agent_runtime.loop import Conversation, Ending
from agent_runtime.models.prices import Price
from agent_runtime.models.scripted import ScriptedModel
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id
from tests.agent_runtime.domains.appointments.playing import AGENT, START_NS, play


def opened(
    script: Script, store: AppointmentStore, ledger: MemoryLedger, events: list[AgentEvent], at: int
) -> Conversation[AppointmentStore]:
    clock = ReplayClock(START_NS + at * 1_000_000_000)
    agent: Agent[AppointmentStore] = AGENT
    emitter = Emitter(
        conversation_id=store.conversation_id,
        tenant_id="salon",
        agent_version=agent.version,
        clock=clock,
        ids=live_event_id,
        sink=events.append,
    )
    model = ScriptedModel(script.step, name="script", price=Price(0, 0))
    return Conversation(agent=agent, model=model, store=store, ledger=ledger, emitter=emitter, clock=clock)


def told(events: list[AgentEvent]) -> list[tuple[str, Any]]:
    return [
        (each.type, getattr(each.payload, "result", getattr(each.payload, "content", ""))) for each in events
    ]


@pytest.mark.spec("A8")
@pytest.mark.parametrize("died", [False, True], ids=["all turns once", "every turn died once"])
async def test_turns_in_processes_of_their_own_come_to_the_same_as_one_process(died: bool) -> None:
    script = visit(3)
    whole, parts = AppointmentDatabase(), AppointmentDatabase()
    expected = await play(script, whole.store("c"), MemoryLedger())

    events: list[AgentEvent] = []
    ledger, store, state = MemoryLedger(), parts.store("c"), b""
    messages = [CustomerMessage(each.says) for each in script.exchanges]
    for at, message in enumerate([*messages, CustomerMessage("Thanks, bye.", final=True)]):
        for attempt in range(2 if died else 1):
            conversation = opened(script, store, ledger, events, 10 * at + attempt)
            if state:
                conversation.resume(state)
            elif attempt == 0:
                await conversation.begin(channel="chat")
            answer = await conversation.answer(message)
        state = conversation.snapshot()
    assert answer == Ending(outcome="resolved", reason="customer_done")
    conversation.end(answer)
    assert store.changes() == whole.store("c").changes()
    if not died:
        assert told(events) == told(expected)
        assert len({each.span_id for each in events}) == len({each.span_id for each in expected})
    whole.close()
    parts.close()


@pytest.mark.spec("A4", "A7")
async def test_what_succeeded_and_what_failed_is_remembered_over_turns() -> None:
    database = AppointmentDatabase()
    store, ledger, events = database.store("c"), MemoryLedger(), list[AgentEvent]()
    first = opened(visit(3), store, ledger, events, 0)
    await first.answer(CustomerMessage("A haircut."))
    state = first.tools.snapshot()
    assert state.succeeded.keys() == {"find_customer"}
    again = opened(visit(3), store, ledger, events, 1)
    again.resume(first.snapshot())
    assert again.tools.snapshot() == state
    assert again.context.messages == first.context.messages
    assert again.context.tokens == first.context.tokens
    assert {tool.name for tool in APPOINTMENT_TOOLS} >= state.succeeded.keys()
    database.close()
