"""Runs of words and numbers of which postal addresses are made."""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from pipelines.pii.lexicon import Lexicon, words
from pipelines.pii.tokens import Token

_WITHIN: Final = re.compile(r"[ \t]*[.,]?[ \t]*(?:\n[ \t>?]*)?,?[ \t]*(?:[#№/-]|N° ?|C/ ?)?[ \t]*")
_HOUSE: Final = re.compile(r"\d{1,6}[A-Za-z]?(?:[/-]\d{1,6}[A-Za-z]?)*")
_MIXED: Final = re.compile(r"(?=[A-Z0-9]*\d)[A-Z][A-Z0-9]{1,3}|\d[A-Z0-9][A-Z0-9]|\d{1,3}(?:st|nd|rd|th)")
_STATE: Final = re.compile(r"[A-Z]{2}")
_ELIDED: Final = re.compile(r"(?:d|l|dell|all|de l)['’]", re.IGNORECASE)
_LOWER: Final = frozenset(
    {"and", "of", "the", "do", "das", "les", "des", "na", "nad", "nan", "none", "null", "st", "c"}
)
"""Joins parts of an address; ``nan`` and ``null`` are what exports write where a field is empty."""
_CURRENCIES: Final = frozenset("$€£#")
_ABBREVIATION: Final = 4
"""Letters of a word up to which a point after it does not end a sentence."""


def zones_of(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[list[Token]]:
    """Runs of tokens that could be an address: numbers, words with capitals, what joins them."""
    zone = list[Token]()
    for token in tokens:
        fits = _fits(text, token, zone, lexicon)
        if zone and fits and _continues(zone[-1], token, lexicon):
            zone.append(token)
            continue
        yield from _closed(zone)
        zone = [token] if fits and (not token.text[0].islower() or is_street(token)) else []
    yield from _closed(zone)


def is_street(token: Token) -> bool:
    """Whether a word is one of streets, or ends like one: ``Avenue``, ``Hauptstraße``."""
    return _is_street(token.text)


def is_unit(token: Token) -> bool:
    """Whether a word numbers a part of a building: ``Suite``, ``Apt``."""
    return _is_unit(token.text)


def is_code(token: Token) -> bool:
    """Whether a token mixes letters and digits as postcodes and house numbers do."""
    return bool(_MIXED.fullmatch(token.text))


def is_house(token: Token) -> bool:
    """Whether a token could be the number of a house or a postcode."""
    return bool(_HOUSE.fullmatch(token.text)) or is_code(token)


def is_state(token: Token) -> bool:
    """Whether a token is written as states are: ``CO``."""
    return bool(_STATE.fullmatch(token.text))


def is_elided(token: Token) -> bool:
    """Whether a word begins with a shortened article: ``d'Ouchy``."""
    return bool(_ELIDED.match(token.text))


def _closed(zone: list[Token]) -> Iterator[list[Token]]:
    while zone and zone[-1].text in _LOWER | words("particles"):
        zone = zone[:-1]
    if zone:
        yield zone


def _fits(text: str, token: Token, zone: Sequence[Token], lexicon: Lexicon) -> bool:
    if token.placeholder or text[token.end : token.end + 1] in {":", "%", "@"}:
        return False
    if token.number:
        priced = token.before[-1:] in _CURRENCIES and not (zone and is_unit(zone[-1]))
        return not priced and is_house(token)
    if token.text[0].islower():
        return _fits_in_lower_case(token, zone, lexicon)
    if is_state(token):
        return any(each.number for each in zone)
    return _fits_with_a_capital(token, lexicon)


def _fits_with_a_capital(token: Token, lexicon: Lexicon) -> bool:
    low = token.text.lower()
    if any(c.isdigit() for c in low):
        return is_code(token)
    joins = lexicon.function_word(low) and low not in words("particles") and not is_street(token)
    return not joins and low not in words("measures")


def _fits_in_lower_case(token: Token, zone: Sequence[Token], lexicon: Lexicon) -> bool:
    word = token.text
    if word in _LOWER or word in words("particles") or is_street(token) or is_unit(token) or is_elided(token):
        return True
    begun = bool(zone) and zone[0].number
    return begun and word.isalpha() and not lexicon.function_word(word)


def _continues(last: Token, token: Token, lexicon: Lexicon) -> bool:
    if not _WITHIN.fullmatch(token.before) or last.possessive:
        return False
    abbreviated = len(last.text) <= _ABBREVIATION and not last.number
    if token.before.strip() == "." and not abbreviated:
        return last.number and (is_unit(token) or token.text == "and")
    ends_line = "\n" in token.before and "." in token.before
    return not (ends_line and lexicon.ordinary(token.text) and not is_unit(token))


@lru_cache(maxsize=65_536)
def _is_unit(word: str) -> bool:
    return word.lower() in words("units")


@lru_cache(maxsize=65_536)
def _is_street(written: str) -> bool:
    word = written.lower()
    return word in words("streets") or (len(word) > 5 and word.endswith(_street_ends()))


@cache
def _street_ends() -> tuple[str, ...]:
    return tuple(word[1:] for word in words("streets") if word.startswith("-"))
