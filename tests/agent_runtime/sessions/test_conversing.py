"""A conversation of the runtime, held by a lane and taken up by another process: spec A1, A8."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_runtime.agent import Agent
from agent_runtime.clock import SystemClock
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.shop import load_shop
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import LedgerStore, SqliteLedger
from agent_runtime.loop import HANDOVER_TEXT, Conversation
from agent_runtime.sessions.conversing import ConversationTurns
from agent_runtime.sessions.lane import LanePolicy, SessionLane
from agent_runtime.sessions.sqlite import sqlite_store
from agent_runtime.sessions.turns import Sender, Turn
from agent_runtime.simulation.conversations import POLICY, SimulatedConversation, simulate
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id

SIMULATION = simulate(seed=3, conversations=60)


@pytest.fixture(scope="module")
def shop() -> RetailDatabase:
    return RetailDatabase(load_shop(SIMULATION.shop.documents()))


def opened(
    simulated: SimulatedConversation, shop: RetailDatabase, ledger: LedgerStore, events: list[AgentEvent]
) -> Callable[[Turn], Conversation[RetailStore]]:
    """Makes the conversation anew for each turn, as another process would."""

    def conversation(turn: Turn) -> Conversation[RetailStore]:
        clock = SystemClock()
        emitter = Emitter(
            conversation_id=turn.session_id,
            tenant_id=turn.sender.tenant_id,
            agent_version="v",
            clock=clock,
            ids=live_event_id,
            sink=events.append,
        )
        return Conversation(
            agent=Agent(
                name="clerk",
                version="v",
                policy=POLICY,
                tools=RETAIL_TOOLS,
                permissions=RETAIL_TOOLS.permissions(),
            ),
            model=simulated.model(),
            store=shop.store(turn.session_id),
            ledger=ledger,
            emitter=emitter,
            clock=clock,
        )

    return conversation


def found(outcome: str) -> SimulatedConversation:
    """A conversation without a planted fault that ends this way."""
    return next(
        each
        for each in SIMULATION.conversations
        if each.expected_outcome == outcome and each.fault is None and each.task.actions
    )


@pytest.mark.spec("A1", "A8")
async def test_a_conversation_goes_on_in_another_process_where_it_was_left(
    shop: RetailDatabase, tmp_path: Path
) -> None:
    simulated = found("resolved")
    customer, events = simulated.customer(), []  # type: ignore[var-annotated]
    sender = Sender(tenant_id="t", channel="web", channel_user=simulated.task.user_id)
    message = customer.opening()
    turns = ConversationTurns(opened(simulated, shop, SqliteLedger(tmp_path / "ledger.db"), events))
    number = 0
    while not message.final:
        number += 1
        store = sqlite_store(tmp_path / "sessions.db")
        async with SessionLane(store, turns, policy=LanePolicy(sweep_s=0.01)) as lane:
            answer = await lane.send(sender, f"m{number}", message.text)
        await store.close()
        following = customer.reply(answer.text)
        assert following is not None
        message = following
    assert number >= 2

    types = [event.type for event in events]
    assert types.count("conversation_started") == 1
    assert types.count("msg_received") == types.count("response_sent") == number
    assert [event.turn for event in events if event.type == "msg_received"] == list(range(1, number + 1))
    assert len({event.span_id for event in events if event.type == "llm_call_start"}) == types.count(
        "llm_call_start"
    )
    wrote = [event.payload.tool for event in events if event.type == "tool_call_end"]  # type: ignore[attr-defined]
    assert [action.name for action in simulated.task.actions][-1] in wrote
    assert {event.conversation_id for event in events} == {answer.session_id}


@pytest.mark.spec("A1", "A8")
async def test_a_hand_over_ends_the_session_and_the_next_message_opens_another(
    shop: RetailDatabase, tmp_path: Path
) -> None:
    simulated = next(each for each in SIMULATION.conversations if each.errand.intent == "ask_human")
    events: list[AgentEvent] = []
    sender = Sender(tenant_id="t", channel="web", channel_user="u")
    store = sqlite_store(tmp_path / "sessions.db")
    turns = ConversationTurns(opened(simulated, shop, SqliteLedger(tmp_path / "ledger.db"), events))
    async with SessionLane(store, turns) as lane:
        first = await lane.send(sender, "1", "I want to talk to a human being, now.")
        second = await lane.send(sender, "2", "Hello?")
    await store.close()
    assert first.text == HANDOVER_TEXT
    assert first.session_id != second.session_id
    assert [event.type for event in events].count("conversation_ended") >= 1
