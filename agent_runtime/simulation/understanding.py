"""Reads the words of a customer: the scripted agent's only way to know what is wanted."""

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from agent_runtime.simulation.wording import Wish

_WISHES: Final[tuple[tuple[str, Wish], ...]] = (
    (r"\bhuman\b|real person", "human"),
    (r"\bquestion: ", "help"),
    (r"refuses? .*gift card|gift card( code)? is refused", "refused_card"),
    (r"\bcancel\b", "cancel"),
    (r"\bexchange\b|\bswap\b", "exchange"),
    (r"\breturn\b|send something back", "return"),
    (r"address (of|in) my (account|profile)|default address", "profile_address"),
    (r"(change|update|wrong)[^.?]* address", "order_address"),
    (r"payment method of|pay for an order in another way", "payment"),
    (r"tracking number", "tracking"),
    (r"in total|total of", "total"),
    (r"cheapest", "price"),
    (r"% discount", "discount"),
)
"""In order of precedence."""
_EMAIL: Final = re.compile(r"[\w.]+@[\w.]+\w")
_NAME_ZIP: Final = re.compile(r"name is (\w+) (\w+),? .*?zip code is (\d{5})", re.IGNORECASE)
_ORDER: Final = re.compile(r"#W\d{7}")
_DESCRIBED: Final = re.compile(r"the one with the ([^.]+)\.")
_ITEMS: Final = re.compile(r"It is about ([^.]+)\.")
_OPTIONS: Final = re.compile(r"I would like ([^.]+) instead")
_QUESTION: Final = re.compile(r"question: ([^?]+)\?")
_PERCENT: Final = re.compile(r"(\d+) % discount")
_METHOD: Final = re.compile(r"my (credit card|paypal|gift card)", re.IGNORECASE)
_ADDRESS: Final = re.compile(
    r"new address is (?P<address1>[^,]+), (?P<address2>[^,]+), (?P<city>[^,]+), "
    r"(?P<state>[A-Z]{2}) (?P<zip>\d{5}), (?P<country>\w+)"
)


class Address(Struct, frozen=True):
    """An address as the tools take it."""

    address1: str
    address2: str
    city: str
    state: str
    country: str
    zip: str


class Words(Struct, frozen=True, kw_only=True):
    """What a customer has made known so far; None where nothing was said.

    Attributes:
        wish: What is wanted.
        email: The latest address given.
        name_zip: First name, last name, zip code.
        order_id: The order's number.
        described: A product of the order, where its number is not known.
        items: Names of the products that the wish is about, as one text.
        options: What an exchanged item should be like.
        reason: Why an order is cancelled, as the tool wants it.
        method: Source of the payment method to use, such as ``paypal``.
        address: The new address.
        question: What is asked of the help center.
        percent: The discount asked for.
        everything: All that was said.
    """

    wish: Wish | None
    email: str | None
    name_zip: tuple[str, str, str] | None
    order_id: str | None
    described: str | None
    items: str | None
    options: str | None
    reason: str | None
    method: str | None
    address: Address | None
    question: str | None
    percent: int | None
    everything: str


def understand(messages: Sequence[str]) -> Words:
    """Reads all messages of a customer, oldest first."""
    text = "\n".join(messages)
    emails = _EMAIL.findall(text)
    name_zip = _NAME_ZIP.search(text)
    order = _ORDER.search(text)
    method = _first(_METHOD, text)
    address = _ADDRESS.search(text)
    percent = _first(_PERCENT, text)
    return Words(
        wish=next((wish for each in messages if (wish := _wish(each))), None),
        email=emails[-1] if emails else None,
        name_zip=(name_zip[1], name_zip[2], name_zip[3]) if name_zip else None,
        order_id=order[0] if order else None,
        described=_first(_DESCRIBED, text),
        items=_first(_ITEMS, text),
        options=_first(_OPTIONS, text),
        reason=_reason(text),
        method=method.lower().replace(" ", "_") if method else None,
        address=Address(**address.groupdict()) if address else None,
        question=_first(_QUESTION, text),
        percent=int(percent) if percent else None,
        everything=text,
    )


def agrees(message: str) -> bool:
    """Whether a reply to a yes-or-no question is a yes."""
    return re.search(r"\byes\b", message, re.IGNORECASE) is not None


def _wish(message: str) -> Wish | None:
    return next((wish for pattern, wish in _WISHES if re.search(pattern, message, re.IGNORECASE)), None)


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[1] if found else None


def _reason(text: str) -> str | None:
    if "by mistake" in text:
        return "ordered by mistake"
    return "no longer needed" if "no longer need" in text else None
