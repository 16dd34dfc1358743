"""A team at the appointment desk that follows a script: the head delegates each call to who may make it."""

import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from agent_runtime.agent import Agent, Bounds
from agent_runtime.clock import Clock, ReplayClock
from agent_runtime.domains.appointments import APPOINTMENT_TOOLS, AppointmentStore
from agent_runtime.domains.appointments.scripts import Script
from agent_runtime.emitter import Emitter
from agent_runtime.errors import ModelError
from agent_runtime.execution import Deliver, deliver
from agent_runtime.ledger import LedgerStore
from agent_runtime.messages import Message
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.prices import Price
from agent_runtime.models.scripted import Policy, ScriptedModel, Step
from agent_runtime.supervisor import Recovery, Specialist, SupervisedConversation, Team
from agent_runtime.tools import ToolRegistry
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id

START_NS = 1_700_000_000_000_000_000
BOOKINGS = ("find_customer", "list_slots", "book_slot", "release_slot")
PAYMENTS = ("find_customer", "charge_card", "refund_charge", "issue_gift_card")
Call = tuple[str, dict[str, Any]]


def some(*names: str) -> ToolRegistry[AppointmentStore]:
    return ToolRegistry([tool for tool in APPOINTMENT_TOOLS if tool.name in names])


def scripted(policy: Policy) -> ChatModel:
    return ScriptedModel(policy, name="script", price=Price(1, 1))


def does(context: Sequence[Message]) -> Step:
    """A specialist's policy: the task is a list of calls, made one after the other."""
    calls: list[Call] = json.loads(next(each.content for each in context if each.role == "user"))
    made = sum(each.role == "tool" for each in context)
    if made < len(calls):
        tool, arguments = calls[made]
        return Step(tool=tool, arguments=arguments)
    return Step(text=f"{made} calls made.")


def specialist(
    name: str, *tools: str, policy: Policy = does, bounds: Bounds | None = None, **about: Any
) -> Specialist[AppointmentStore]:
    registry = some(*tools)
    return Specialist(
        agent=Agent(
            name=name,
            version=f"{name}-1",
            policy=f"You are {name}.",
            tools=registry,
            permissions=registry.permissions(),
            bounds=bounds or Bounds(),
        ),
        purpose=f"It does {name}.",
        model=lambda: scripted(policy),
        **about,
    )


def head(*tools: str, **changes: Any) -> Agent[AppointmentStore]:
    return Agent(
        name="head",
        version="team-1",
        policy="You lead.",
        tools=some("transfer_to_human", *tools),
        permissions=changes.pop("permissions", APPOINTMENT_TOOLS.permissions()),
        **changes,
    )


def desk_team(*head_tools: str, **recovery: Any) -> Team[AppointmentStore]:
    about = {"recovery": Recovery(**recovery)}
    return Team(
        head(*head_tools),
        [specialist("bookings", *BOOKINGS, **about), specialist("payments", *PAYMENTS, **about)],
        shared=("case",),
    )


def failing_team() -> Team[AppointmentStore]:
    """A clerk who books, charges and then breaks down; what was done is taken back."""

    def step(context: Sequence[Message]) -> Step:
        if sum(each.role == "tool" for each in context) == 3:
            raise ModelError("gone")
        return does(context)

    recovery = Recovery(attempts=1, then="compensate")
    clerk = specialist("clerk", *BOOKINGS, *PAYMENTS, policy=step, recovery=recovery)
    return Team(head(), [clerk])


def delegates_all(context: Sequence[Message]) -> Step:
    """The head's policy: the first message is a booking and a charge for the clerk."""
    if any(each.role == "tool" for each in context):
        return Step(text="I am sorry.")
    calls = [
        ("find_customer", {"email": "customer1@example.com"}),
        ("book_slot", {"customer_id": "customer_1", "slot_id": "haircut_1"}),
        ("charge_card", {"customer_id": "customer_1", "amount_cents": 500, "purpose": "deposit"}),
    ]
    return Step(tool="delegate_to_clerk", arguments={"task": json.dumps(calls)})


def leads(script: Script, direct: Callable[[str], bool] = lambda _: False) -> Policy:
    """The head's policy: delegates the script's calls to who has the tool, or makes some itself."""

    def step(context: Sequence[Message]) -> Step:
        asked = [place for place, each in enumerate(context) if each.role == "user"]
        exchange = script.exchanges[len(asked) - 1]
        done = sum(each.role == "tool" for each in context[asked[-1] :])
        groups = [(who, list(calls)) for who, calls in groupby(exchange.calls, lambda call: _who(call[0]))]
        steps = []
        for who, calls in groups:
            if direct(who):
                steps += [Step(tool=tool, arguments=arguments) for tool, arguments in calls]
            else:
                steps.append(Step(tool=f"delegate_to_{who}", arguments={"task": json.dumps(calls)}))
        return steps[done] if done < len(steps) else Step(text=exchange.answer)

    return step


def _who(tool: str) -> str:
    return "bookings" if tool in BOOKINGS else "payments"


def converse(
    team: Team[AppointmentStore],
    policy: Policy,
    store: AppointmentStore,
    ledger: LedgerStore,
    events: list[AgentEvent],
    *,
    carrier: Deliver = deliver,
    clock: Clock | None = None,
    **more: Any,
) -> SupervisedConversation[AppointmentStore]:
    clock = clock or ReplayClock(START_NS)
    return SupervisedConversation(
        team=team,
        model=more.pop("model", None) or scripted(policy),
        store=store,
        ledger=ledger,
        emitter=Emitter(
            conversation_id=store.conversation_id,
            tenant_id="salon",
            agent_version=team.head.version,
            clock=clock,
            ids=live_event_id,
            sink=events.append,
        ),
        clock=clock,
        carrier=carrier,
        **more,
    )
