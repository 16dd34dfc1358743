"""Scripted conversations at the desk: who says what, and which calls the agent makes to each message."""

import random
from collections.abc import Sequence

from msgspec import Struct

from agent_runtime.customers import CustomerMessage
from agent_runtime.domains.appointments.store import (
    CUSTOMERS,
    SERVICES,
    SLOTS_OF_SERVICE,
    customer_id,
    slot_id,
)
from agent_runtime.messages import Message
from agent_runtime.models.scripted import Step


class Exchange(Struct, frozen=True, kw_only=True):
    """One message and what the agent does about it.

    Attributes:
        says: The customer's words.
        calls: Tools by name with their arguments, one after the other.
        answer: The agent's words.
    """

    says: str
    calls: tuple[tuple[str, dict[str, str | int]], ...] = ()
    answer: str = "Done. Anything else?"


class Script(Struct, frozen=True):
    """A conversation: its exchanges, until the customer says goodbye."""

    exchanges: tuple[Exchange, ...]

    def step(self, context: Sequence[Message]) -> Step:
        """What the agent does next; see :data:`agent_runtime.models.scripted.Policy`."""
        asked = [place for place, each in enumerate(context) if each.role == "user"]
        exchange = self.exchanges[len(asked) - 1]
        done = sum(each.role == "tool" for each in context[asked[-1] :])
        if done < len(exchange.calls):
            tool, arguments = exchange.calls[done]
            return Step(tool=tool, arguments=arguments)
        return Step(text=exchange.answer)


class ScriptedCaller:
    """Says what the script has for the customer, then goodbye.

    Args:
        script: The conversation.
    """

    def __init__(self, script: Script) -> None:
        self._messages = [CustomerMessage(each.says) for each in script.exchanges]
        self._messages.append(CustomerMessage("Thanks, bye.", final=True))

    def opening(self) -> CustomerMessage:
        """The first message."""
        return self._messages.pop(0)

    def reply(self, agent_text: str) -> CustomerMessage | None:  # noqa: ARG002 - the words are scripted
        """The next message, whatever the agent said."""
        return self._messages.pop(0) if self._messages else None


def visit(seed: int) -> Script:
    """A customer books and pays, and buys a gift card; equal seeds give equal scripts."""
    rng = random.Random(seed)  # noqa: S311 - a script, no secret
    number = rng.randrange(CUSTOMERS)
    customer, service = customer_id(number), rng.choice(SERVICES)
    slot, worth = slot_id(service, rng.randrange(SLOTS_OF_SERVICE)), 500 * rng.randrange(2, 40)
    deposit = 100 * rng.randrange(1, 10) + 1
    return Script(
        (
            Exchange(
                says=f"A {service}, please. I am customer{number}@example.com.",
                calls=(
                    ("find_customer", {"email": f"customer{number}@example.com"}),
                    ("list_slots", {"service": service}),
                ),
                answer="Shall I book it?",
            ),
            Exchange(
                says="Yes, book it and take the deposit.",
                calls=(
                    ("book_slot", {"customer_id": customer, "slot_id": slot}),
                    ("charge_card", {"customer_id": customer, "amount_cents": deposit, "purpose": "deposit"}),
                ),
            ),
            Exchange(
                says="And a gift card for my sister.",
                calls=(
                    ("charge_card", {"customer_id": customer, "amount_cents": worth, "purpose": "gift card"}),
                    (
                        "issue_gift_card",
                        {"customer_id": customer, "amount_cents": worth, "recipient": "my sister"},
                    ),
                ),
            ),
        )
    )


def enquiry(steps: int) -> Script:
    """A long conversation: so many model calls, of which one in five writes."""
    customer = customer_id(1)
    exchanges = [Exchange(says="Hello.", calls=(("find_customer", {"email": "customer1@example.com"}),))]
    left, booked = steps - 2, 0
    while left > 0:
        calls: list[tuple[str, dict[str, str | int]]] = []
        for _ in range(min(3, left - 1)):
            calls.append(("list_slots", {"service": SERVICES[len(calls) % len(SERVICES)]}))
        if left - 1 - len(calls) > 0:
            calls.append(("book_slot", {"customer_id": customer, "slot_id": slot_id("haircut", booked)}))
            booked = (booked + 1) % SLOTS_OF_SERVICE
        exchanges.append(Exchange(says="And now?", calls=tuple(calls)))
        left -= len(calls) + 1
    return Script(tuple(exchanges))
