"""Finds postal addresses by their grammar: house number, street, unit, town, state, postcode, country."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from pipelines.pii.address_parts import is_code, is_elided, is_house, is_state, is_street, is_unit, zones_of
from pipelines.pii.cues import ADDRESS_INTRODUCED, BEFORE_A_POSTCODE, BEFORE_AN_ADDRESS, REACH
from pipelines.pii.kinds import Kind, Span
from pipelines.pii.lexicon import Lexicon
from pipelines.pii.tokens import Token

_POSTCODE: Final = re.compile(r"\d{4,6}(?:-\d{3,4})?")
_LONGEST_POSTCODE: Final = 10
_BOX: Final = re.compile(
    r"\b(?:P\.? ?O\.? ?Box|PSC|Unit|CMR)\s+\d+(?:,? Box \d+)?(?:,?\s+(?:APO|FPO|DPO) [A-Z]{2} \d{5})?"
    r"|\b(?:USS|USNS|USNV|USCGC) \w+\s+(?:APO|FPO|DPO) [A-Z]{2} \d{5}"
)
_CORNER: Final = re.compile(r"\b(?:the )?(?:corner|intersection) of $", re.IGNORECASE)
_DOUBTFUL: Final = frozenset(
    {"drive", "way", "view", "point", "park", "court", "place", "close", "pass", "row", "gate"}
)
"""Words of streets that say something else as often."""
_NEAR: Final = 5
"""Tokens that may stand between a house number and the word of its street."""


def find_addresses(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> list[Span]:
    """Addresses, boxes and postcodes of a text.

    Args:
        text: The text.
        tokens: Its tokens.
        lexicon: Known words.
    """
    if not _may_have_one(text, tokens):
        return list(_postcodes(text, tokens, lexicon))
    found = [Span(match.start(), match.end(), Kind.ADDRESS) for match in _BOX.finditer(text)]
    for zone in zones_of(text, tokens, lexicon):
        start = zone[0].start
        introduced = bool(BEFORE_AN_ADDRESS.search(text, max(0, start - REACH), start))
        if _is_address(zone, introduced=introduced):
            corner = _CORNER.search(text, 0, start)
            kept = zone if corner else _trimmed(zone, lexicon)
            found.append(Span(corner.start() if corner else kept[0].start, kept[-1].end, Kind.ADDRESS))
    return found + list(_postcodes(text, tokens, lexicon))


def _may_have_one(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a text has what every address has: two of a number, a word of streets and a cue."""
    if _BOX.search(text):
        return True
    named = any(is_street(token) or is_unit(token) for token in tokens)
    numbers = [token.text for token in tokens if not token.text.isalpha() and is_house(token)]
    if named and numbers:
        return True
    coded = any(_POSTCODE.fullmatch(number) for number in numbers)
    return coded or ((named or bool(numbers)) and bool(ADDRESS_INTRODUCED.search(text)))


def _is_address(zone: Sequence[Token], *, introduced: bool) -> bool:
    numbers = [n for n, token in enumerate(zone) if token.number]
    letters = [token for token in zone if not token.number and len(token.text) > 1]
    if not letters:
        return False
    if introduced and (numbers or any(is_street(token) for token in letters[1:])):
        return any(token.capital or is_street(token) or is_unit(token) for token in letters)
    return bool(numbers) and (_has_unit(zone) or _has_street(zone, numbers) or _ends_in_postcode(zone))


def _has_unit(zone: Sequence[Token]) -> bool:
    return len(zone) > 3 and any(is_unit(word) and number.number for word, number in pairwise(zone))


def _has_street(zone: Sequence[Token], numbers: Sequence[int]) -> bool:
    """``443 Maple Drive``, ``Rua do Arenque 1634``, ``Puruntie 82``."""
    for n, token in enumerate(zone):
        if not is_street(token) or not any(0 < abs(n - m) <= _NEAR for m in numbers):
            continue
        beside = [*zone[max(0, n - 1) : n], *zone[n + 1 : n + 2]]
        named = any(each.capital for each in beside) or len(token.text) > 9
        doubtful = token.text.lower() in _DOUBTFUL or token.text.islower()
        if named and not (doubtful and len(zone) < 3):
            return True
    return False


def _ends_in_postcode(zone: Sequence[Token]) -> bool:
    """``Denver, CO 80280``, and a last line with a postcode below others."""
    lines = sum("\n" in token.before for token in zone[1:])
    for before, token in pairwise(zone):
        if token.number and _POSTCODE.fullmatch(token.text):
            if is_state(before) and len(zone) > 2:
                return True
            if lines >= 2 and before.capital:
                return True
    return False


def _trimmed(zone: list[Token], lexicon: Lexicon) -> list[Token]:
    """Without the names above or before it, and without words after its end."""
    first_number = next((n for n, token in enumerate(zone) if token.number), 0)
    lines = [n for n in range(1, first_number + 1) if "\n" in zone[n].before]
    commas = [n for n in range(1, first_number + 1) if "," in zone[n].before]
    if lines and zone[lines[-1]].number and not any(is_street(t) for t in zone[: lines[-1]]):
        zone = zone[lines[-1] :]
    elif commas and not any(is_street(token) for token in zone[:first_number]):
        zone = zone[commas[-1] :]
    while len(zone) > 1 and not _belongs(zone, lexicon):
        zone = zone[:-1]
    return zone


def _belongs(zone: Sequence[Token], lexicon: Lexicon) -> bool:
    """Whether the last token of a zone is part of the address."""
    token = zone[-1]
    if token.number or is_street(token) or is_unit(token) or is_state(token) or is_code(token):
        return True
    if lexicon.country(token.text) or lexicon.town(token.text):
        return True
    if lexicon.town(f"{zone[-2].text} {token.text}"):
        return True
    if token.text[0].islower():
        return is_elided(token)
    if token.initial or not lexicon.ordinary(token.text):
        return True
    return (token.before != " " or _in_later_part(zone)) and not _after_postcode(zone)


def _after_postcode(zone: Sequence[Token]) -> bool:
    """Whether the number before the last token is a postcode, which only a country follows."""
    number = next((n for n in range(len(zone) - 1, -1, -1) if zone[n].number), 0)
    return number > 0 and len(zone[number].text) == 5 and is_state(zone[number - 1])


def _in_later_part(zone: Sequence[Token]) -> bool:
    """Whether a comma or a line's end parts the last token from the last number or street."""
    for token in reversed(zone):
        if token.number or is_street(token) or is_unit(token):
            return False
        if token.before.strip(" "):
            return True
    return False


def _postcodes(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Span]:
    """``zip code is 19122``, ``in Denver, 80280`` and ``Amelia Silva, 19103``."""
    for n, token in enumerate(tokens):
        if token.text.isalpha() or len(token.text) > _LONGEST_POSTCODE:
            continue
        if not any(c.isdigit() for c in token.text):
            continue
        led = BEFORE_A_POSTCODE.search(text, max(0, token.start - REACH), token.start)
        if led or (n and _follows_somewhere(tokens[n - 1], token, lexicon)):
            yield Span(token.start, token.end, Kind.ADDRESS)


def _is_somewhere(token: Token, lexicon: Lexicon) -> bool:
    return is_state(token) or lexicon.town(token.text) or lexicon.country(token.text)


def _follows_somewhere(last: Token, token: Token, lexicon: Lexicon) -> bool:
    if len(token.text) != 5 or not token.text.isdigit() or token.before not in {", ", " ", " - "}:
        return False
    named = last.capital and last.text.isalpha() and not lexicon.ordinary(last.text)
    return named and (token.before != " " or _is_somewhere(last, lexicon))
