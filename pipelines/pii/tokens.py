"""Words and numbers of a text, with where they stand."""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

from pipelines.pii.kinds import PLACEHOLDER

_TOKEN: Final = re.compile(
    rf"(?P<placeholder>{PLACEHOLDER})"
    r"|(?P<number>\d[\d/-]*(?:\.\d+|,\d{3}(?!\d))*[A-Za-z]?(?![^\W_]))"
    r"|(?P<word>[^\W_]+(?:['’][^\W\d_]+|-[^\W_]+)*)"
)
_POSSESSIVE: Final = re.compile(r"['’]s?$", re.IGNORECASE)


class Token(Struct, frozen=True):
    """A word, a number or a placeholder.

    Attributes:
        text: As written, a possessive ending cut off.
        start: Where it begins.
        end: Where it ends, the possessive ending left out.
        before: What stands between the token before and this one.
        possessive: Whether a possessive ending follows.
        capital: Whether it is a word that begins with a capital letter, or one of a script without them.
        number: Whether it begins with a digit.
        initial: Whether it is one capital letter.
        placeholder: Whether something was masked here.
    """

    text: str
    start: int
    end: int
    before: str
    possessive: bool
    capital: bool
    number: bool
    initial: bool
    placeholder: bool


class Seen(Struct, frozen=True):
    """What the language model takes some characters for, by its own label (``PERSON``, ``GPE``)."""

    start: int
    end: int
    label: str


@lru_cache(maxsize=8_192)
def tokens_of(text: str) -> list[Token]:
    """All tokens of a text in their order; kept for those who look at the same text next."""
    found, end = list[Token](), 0
    for match in _TOKEN.finditer(text):
        word, start = match.group(), match.start()
        before = text[end:start]
        end = match.end()
        word, traits = _read(word)
        found.append(Token(word, start, start + len(word), before, *traits))
        end = start + len(word)
    return found


@lru_cache(maxsize=65_536)
def _read(match: str) -> tuple[str, tuple[bool, bool, bool, bool, bool]]:
    """What a token says without a possessive ending, and the traits that do not depend on its place."""
    head = match[0]
    cut = _POSSESSIVE.search(match) if head != "[" and not head.isdigit() else None
    word = match[: cut.start()] if cut else match
    capital = head.isalpha() and (head != head.lower() or head == head.upper())
    return word, (cut is not None, capital, head.isdigit(), len(word) == 1 and word.isupper(), head == "[")
