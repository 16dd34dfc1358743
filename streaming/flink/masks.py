"""Patterns of structured personal data, written once for SQL and for tests.

They run on JSON text, in Java (Flink's ``REGEXP_REPLACE``) and in Python alike, so they
keep to what both understand. Three rules hold for all of them: a match never starts
inside a JSON escape, a replacement leaves the JSON valid, and the ids of shops (orders,
products, parcels, users, payment methods), prices and plain numbers stay as they are.
"""

from typing import Final, NamedTuple


class Mask(NamedTuple):
    """A pattern, what stands in its place, and a character that every match contains."""

    name: str
    pattern: str
    replacement: str
    contains: str | None = None


_HEX: Final = "[0-9A-Fa-f]"
_NOT_IN_ESCAPE: Final = r"(?<!\\)(?<!\\u)" + "".join(rf"(?<!\\u{_HEX * n})" for n in (1, 2, 3))
_NUMBER_STARTS: Final = rf"(?:(?<![\w#.+-])|(?<=\\[bfnrt])|(?<=\\u{_HEX * 4}))"
_NUMBER_ENDS: Final = r"(?![\w-]|\.\d)"
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"

MASKS: Final = (
    Mask(
        "email",
        rf"{_NOT_IN_ESCAPE}[A-Za-z0-9._%+-]{{1,64}}@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}})+",
        "[EMAIL]",
        contains="@",
    ),
    Mask(
        "payment_card_grouped",
        rf"(?=[2-6]){_NUMBER_STARTS}\d{{4}}(?:[ -]\d{{4}}[ -]\d{{4}}[ -]\d{{1,7}}|[ -]\d{{6}}[ -]\d{{4,5}})"
        rf"{_NUMBER_ENDS}",
        "[CARD]",
    ),
    # Digits for digits: a bare run of them may be a JSON number, which must stay one.
    Mask(
        "payment_card_plain",
        rf"(?=[3-6]\d{{14}})(?<!_ns\":){_NUMBER_STARTS}\d{{15,16}}{_NUMBER_ENDS}",
        "9999999999999999",
    ),
    Mask(
        "social_security_number",
        rf"(?=\d\d\d-){_NUMBER_STARTS}\d{{3}}-\d{{2}}-\d{{4}}{_NUMBER_ENDS}",
        "[SSN]",
        contains="-",
    ),
    Mask(
        "ip_address",
        rf"(?=\d){_NUMBER_STARTS}(?:{_OCTET}\.){{3}}{_OCTET}{_NUMBER_ENDS}",
        "[IP]",
        contains=".",
    ),
    Mask(
        "phone",
        rf"(?=[\d(+]){_NUMBER_STARTS}"
        r"(?:\+\d{1,3}(?:[ .-]?(?:\(\d{1,4}\)|\d{1,4})){2,5}"
        r"|(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4})"
        rf"{_NUMBER_ENDS}",
        "[PHONE]",
    ),
)
"""In the order in which they are applied."""


def mask_sql(column: str) -> str:
    """The SQL expression that masks a text column."""
    expression = column
    for mask in MASKS:
        replaced = f"REGEXP_REPLACE({expression}, '{_quoted(mask.pattern)}', '{mask.replacement}')"
        if mask.contains is None:
            expression = replaced
        else:
            expression = (
                f"CASE WHEN POSITION('{mask.contains}' IN {column}) > 0 THEN {replaced} ELSE {expression} END"
            )
    return expression


def _quoted(text: str) -> str:
    return text.replace("'", "''")
