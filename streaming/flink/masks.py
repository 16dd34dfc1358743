"""Patterns of structured personal data, written once for SQL and for tests.

They run on JSON text, in Java (Flink's ``REGEXP_REPLACE``) and in Python (with
``re.ASCII``) alike, so they keep to what both understand. Three rules hold for all of
them: a match never starts inside a JSON escape, a replacement leaves the JSON valid, and
the ids of shops (orders, products, parcels, users, payment methods), prices and plain
numbers stay as they are.
"""

from typing import Final, NamedTuple


class Mask(NamedTuple):
    """A pattern and what stands in its place."""

    name: str
    pattern: str
    replacement: str


_AFTER_ESCAPE: Final = r"(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4})"
_NUMBER_STARTS: Final = rf"(?:(?<![\w#.+-])|{_AFTER_ESCAPE})"
_NUMBER_ENDS: Final = r"(?![\w-]|\.\d)"
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"

EMAIL: Final = Mask(
    "email",
    # From the start of the run of characters on: one attempt a word, not one a letter.
    rf"(?:(?<![\w.%+\\-])|{_AFTER_ESCAPE})[\w.%+-]++@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}})+",
    "[EMAIL]",
)
NUMBERS: Final = (
    Mask(
        "payment_card_grouped",
        rf"(?=[2-6]){_NUMBER_STARTS}\d{{4}}(?:[ -]\d{{4}}[ -]\d{{4}}[ -]\d{{1,7}}|[ -]\d{{6}}[ -]\d{{4,5}})"
        rf"{_NUMBER_ENDS}",
        "[CARD]",
    ),
    # Digits for digits: a bare run of them may be a JSON number, which must stay one.
    # What the contract measures in ns is as long as a card number and is none.
    Mask(
        "payment_card_plain",
        rf"(?=[3-6]\d{{14}})(?<!_ns\":){_NUMBER_STARTS}\d{{15,16}}{_NUMBER_ENDS}",
        "9999999999999999",
    ),
    Mask(
        "social_security_number",
        rf"(?=\d\d\d-){_NUMBER_STARTS}\d{{3}}-\d{{2}}-\d{{4}}{_NUMBER_ENDS}",
        "[SSN]",
    ),
    Mask(
        "ip_address",
        rf"(?=\d{{1,3}}\.){_NUMBER_STARTS}(?:{_OCTET}\.){{3}}{_OCTET}{_NUMBER_ENDS}",
        "[IP]",
    ),
    Mask(
        "phone_international",
        rf"(?=\+\d){_NUMBER_STARTS}\+\d(?:[ .()-]{{0,2}}\d){{7,14}}{_NUMBER_ENDS}",
        "[PHONE]",
    ),
    Mask(
        "phone_north_american",
        rf"(?=[\d(]){_NUMBER_STARTS}(?:\(\d{{3}}\)[ .-]?|\d{{3}}[ .-])\d{{3}}[ .-]\d{{4}}{_NUMBER_ENDS}",
        "[PHONE]",
    ),
)
MASKS: Final = (EMAIL, *NUMBERS)
"""In the order in which they are applied."""


def mask_sql(column: str) -> str:
    """The SQL expression that masks a text column.

    Most texts hold none of it: those are looked through once and left alone.
    """
    without_email = _replace(column, EMAIL)
    masked = f"case when position('@' in {column}) > 0 then {without_email} else {column} end"
    any_number = "|".join(mask.pattern for mask in NUMBERS)
    numbers = masked
    for mask in NUMBERS:
        numbers = _replace(numbers, mask)
    return f"case when regexp({column}, '{_quoted(any_number)}') then {numbers} else {masked} end"


def _replace(expression: str, mask: Mask) -> str:
    return f"regexp_replace({expression}, '{_quoted(mask.pattern)}', '{mask.replacement}')"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
