"""Finds what has a form of its own: e-mail addresses, cards, accounts, phones, hosts, documents."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from pipelines.pii.kinds import Kind, Span

_REACH: Final = 48
_STARTS: Final = r"(?<![\w#.+@/$€£-])"
_ENDS: Final = r"(?!\w|-\w|[.,]\d)"
_OCTET: Final = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_HEX: Final = r"[0-9a-fA-F]{1,4}"
_EXTENSION: Final = r"(?: ?(?:x|ext\.?) ?\d{1,5})?"
_WORTH_A_LOOK: Final = re.compile(
    r"@|[(\[]at[)\]]|\d\D{0,3}\d\D{0,3}\d|[0-9a-f]:[:0-9a-f]",
    re.IGNORECASE,
)
_PHONE_WORDS: Final = (
    r"(?:tele)?phone|tel|mobile|cell|fax|(?:desk|office):|call|reach|text|ring|dial|whatsapp"
    r"|answer(?:ing)?|contact"
)
_NORTH_AMERICAN: Final = r"(?:(?:001|1)[ .-])?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[ .-]\d{4}"
_NATIONAL: Final = r"(?=\(?0(?:[ .)-]{0,2}\d){8,11}(?!\d))\(?0\d{1,4}\)?(?:[ .-]\d{2,4}){2,4}"
_NO_ORDER: Final = r"(?:(?!order|item|product|track|\bid\b|card|account|zip|#|price|\$)[^\d\n.?!])"


def luhn(text: str) -> bool:
    """Whether the digits of a text pass the check of card numbers (ISO/IEC 7812-1)."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = (2 * d - 9 * (d > 4) for d in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def iban_checks(text: str) -> bool:
    """Whether a text passes the check of account numbers (ISO 13616)."""
    compact = "".join(c for c in text if c.isalnum()).upper()
    as_number = "".join(str(int(c, 36)) for c in compact[4:] + compact[:4])
    return 15 <= len(compact) <= 34 and int(as_number) % 97 == 1


class _Form(Struct, frozen=True):
    """How a kind is written.

    Attributes:
        kind: What it is.
        pattern: Its form.
        led: What must stand before it; None where the form is enough.
        valid: A check of what has the form; None where there is none.
        needs: A character without which a text has nothing of the form.
    """

    kind: Kind
    pattern: re.Pattern[str]
    led: re.Pattern[str] | None = None
    valid: Callable[[str], bool] | None = None
    needs: str = ""


def _form(
    kind: Kind,
    pattern: str,
    *,
    led: str | None = None,
    between: str = r"[^\d\n]",
    valid: Callable[[str], bool] | None = None,
    needs: str = "",
) -> _Form:
    cue = None if led is None else re.compile(rf"\b(?:{led}){between}{{0,24}}$", re.IGNORECASE)
    return _Form(kind, re.compile(pattern, re.IGNORECASE if led else re.NOFLAG), cue, valid, needs)


_EMAILS: Final = (
    _form(Kind.EMAIL, r"(?<![\w.%+-])[\w.%+-]+@[\w-]+(?:\.[\w-]+)+", needs="@"),
    _form(
        Kind.EMAIL,
        r"(?<![\w.%+-])[\w.%+-]{2,} ?(?:\(at\)|\[at\]) ?[\w-]+(?: ?(?:\(dot\)|\[dot\]|\.) ?[a-z]{2,})+",
    ),
)
_IBAN: Final = rf"{_STARTS}[A-Z]{{2}}\d\d(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?{_ENDS}"
_ACCOUNTS: Final = (
    _form(Kind.IBAN, _IBAN, valid=iban_checks),
    _form(Kind.IBAN, _IBAN, led="iban|account|transfer"),
    _form(
        Kind.CARD,
        rf"{_STARTS}(?=[2-6])\d{{4}}(?:(?:[ -]\d{{4}}){{2}}[ -]\d{{1,7}}|[ -]\d{{6}}[ -]\d{{4,5}}){_ENDS}",
    ),
    _form(Kind.CARD, rf"{_STARTS}(?=[1-6])(?:\d{{14,16}}|\d{{18,19}}){_ENDS}", valid=luhn),
    _form(
        Kind.CARD,
        rf"{_STARTS}\d(?:[ -]?\d){{11,18}}{_ENDS}",
        led="cards?|cc|credit|debit|visa|mastercard|amex|maestro|discover",
        between=r"(?:(?!order|track|gift|item)[^\n])",
    ),
    _form(Kind.SSN, rf"{_STARTS}\d{{3}}-\d{{2}}-\d{{4}}{_ENDS}"),
    _form(
        Kind.SSN,
        rf"{_STARTS}\d{{3}}[ .]?\d{{2}}[ .]?\d{{4}}{_ENDS}",
        led="ssn|social(?: security)?(?: number)?",
    ),
    _form(
        Kind.DOCUMENT,
        rf"{_STARTS}(?=[\w-]*\d)[A-Z0-9][A-Z0-9-]{{5,19}}{_ENDS}",
        led="licen[sc]e|passport",
        between=r"(?:(?!order|item)[^\d\n])",
    ),
)
_HOSTS: Final = (
    _form(Kind.IP, rf"(?<![\w.+-])(?:{_OCTET}\.){{3}}{_OCTET}(?![\w-]|\.\d)", needs="."),
    _form(Kind.IP, rf"(?<![\w:.])(?:{_HEX}:){{7}}{_HEX}(?![\w:])", needs=":"),
    _form(Kind.IP, rf"(?<![\w:.])(?:{_HEX}:){{1,6}}(?::{_HEX}){{1,6}}(?![\w:])", needs=":"),
)
_LOCAL: Final = r"\(?\d(?:[ ()./-]{0,2}\d){6,14}"
_PHONES: Final = (
    _form(Kind.PHONE, rf"(?<![\w#.+@/])\+\d(?:[ .()/-]{{0,2}}\d){{7,14}}{_EXTENSION}{_ENDS}", needs="+"),
    _form(Kind.PHONE, rf"{_STARTS}{_NORTH_AMERICAN}{_EXTENSION}{_ENDS}"),
    _form(Kind.PHONE, rf"{_STARTS}{_NATIONAL}{_ENDS}"),
    _form(Kind.PHONE, rf"{_STARTS}{_LOCAL}{_EXTENSION}{_ENDS}", led=_PHONE_WORDS, between=_NO_ORDER),
    _form(Kind.PHONE, rf"{_STARTS}{_LOCAL}(?=[ -]*(?:[Oo]ffice|[Ff]ax|[Hh]ome|[Mm]obile|[Cc]ell)\b)"),
)
_FORMS: Final = (*_EMAILS, *_ACCOUNTS, *_HOSTS, *_PHONES)


def find_numbers(text: str) -> list[Span]:
    """What has the form of personal data; numbers that could be anything count after certain words only."""
    if not _WORTH_A_LOOK.search(text):
        return []
    return [span for form in _FORMS if form.needs in text for span in _found(text, form)]


def _found(text: str, form: _Form) -> Iterator[Span]:
    for match in form.pattern.finditer(text):
        if form.valid and not form.valid(match.group()):
            continue
        if form.led and not form.led.search(text, max(0, match.start() - _REACH), match.start()):
            continue
        yield Span(match.start(), match.end(), form.kind)
