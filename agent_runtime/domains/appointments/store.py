"""The desk's database: bookings of its own, and two services that keep money and cards.

Each writes as its kind does in the field. Bookings are rows of our own database. The card processor
knows idempotency keys, as payment providers do. The gift card service knows none, but keeps the caller's
reference and can be asked for it.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from agent_runtime.errors import ToolRefusal
from agent_runtime.ledger import RememberedEffects, transaction

_SQL: Final = {path.stem: path.read_text() for path in (Path(__file__).parent / "sql").glob("*.sql")}

SERVICES: Final = ("haircut", "massage", "eye test")
CUSTOMERS: Final = 20
SLOTS_OF_SERVICE: Final = 8

Changes = dict[str, list[tuple[Any, ...]]]
"""Rows that a conversation wrote, by table."""


class AppointmentDatabase:
    """The desk's database, with some invented customers and slots. Use it from one thread.

    Args:
        path: The SQLite file, made if missing; in memory where it is left out.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.connection = sqlite3.connect(path or ":memory:", isolation_level=None, timeout=10)
        self.connection.execute("pragma journal_mode = wal")
        self.connection.execute("pragma synchronous = normal")
        self.connection.executescript(_SQL["schema"])
        RememberedEffects.prepare(self.connection)
        with transaction(self.connection):
            self.connection.executemany(
                "insert or ignore into customers (id, email, name) values (?, ?, ?)",
                [(customer_id(n), f"customer{n}@example.com", f"Customer {n}") for n in range(CUSTOMERS)],
            )
            self.connection.executemany(
                "insert or ignore into slots (id, service, starts_at, price_cents) values (?, ?, ?, ?)",
                [
                    (slot_id(service, n), service, f"2026-12-{n + 1:02d}T10:00:00Z", 2_000 + 500 * n)
                    for service in SERVICES
                    for n in range(SLOTS_OF_SERVICE)
                ],
            )

    def store(self, conversation_id: str) -> "AppointmentStore":
        """What one conversation reads and writes."""
        return AppointmentStore(self.connection, conversation_id)

    def close(self) -> None:
        """Closes the file."""
        self.connection.close()


class AppointmentStore:
    """The desk in one conversation.

    Args:
        connection: The desk's database.
        conversation_id: Who writes.
    """

    def __init__(self, connection: sqlite3.Connection, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self._connection = connection
        self._remembered = RememberedEffects(connection, conversation_id)

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Writes once under a key; see :class:`~agent_runtime.execution.RemembersEffects`."""
        return self._remembered.once(key, act)

    def customer(self, email: str) -> dict[str, Any]:
        """A customer by e-mail address.

        Raises:
            ToolRefusal: Nobody has it.
        """
        found = self._one("customer_by_email", email=email)
        if found is None:
            raise ToolRefusal("customer not found")
        return {"customer_id": found[0], "name": found[1]}

    def slots(self, service: str) -> list[dict[str, Any]]:
        """The slots of a service, earliest first."""
        rows = self._connection.execute(_SQL["slots_of_service"], {"service": service})
        return [{"slot_id": slot, "starts_at": at, "price_cents": price} for slot, at, price in rows]

    def book(self, customer: str, slot: str) -> str:
        """Books a slot; each call is another booking.

        Returns:
            The booking's id.

        Raises:
            ToolRefusal: There is no such slot.
        """
        if self._one("slot_exists", slot_id=slot) is None:
            raise ToolRefusal("slot not found")
        return f"B{self._number('insert_booking', customer_id=customer, slot_id=slot)}"

    def release(self, booking_id: str) -> None:
        """Gives a slot back.

        Raises:
            ToolRefusal: There is no such booking.
        """
        if self._one("release_booking", number=_number_in(booking_id)) is None:
            raise ToolRefusal("booking not found")

    def charge(self, customer: str, amount_cents: int, key: str | None) -> str:
        """Charges the customer's card: once for a key, and each time where there is none.

        Returns:
            The charge's id.
        """
        with transaction(self._connection):
            known = self._one("charge_by_key", key=key) if key else None
            number = known[0] if known else None
            if number is None:
                number = self._number(
                    "insert_charge", customer_id=customer, amount_cents=amount_cents, key=key
                )
        return f"C{number}"

    def refund(self, charge_id: str) -> None:
        """Gives a charge back.

        Raises:
            ToolRefusal: There is no such charge.
        """
        if self._one("refund_charge", number=_number_in(charge_id)) is None:
            raise ToolRefusal("charge not found")

    def issue_card(self, customer: str, amount_cents: int, recipient: str, reference: str) -> str:
        """Issues a gift card; each call is another one, whatever the reference.

        Returns:
            The card's id.
        """
        values = {"customer_id": customer, "amount_cents": amount_cents, "recipient": recipient}
        return f"G{self._number('insert_gift_card', **values, reference=reference)}"

    def card_of(self, reference: str) -> str | None:
        """The card that was issued under a reference."""
        found = self._one("gift_card_by_reference", reference=reference)
        return None if found is None else f"G{found[0]}"

    def changes(self) -> Changes:
        """What the conversation wrote; equal for two stores in equal states."""
        scope = {"conversation_id": self.conversation_id}
        return {
            table: self._connection.execute(_SQL[f"changed_{table}"], scope).fetchall()
            for table in ("bookings", "charges", "gift_cards")
        }

    def _number(self, statement: str, **values: Any) -> int:
        found = self._one(statement, **values)
        return int(found[0]) if found else 0

    def _one(self, statement: str, **values: Any) -> tuple[Any, ...] | None:
        scoped = {"conversation_id": self.conversation_id, **values}
        rows = self._connection.execute(_SQL[statement], scoped).fetchall()
        return rows[0] if rows else None


def customer_id(number: int) -> str:
    """The id of an invented customer."""
    return f"customer_{number}"


def slot_id(service: str, number: int) -> str:
    """The id of an invented slot."""
    return f"{service.replace(' ', '_')}_{number}"


def _number_in(identity: str) -> int:
    digits = identity[1:]
    return int(digits) if digits.isdigit() else 0
