"""The desk's tools: each write has no guard of its own, and is made to happen once in another way."""

import json
from typing import Annotated, Final

from msgspec import Meta

from agent_runtime.domains.appointments.store import AppointmentStore
from agent_runtime.tools import IdempotencyKey, Retry, ToolRegistry, tool

Cents = Annotated[int, Meta(ge=1, le=100_000)]


@tool(effect="read", essential=("customer_id", "name"))
def find_customer(store: AppointmentStore, email: str) -> str:
    """Look up a customer by e-mail address.

    Args:
        email: The customer's e-mail address, such as 'jane@example.com'.
    """
    return json.dumps(store.customer(email))


@tool(effect="read", essential=("slot_id", "starts_at", "price_cents"))
def list_slots(store: AppointmentStore, service: str) -> str:
    """List the slots of a service, earliest first.

    Args:
        service: What the customer wants, such as 'haircut'.
    """
    return json.dumps(store.slots(service))


@tool(
    effect="write",
    reversible=True,
    depends_on=["find_customer"],
    compensation="release_slot",
    permission="bookings.write",
    retry=Retry(attempts=3),
    fact="slot {slot_id} was booked for {customer_id}",
)
def book_slot(store: AppointmentStore, customer_id: str, slot_id: str) -> str:
    """Book a slot for a customer.

    Args:
        customer_id: The customer's id.
        slot_id: The slot's id, from list_slots.
    """
    return json.dumps({"booking_id": store.book(customer_id, slot_id), "slot_id": slot_id})


@tool(effect="write", idempotent=True, permission="bookings.write", fact="booking {booking_id} was released")
def release_slot(store: AppointmentStore, booking_id: str) -> str:
    """Give a booked slot back.

    Args:
        booking_id: The booking's id, such as 'B1'.
    """
    store.release(booking_id)
    return json.dumps({"booking_id": booking_id, "status": "released"})


@tool(
    effect="write",
    depends_on=["find_customer"],
    compensation="refund_charge",
    permission="payments.charge",
    identity=["customer_id", "amount_cents"],
    timeout_s=1,
    fact="{amount_cents} cents were charged to {customer_id}",
)
async def charge_card(
    store: AppointmentStore,
    customer_id: str,
    amount_cents: Cents,
    purpose: str,
    key: IdempotencyKey,
) -> str:
    """Charge the card that a customer has on file.

    Args:
        customer_id: The customer's id.
        amount_cents: How much, in cents.
        purpose: What for, in a few words.
    """
    charge_id = store.charge(customer_id, amount_cents, key or None)
    return json.dumps({"charge_id": charge_id, "amount_cents": amount_cents, "purpose": purpose})


@tool(
    effect="write",
    idempotent=True,
    permission="payments.refund",
    fact="charge {charge_id} was refunded",
)
def refund_charge(store: AppointmentStore, charge_id: str) -> str:
    """Give a charge back to the card.

    Args:
        charge_id: The charge's id, such as 'C1'.
    """
    store.refund(charge_id)
    return json.dumps({"charge_id": charge_id, "status": "refunded"})


def find_gift_card(
    store: AppointmentStore,
    *,
    key: str,
    customer_id: str,  # noqa: ARG001 - the reference alone tells
    amount_cents: int,
    recipient: str,
    note: str,  # noqa: ARG001 - as above
) -> str | None:
    """What became of a card: the answer of :data:`issue_gift_card`, or None where none was issued."""
    card_id = store.card_of(key)
    return None if card_id is None else _card(card_id, amount_cents, recipient)


@tool(
    effect="write",
    depends_on=["charge_card"],
    permission="gift_cards.issue",
    identity=["customer_id", "amount_cents", "recipient"],
    reconcile=find_gift_card,
    timeout_s=1,
    fact="a gift card of {amount_cents} cents was issued to {recipient}",
)
async def issue_gift_card(
    store: AppointmentStore,
    customer_id: str,
    amount_cents: Cents,
    recipient: str,
    *,
    key: IdempotencyKey,
    note: str = "",  # noqa: ARG001 - printed on the card
) -> str:
    """Issue a gift card that the customer has paid for.

    Args:
        customer_id: Who paid.
        amount_cents: What it is worth, in cents.
        recipient: Who gets it.
        note: What is printed on it.
    """
    return _card(store.issue_card(customer_id, amount_cents, recipient, key), amount_cents, recipient)


@tool(effect="terminal")
def transfer_to_human(store: AppointmentStore, summary: str) -> str:  # noqa: ARG001 - it is in the events
    """Hand the customer over to a human.

    Args:
        summary: What the customer wants and what was done so far.
    """
    return "Transfer successful"


def _card(card_id: str, amount_cents: int, recipient: str) -> str:
    return json.dumps({"card_id": card_id, "amount_cents": amount_cents, "recipient": recipient})


APPOINTMENT_TOOLS: Final[ToolRegistry[AppointmentStore]] = ToolRegistry(
    [
        find_customer,
        list_slots,
        book_slot,
        release_slot,
        charge_card,
        refund_charge,
        issue_gift_card,
        transfer_to_human,
    ]
)
