"""A specialist who talks to the customer: given the customer, gives back, fails, over turns: spec A9, A8."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from agent_runtime.agent import Ending
from agent_runtime.customers import CustomerMessage
from agent_runtime.domains.appointments import AppointmentDatabase, AppointmentStore
from agent_runtime.errors import ModelError
from agent_runtime.ledger import MemoryLedger
from agent_runtime.messages import Message
from agent_runtime.models.scripted import Step
from agent_runtime.supervisor import SupervisedConversation, Team
from agent_runtime.supervisor.tools import Seat, write_shared
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.agent_runtime.supervisor.desk_team import BOOKINGS, PAYMENTS, converse, head, specialist

pytestmark = pytest.mark.spec("A9")


@pytest.fixture
def store() -> Iterator[AppointmentStore]:
    database = AppointmentDatabase()
    yield database.store("c")
    database.close()


def hands_off(context: Sequence[Message]) -> Step:
    """The head: everything about bookings goes to who books, until that one gives back."""
    if context[-1].role == "user" and any("gave the customer back" in each.content for each in context[-2:]):
        return Step(text=f"Welcome back. You said: {context[-1].content}")
    if any("cannot go on" in each.content for each in context):
        return Step(text="Let me help you myself.")
    return Step(tool="hand_off_to_bookings", arguments={"summary": "wants a haircut"})


def books(context: Sequence[Message]) -> Step:
    """Finds the customer, books at the first yes, and gives back when it is about money."""
    said = context[-1].content
    if context[-1].role == "tool":
        return Step(text=f"done: {context[-1].tool_call.name if context[-1].tool_call else ''}")
    if "break" in said:
        raise ModelError("down")
    if "money" in said:
        return Step(tool="hand_back", arguments={"summary": "asks about money"})
    if "yes" in said:
        return Step(tool="book_slot", arguments={"customer_id": "customer_1", "slot_id": "haircut_1"})
    return Step(tool="find_customer", arguments={"email": "customer1@example.com"})


def team() -> Team[AppointmentStore]:
    return Team(
        head(),
        [specialist("bookings", *BOOKINGS, policy=books, talks=True), specialist("payments", *PAYMENTS)],
        shared=("case",),
    )


def messages(events: list[AgentEvent]) -> list[tuple[str, str, str]]:
    return [
        (each.payload.kind, each.payload.recipient, each.payload.status or "")
        for each in events
        if isinstance(each.payload, p.AgentMessage)
    ]


async def said(conversation: SupervisedConversation[Any], *texts: str) -> list[str | Ending]:
    return [await conversation.answer(CustomerMessage(text)) for text in texts]


async def test_the_specialist_talks_until_it_gives_the_customer_back(store: AppointmentStore) -> None:
    events = list[AgentEvent]()
    conversation = converse(team(), hands_off, store, MemoryLedger(), events)
    answers = await said(conversation, "A haircut, please.", "yes")
    assert answers == ["done: find_customer", "done: book_slot"]
    assert conversation.talks == "bookings"
    assert await said(conversation, "What about my money?") == [
        "Welcome back. You said: What about my money?"
    ]
    assert conversation.talks == "head"
    assert messages(events) == [("hand_off", "bookings", ""), ("hand_back", "head", "done")]
    back = next(each.content for each in conversation.context.messages if "gave the customer" in each.content)
    assert back.endswith("asks about money\n\nWhat is certain:\n- slot haircut_1 was booked for customer_1")
    assert [each.payload.content for each in events if isinstance(each.payload, p.ResponseSent)] == [
        *answers,
        "Welcome back. You said: What about my money?",
    ]


async def test_who_breaks_down_while_talking_loses_the_customer_to_the_head(store: AppointmentStore) -> None:
    events, whole = list[AgentEvent](), team()
    conversation = converse(whole, hands_off, store, MemoryLedger(), events)
    assert (await said(conversation, "A haircut, please.", "break!"))[1] == "Let me help you myself."
    assert messages(events)[-1] == ("hand_back", "head", "failed")
    assert [each.payload.error_type for each in events if isinstance(each.payload, p.Error)] == ["ModelError"]
    assert conversation.talks == "head"


@pytest.mark.spec("A8")
async def test_a_team_that_is_put_away_after_each_message_goes_on_where_it_was(
    store: AppointmentStore,
) -> None:
    ledger, events, state = MemoryLedger(), list[AgentEvent](), b""
    answers: list[str | Ending] = []
    for text in ("A haircut, please.", "yes", "What about my money?"):
        conversation = converse(team(), hands_off, store, ledger, events)
        if state:
            conversation.resume(state)
        answers += await said(conversation, text)
        if len(answers) == 1:
            write_shared.function(Seat(conversation, "head"), "case", "haircut", 0)
        state = conversation.snapshot()
    assert answers == [
        "done: find_customer",
        "done: book_slot",
        "Welcome back. You said: What about my money?",
    ]
    assert [each.payload.message_id for each in events if isinstance(each.payload, p.AgentMessage)] == [1, 2]
    assert conversation.shared.read("case").value == "haircut"
    assert conversation.steps == len([each for each in events if isinstance(each.payload, p.LlmCallStart)])
    assert {each.span_id for each in events if isinstance(each.payload, p.LlmCallStart)} != set()


@pytest.mark.spec("A8", "A2")
async def test_what_a_talker_did_before_a_crash_is_told_when_it_gives_back(store: AppointmentStore) -> None:
    ledger, events = MemoryLedger(), list[AgentEvent]()
    first = converse(team(), hands_off, store, ledger, events)
    await said(first, "A haircut, please.")
    state = first.snapshot()
    await said(first, "yes")  # and dies before this turn is put away
    again = converse(team(), hands_off, store, ledger, events)
    again.resume(state)
    assert await said(again, "yes") == ["done: book_slot"]
    assert len(store.changes()["bookings"]) == 1
    await said(again, "What about my money?")
    back = next(each.content for each in again.context.messages if "gave the customer" in each.content)
    assert back.endswith("What is certain:\n- slot haircut_1 was booked for customer_1")


@pytest.mark.spec("A8", "A2")
async def test_who_talks_is_told_of_a_call_that_an_interruption_cut_off(store: AppointmentStore) -> None:
    ledger = MemoryLedger()
    first = converse(team(), hands_off, store, ledger, [])
    await said(first, "A haircut, please.")
    state = first.snapshot()
    await said(first, "yes")
    (record,) = await ledger.records("c")
    await ledger.put(replace(record, state="attempted", answer=""))  # it died before the answer
    again = converse(team(), hands_off, store, ledger, [])
    again.resume(state)
    await said(again, "yes")
    assert again.talks == "bookings"
    assert not any("interruption" in each.content for each in again.context.messages)
    assert again._talker is not None
    told = [each.content for each in again._talker.context.messages if "interruption" in each.content]
    assert len(told) == 1
    assert len(store.changes()["bookings"]) == 1


@pytest.mark.spec("A8")
async def test_a_talker_who_left_the_team_meanwhile_is_replaced_by_the_head(store: AppointmentStore) -> None:
    conversation = converse(team(), hands_off, store, MemoryLedger(), [])
    await said(conversation, "A haircut, please.")
    smaller = Team(head(), [specialist("payments", *PAYMENTS)])
    resumed = converse(smaller, hands_off, store, MemoryLedger(), [])
    resumed.resume(conversation.snapshot())
    assert resumed.talks == "head"
    assert await said(resumed, "yes") == ["Let me help you myself."]


@pytest.mark.spec("A1")
async def test_a_customer_who_is_passed_around_for_ever_gets_a_human(store: AppointmentStore) -> None:
    def returns(context: Sequence[Message]) -> Step:
        return Step(tool="hand_back", arguments={"summary": "not mine"})

    def insists(context: Sequence[Message]) -> Step:
        return Step(tool="hand_off_to_bookings", arguments={"summary": "yours"})

    whole = Team(head(), [specialist("bookings", *BOOKINGS, policy=returns, talks=True)])
    conversation = converse(whole, insists, store, MemoryLedger(), [])
    assert await said(conversation, "Hello?") == [Ending(outcome="escalated", reason="step_limit")]
