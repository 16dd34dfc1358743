"""Patterns of structured personal data, written once for the stream job and for tests.

They run on JSON text, in Java (``PersonalData.java``) and in Python (with
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
_STARTS: Final = rf"(?:(?<![\w#.+-])|{_AFTER_ESCAPE})"
_ENDS: Final = r"(?!\w|-\d|\.\d)"
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IBAN_COUNTRIES: Final = (
    "A[DELTZ]|B[AEGHIRY]|C[HRYZ]|D[EJKO]|E[EGS]|F[IKOR]|G[BEILRT]|H[NRU]|I[ELQST]|JO|K[WZ]|L[BCITUVY]"
    "|M[CDEKNRTU]|N[ILO]|OM|P[KLST]|QA|R[OSU]|S[ACDEIKMOTV]|T[LNR]|UA|V[AG]|XK|YE"
)

_EMAIL: Final = Mask(
    "email",
    # From the start of the run of characters on: one attempt a word, not one a letter.
    rf"(?:(?<![\w.%+\\-])|{_AFTER_ESCAPE})[\w.%+-]++@[A-Za-z0-9-]{{1,63}}(?:\.[A-Za-z0-9-]{{1,63}})+",
    "[EMAIL]",
)
_CARD_GROUPED: Final = r"(?=[2-6])\d{4}(?:[ -]\d{4}[ -]\d{4}[ -]\d{1,7}|[ -]\d{6}[ -]\d{4,5})"
# By the lengths and first digits of the card schemes. Shops number parcels with 12 digits and goods with 13
# (EAN), so cards that short are left; what the contract measures in ns is as long as a card and is none.
_CARD_PLAIN: Final = (
    r"(?=\d{14})(?<!_ns\":)(?:[3-6]\d{14,15}|[4-6]\d{16,18}|3(?:0[0-5]|[689]\d)\d{11}"
    r"|(?:2131|1800)\d{11}|2[2-7]\d{14})"
)
_SSN: Final = r"(?=\d\d\d-)\d{3}-\d{2}-\d{4}"
_IP: Final = rf"(?=\d{{1,3}}\.)(?:{_OCTET}\.){{3}}{_OCTET}"
_PHONE_INTERNATIONAL: Final = r"(?=\+\d)\+\d(?:[ .()-]{0,2}\d){7,14}(?: ?x\d{1,5})?"
_PHONE_NATIONAL: Final = r"(?=\(?0(?:[ .)-]{0,2}\d){8,11}(?!\d))\(?0\d{1,4}\)?(?:[ .-]\d{2,4}){2,4}"
_PHONE_NORTH_AMERICAN: Final = (
    r"(?:(?:001|1)[ .-])?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}(?: ?x\d{1,5})?"
)
_IBAN: Final = rf"(?=[A-Z]{{2}}\d\d)(?:{_IBAN_COUNTRIES})\d\d(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?"


_NUMBERS: Final = (
    Mask("bank_account", f"(?=[A-Z]){_STARTS}{_IBAN}{_ENDS}", "[IBAN]"),
    Mask("payment_card_grouped", f"(?=\\d){_STARTS}{_CARD_GROUPED}{_ENDS}", "[CARD]"),
    # Digits for digits: a bare run of them may be a JSON number, which must stay one.
    Mask("payment_card_plain", f"(?=\\d){_STARTS}{_CARD_PLAIN}{_ENDS}", "9999999999999999"),
    Mask("social_security_number", f"(?=\\d){_STARTS}{_SSN}{_ENDS}", "[SSN]"),
    Mask("ip_address", f"(?=\\d){_STARTS}{_IP}{_ENDS}", "[IP]"),
    Mask("phone_international", f"(?=[+]){_STARTS}{_PHONE_INTERNATIONAL}{_ENDS}", "[PHONE]"),
    Mask("phone_north_american", f"(?=[\\d(]){_STARTS}{_PHONE_NORTH_AMERICAN}{_ENDS}", "[PHONE]"),
    Mask("phone_national", f"(?=[0(]){_STARTS}{_PHONE_NATIONAL}{_ENDS}", "[PHONE]"),
)
ANY_NUMBER: Final = (
    rf"(?=[\d(+]){_STARTS}(?:{_CARD_GROUPED}|{_CARD_PLAIN}|{_SSN}|{_IP}|{_PHONE_INTERNATIONAL}"
    rf"|{_PHONE_NORTH_AMERICAN}|{_PHONE_NATIONAL}){_ENDS}|(?=[A-Z]){_STARTS}{_IBAN}{_ENDS}"
)
"""Finds what at least one of the numbers' masks finds: most texts are looked through once."""
MASKS: Final = (_EMAIL, *_NUMBERS)
"""In the order in which they are applied; the one of e-mail addresses is the first."""
