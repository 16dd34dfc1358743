"""Delegations: what specialists may, what they read, what becomes of those that fail: spec A9."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from agent_runtime.agent import Agent, Bounds, Ending
from agent_runtime.customers import CustomerMessage
from agent_runtime.domains.appointments import APPOINTMENT_TOOLS, AppointmentDatabase, AppointmentStore
from agent_runtime.errors import LedgerError, ModelError
from agent_runtime.ledger import EffectRecord, MemoryLedger
from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.models.errors import RequestRefusedError
from agent_runtime.models.scripted import Policy, Step
from agent_runtime.supervisor import Recovery, Team
from agent_runtime.tools import ToolRegistry, tool
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.agent_runtime.supervisor.desk_team import (
    BOOKINGS,
    PAYMENTS,
    converse,
    does,
    head,
    scripted,
    some,
    specialist,
)

pytestmark = pytest.mark.spec("A9")

FIND = ["find_customer", {"email": "customer1@example.com"}]
BOOK = ["book_slot", {"customer_id": "customer_1", "slot_id": "haircut_1"}]
CHARGE = ["charge_card", {"customer_id": "customer_1", "amount_cents": 500, "purpose": "tip"}]


class Seen:
    """A conversation of one message, and what was seen of it."""

    def __init__(self, store: AppointmentStore) -> None:
        self.store = store
        self.events: list[AgentEvent] = []
        self.ledger = MemoryLedger()

    async def of(self, team: Team[AppointmentStore], *steps: Step, **more: Any) -> str | Ending:
        """Answers a message; the head makes the steps and then says what it read last."""

        def policy(context: Sequence[Message]) -> Step:
            made = sum(each.role == "tool" for each in context)
            return steps[made] if made < len(steps) else Step(text=context[-1].content)

        ledger = more.pop("ledger", self.ledger)
        conversation = converse(team, policy, self.store, ledger, self.events, **more)
        self.conversation = conversation
        return await conversation.answer(CustomerMessage("Please."))

    def payloads(self, kind: type[Any]) -> list[Any]:
        return [each.payload for each in self.events if isinstance(each.payload, kind)]

    def statuses(self) -> list[str | None]:
        return [each.status for each in self.payloads(p.AgentMessage) if each.kind == "result"]

    def written(self) -> dict[str, int]:
        return {table: len(rows) for table, rows in self.store.changes().items() if rows}


@pytest.fixture
def seen() -> Iterator[Seen]:
    database = AppointmentDatabase()
    yield Seen(database.store("c"))
    database.close()


def delegate(name: str, *calls: Any) -> Step:
    return Step(tool=f"delegate_to_{name}", arguments={"task": json.dumps(calls)})


def fails_after(calls: int, error: Exception) -> Policy:
    """A specialist whose model fails after some calls."""

    def step(context: Sequence[Message]) -> Step:
        if sum(each.role == "tool" for each in context) >= calls:
            raise error
        return does(context)

    return step


async def test_a_task_goes_down_and_its_result_comes_back_as_messages_that_are_events(seen: Seen) -> None:
    team = Team(head(), [specialist("bookings", *BOOKINGS)])
    answer = await seen.of(team, delegate("bookings", FIND, BOOK))
    assert answer == "2 calls made.\n\nWhat is certain:\n- slot haircut_1 was booked for customer_1"
    sent, result = seen.payloads(p.AgentMessage)
    assert (sent.kind, sent.sender, sent.recipient) == ("delegate", "head", "bookings")
    assert (result.kind, result.sender, result.recipient) == ("result", "bookings", "head")
    assert (result.reply_to, result.status, result.content) == (sent.message_id, "done", answer)


async def test_a_specialist_has_only_the_tools_it_was_given(seen: Seen) -> None:
    team = Team(head(*PAYMENTS), [specialist("bookings", *BOOKINGS)])
    await seen.of(team, delegate("bookings", FIND, CHARGE))
    ends = [(each.tool, each.error_type) for each in seen.payloads(p.ToolCallEnd) if each.agent == "bookings"]
    assert ends == [("find_customer", None), ("charge_card", "unknown_tool")]
    assert seen.written() == {}


@pytest.mark.spec("A5")
@pytest.mark.parametrize("whose", ["specialist", "head", "customer"])
async def test_a_specialist_may_never_more_than_it_was_given_nor_than_head_and_customer_may(
    seen: Seen, whose: str
) -> None:
    less = APPOINTMENT_TOOLS.permissions() - {"bookings.write"}
    everything = APPOINTMENT_TOOLS.permissions()
    bookings = specialist("bookings", *BOOKINGS)
    if whose == "specialist":
        tools = bookings.agent.tools
        given = Agent(name="bookings", version="1", policy="", tools=tools, permissions=less)
        bookings = type(bookings)(agent=given, purpose="", model=lambda: scripted(does))
    team = Team(head(permissions=less if whose == "head" else everything), [bookings])
    may = {"customer_may": less} if whose == "customer" else {}
    await seen.of(team, delegate("bookings", FIND, BOOK), **may)
    assert [each.error_type for each in seen.payloads(p.ToolCallEnd)][1] == "permission_denied"
    assert seen.written() == {}


@pytest.mark.spec("A5")
async def test_an_elevation_of_the_head_reaches_who_was_given_the_permission_and_is_audited(
    seen: Seen,
) -> None:
    less = APPOINTMENT_TOOLS.permissions() - {"bookings.write"}
    team = Team(head(permissions=less), [specialist("bookings", *BOOKINGS)])

    def elevated(context: Sequence[Message]) -> Step:
        if len(context) == 2:
            seen.conversation.permissions.elevate("bookings.write", actor="ada", reason="ticket 7", for_s=60)
        return delegate("bookings", FIND, BOOK) if len(context) == 2 else Step(text="ok")

    await seen.of(team, model=scripted(elevated))
    assert seen.written() == {"bookings": 1}
    assert [each.decision.split(":")[0] for each in seen.payloads(p.AuditDecision)] == ["elevated", "used"]


@pytest.mark.spec("A6")
async def test_facts_go_down_words_do_not_and_long_results_come_back_cut(seen: Seen) -> None:
    read: list[list[Message]] = []

    def listens(context: Sequence[Message]) -> Step:
        read.append(list(context))
        return Step(text="blah " * 2_000)

    team = Team(
        head(),
        [
            specialist("bookings", *BOOKINGS),
            specialist("payments", *PAYMENTS, policy=listens, longest_result=100),
        ],
    )
    answer = await seen.of(team, delegate("bookings", FIND, BOOK), delegate("payments", CHARGE))
    assert [(each.role, each.content) for each in read[0]] == [
        ("system", "You are payments."),
        ("system", "What is certain:\n- slot haircut_1 was booked for customer_1"),
        ("user", json.dumps([CHARGE])),
    ]
    assert isinstance(answer, str)
    assert len(answer) == 100
    assert answer.endswith("[cut: the first part of 10,000 characters]")


@pytest.mark.spec("A1")
@pytest.mark.parametrize(
    ("bounds", "reason"),
    [(Bounds(max_steps=3), "step_limit"), (Bounds(cost_usd=1e-4), "cost_limit")],
    ids=["steps", "cost"],
)
async def test_the_conversations_bounds_hold_for_all_its_agents_together(
    seen: Seen, bounds: Bounds, reason: str
) -> None:
    team = Team(head(bounds=bounds), [specialist("bookings", *BOOKINGS)])
    ending = await seen.of(team, delegate("bookings", FIND, *[BOOK] * 5))
    assert ending == Ending(outcome="escalated", reason=reason)
    assert seen.conversation.steps == len(seen.payloads(p.LlmCallStart))
    assert seen.statuses() == ["failed"]
    assert team.breakers["bookings"].state == team.breaker_above.state == "closed"


async def test_the_deadline_of_the_conversation_ends_a_specialist_that_hangs(seen: Seen) -> None:
    class Hangs:
        name = provider = "hangs"

        async def complete(self, context: Sequence[Message], tools: Sequence[Any]) -> ModelResponse:
            await asyncio.sleep(60)
            raise AssertionError("nobody waited for this")

    slow = specialist("bookings", *BOOKINGS)
    team = Team(
        head(bounds=Bounds(deadline_s=0.5)),
        [type(slow)(agent=slow.agent, purpose="", model=Hangs)],
    )
    ending = await seen.of(team, delegate("bookings", FIND))
    assert ending == Ending(outcome="escalated", reason="deadline")


async def test_a_specialist_that_runs_in_circles_ends_at_its_own_bound_and_the_head_goes_on(
    seen: Seen,
) -> None:
    circling = specialist("bookings", *BOOKINGS, policy=lambda _: Step(tool="list_slots"))
    bounded = Agent(
        name="bookings",
        version="1",
        policy="",
        tools=circling.agent.tools,
        permissions=circling.agent.permissions,
        bounds=Bounds(max_steps=4),
    )
    team = Team(head(), [type(circling)(agent=bounded, purpose="", model=circling.model)])
    answer = await seen.of(team, delegate("bookings", FIND))
    assert answer == "Error: bookings could not finish (step_limit). It had done nothing."
    assert seen.conversation.steps == 1 + 4 + 1


async def test_a_failure_that_may_pass_is_tried_again_and_the_effect_happens_once(seen: Seen) -> None:
    models = iter([fails_after(2, ModelError("busy")), does])
    payments = specialist("payments", *PAYMENTS)
    payments = type(payments)(agent=payments.agent, purpose="", model=lambda: scripted(next(models)))
    answer = await seen.of(Team(head(), [payments]), delegate("payments", FIND, CHARGE))
    assert isinstance(answer, str)
    assert answer.startswith("2 calls made.")
    assert seen.written() == {"charges": 1}
    charges = [each for each in seen.payloads(p.ToolCallEnd) if each.tool == "charge_card"]
    assert [each.from_ledger for each in charges] == [False, True]
    assert [each.guardrail for each in seen.payloads(p.GuardrailTriggered)] == []
    assert (await seen.ledger.records("c"))[0].asked_turn is None, "the customer was not asked anything"


async def test_what_was_done_is_told_where_a_delegation_fails_for_good(seen: Seen) -> None:
    refused = RequestRefusedError("here", "no", advice="none")
    team = Team(head(), [specialist("payments", *PAYMENTS, policy=fails_after(2, refused))])
    answer = await seen.of(team, delegate("payments", FIND, CHARGE))
    assert answer == (
        "Error: payments could not finish (model_error). What it did stands.\n\n"
        "What is certain:\n- 500 cents were charged to customer_1"
    )
    assert seen.statuses() == ["failed"]
    assert len(seen.payloads(p.LlmCallStart)) == 5, "what cannot help is not tried again"


@pytest.mark.spec("A4")
async def test_what_was_done_is_taken_back_the_last_first_where_the_recovery_says_so(seen: Seen) -> None:
    both = specialist(
        "clerk",
        *BOOKINGS,
        *PAYMENTS,
        policy=fails_after(3, ModelError("gone")),
        recovery=Recovery(attempts=2, then="compensate"),
    )
    answer = await seen.of(Team(head(), [both]), delegate("clerk", FIND, BOOK, CHARGE))
    assert answer == (
        "Error: clerk could not finish (model_error). What it did was taken back: slot haircut_1 was booked "
        "for customer_1; 500 cents were charged to customer_1."
    )
    assert seen.statuses() == ["taken_back"]
    undone = [each.tool for each in seen.payloads(p.ToolCallEnd) if each.call_id.startswith("undo_")]
    assert undone == ["refund_charge", "release_slot"]
    assert {
        each.undone for each in await seen.ledger.records("c") if each.tool in ("book_slot", "charge_card")
    } == {True}


@pytest.mark.spec("A4")
async def test_what_cannot_be_taken_back_goes_to_a_human(seen: Seen) -> None:
    card = ["issue_gift_card", {"customer_id": "customer_1", "amount_cents": 500, "recipient": "Bo"}]
    payments = specialist(
        "payments",
        *PAYMENTS,
        policy=fails_after(3, ModelError("gone")),
        recovery=Recovery(then="compensate"),
    )
    ending = await seen.of(Team(head(), [payments]), delegate("payments", FIND, CHARGE, card))
    assert ending == Ending(outcome="escalated", reason="compensation_failed")


async def test_what_another_agent_did_is_not_taken_back(seen: Seen) -> None:
    broken = fails_after(2, ModelError("gone"))
    payments = specialist("payments", *PAYMENTS, policy=broken, recovery=Recovery(then="compensate"))
    own = [Step(tool=name, arguments=arguments) for name, arguments in (FIND, CHARGE)]
    team = Team(head(*PAYMENTS), [payments])
    answer = await seen.of(team, *own, delegate("payments", FIND, CHARGE))
    assert answer == "Error: payments could not finish (model_error). It had done nothing."
    assert [each.undone for each in await seen.ledger.records("c")] == [False]


async def test_a_failure_goes_to_a_human_where_the_recovery_says_so(seen: Seen) -> None:
    broken = fails_after(0, ModelError("gone"))
    payments = specialist("payments", *PAYMENTS, policy=broken, recovery=Recovery(then="escalate"))
    ending = await seen.of(Team(head(), [payments]), delegate("payments", CHARGE))
    assert ending == Ending(outcome="escalated", reason="specialist_failed")


async def test_a_specialist_that_wants_a_human_gets_one(seen: Seen) -> None:
    wants = specialist("bookings", *BOOKINGS, "transfer_to_human")
    call = ["transfer_to_human", {"summary": "angry"}]
    ending = await seen.of(Team(head(), [wants]), delegate("bookings", call))
    assert ending == Ending(outcome="escalated", reason="agent_transfer")
    assert [each.summary for each in seen.payloads(p.Handover)] == ["angry"]


async def test_the_breaker_of_a_specialist_opens_for_all_conversations_and_closes_when_it_answers(
    seen: Seen,
) -> None:
    now = [0.0]
    policies: list[Policy] = [fails_after(0, ModelError("down"))] * 2
    payments = specialist("payments", *PAYMENTS, recovery=Recovery(attempts=1))
    payments = type(payments)(
        agent=payments.agent,
        purpose="",
        model=lambda: scripted(policies.pop(0) if policies else does),
        recovery=payments.recovery,
    )
    team = Team(head(), [payments], failures=2, open_s=30, clock_s=lambda: now[0])
    for _ in range(3):
        answer = await seen.of(team, delegate("payments", FIND))
    assert answer == ("Error: payments is not available at the moment. Do without, or hand over to a human.")
    assert seen.statuses() == ["failed", "failed", "unavailable"]
    now[0] = 31
    assert await seen.of(team, delegate("payments", FIND)) == "1 calls made."
    assert team.breakers["payments"].state == "closed"


async def test_the_breaker_above_gives_conversations_to_a_human_when_whoever_is_asked_fails(
    seen: Seen,
) -> None:
    broken = fails_after(0, ModelError("down"))
    team = Team(
        head(),
        [
            specialist("bookings", *BOOKINGS, policy=broken, recovery=Recovery(attempts=1)),
            specialist("payments", *PAYMENTS, policy=broken, recovery=Recovery(attempts=1)),
        ],
        failures_above=2,
    )
    first = await seen.of(team, delegate("bookings", FIND), delegate("payments", FIND))
    assert first == Ending(outcome="escalated", reason="specialists_failing")
    asked = len(seen.payloads(p.LlmCallStart))
    again = await seen.of(team, delegate("bookings", FIND))
    assert again == Ending(outcome="escalated", reason="specialists_failing")
    assert len(seen.payloads(p.LlmCallStart)) == asked + 1, "only the head was asked"


async def test_two_specialists_at_once_work_side_by_side_and_share_the_ledger(seen: Seen) -> None:
    first = delegate("bookings", FIND, BOOK)

    class Both:
        name = provider = "both"

        async def complete(self, context: Sequence[Message], tools: Sequence[Any]) -> ModelResponse:
            answer = await scripted(lambda _: first).complete(context, tools)
            if context[-1].role == "tool":
                return await scripted(lambda _: Step(text="done")).complete(context, tools)
            second = ToolCall("2", "delegate_to_clerk", {"task": json.dumps([FIND, BOOK])})
            assert answer.tool_call is not None
            return ModelResponse(tool_call=answer.tool_call, further_calls=(second,), usage=answer.usage)

    team = Team(head(), [specialist("bookings", *BOOKINGS), specialist("clerk", *BOOKINGS)])
    assert await seen.of(team, model=Both()) == "done"
    assert seen.written() == {"bookings": 1}
    callers = [each.agent for each in seen.payloads(p.ToolCallStart) if each.tool == "book_slot"]
    assert sorted(callers) == ["bookings", "clerk"]


async def test_a_ledger_that_cannot_be_written_ends_the_conversation_before_anything_leaves(
    seen: Seen,
) -> None:
    class Full(MemoryLedger):
        async def put(self, record: EffectRecord) -> None:
            raise LedgerError("the disk is full")

    team = Team(head(), [specialist("payments", *PAYMENTS)])
    ending = await seen.of(team, delegate("payments", FIND, CHARGE), ledger=Full())
    assert ending == Ending(outcome="failed", reason="ledger_error")
    assert seen.written() == {}


async def test_a_ledger_that_fails_while_something_is_taken_back_ends_the_conversation(seen: Seen) -> None:
    class FullLater(MemoryLedger):
        async def put(self, record: EffectRecord) -> None:
            if record.tool == "refund_charge":
                raise LedgerError("the disk is full")
            await super().put(record)

    broken = fails_after(2, ModelError("gone"))
    payments = specialist("payments", *PAYMENTS, policy=broken, recovery=Recovery(then="compensate"))
    ending = await seen.of(Team(head(), [payments]), delegate("payments", FIND, CHARGE), ledger=FullLater())
    assert ending == Ending(outcome="failed", reason="ledger_error")


async def test_a_specialist_that_cannot_even_begin_is_a_failure_of_it(seen: Seen) -> None:
    def no_model() -> Any:
        raise KeyError("no endpoint is configured")

    payments = specialist("payments", *PAYMENTS)
    team = Team(head(), [type(payments)(agent=payments.agent, purpose="", model=no_model)], failures=1)
    answer = await seen.of(team, delegate("payments", FIND))
    assert answer == "Error: payments is not available at the moment. Do without, or hand over to a human."
    assert team.breakers["payments"].state == "open"
    assert [each.error_type for each in seen.payloads(p.Error)] == ["KeyError"]


def test_a_team_that_contradicts_itself_is_refused() -> None:
    @tool(effect="read")
    def list_slots(store: AppointmentStore, service: str) -> str:
        """List something else.

        Args:
            service: Which.
        """
        return ""

    other = specialist("other", *BOOKINGS)
    tools: ToolRegistry[Any] = ToolRegistry([list_slots])
    changed = Agent(name="other", version="1", policy="", tools=tools, permissions=frozenset())
    with pytest.raises(ValueError, match="different tools called 'list_slots'"):
        Team(
            head(),
            [specialist("bookings", *BOOKINGS), type(other)(agent=changed, purpose="", model=other.model)],
        )
    with pytest.raises(ValueError, match="two agents of the team are called 'head'"):
        Team(head(), [specialist("head", *BOOKINGS)])
    with pytest.raises(ValueError, match="becomes part of a tool's name"):
        Team(head(), [specialist("Refund Desk", *BOOKINGS)])
    with pytest.raises(ValueError, match="at least one specialist"):
        Team(head(), [])
    assert {each.name for each in some(*BOOKINGS)} == set(BOOKINGS)
