"""Finds towns, states and countries that stand alone."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from pipelines.pii.cues import BEFORE_A_PLACE, REACH, WITHIN_A_PLACE
from pipelines.pii.kinds import Kind, Span
from pipelines.pii.lexicon import Lexicon
from pipelines.pii.tokens import Seen, Token

_PLACES: Final = frozenset({"GPE", "LOC"})
_CONFUSED: Final = frozenset({"ORG", "FAC"})
"""What the model takes small towns for."""
_LONGEST: Final = 4
_STATE_FOLLOWS: Final = re.compile(r",? [A-Z]{2}\b")
_BETWEEN: Final = frozenset({" ", "-", ". "})


def find_places(
    text: str, tokens: Sequence[Token], seen: Sequence[Seen], lexicon: Lexicon, known: Collection[Span]
) -> list[Span]:
    """The places of a text, and what the model takes for one but is somebody.

    Arguments as of :func:`pipelines.pii.names.find_names`; ``known`` is what :func:`known_places` found.
    """
    found = list(known)
    for each in seen:
        led = any(_led(text, token, WITHIN_A_PLACE) for token in tokens if token.start == each.start)
        if each.label not in _PLACES and not (led and each.label in _CONFUSED):
            continue
        inside = [t for t in tokens if t.start < each.end and each.start < t.end]
        if any(place.overlaps(Span(each.start, each.end, Kind.PLACE)) for place in found):
            continue
        own = [t for t in inside if t.capital and t.text.isalpha() and not lexicon.ordinary(t.text)]
        if len(inside) == 1 and own and _may_be_person(text, own[0], lexicon):
            found.append(Span(own[0].start, own[-1].end, Kind.NAME))
        elif own and not all(t.text.isupper() and len(t.text) <= 4 for t in own):
            found.append(
                Span(inside[0].start if inside[0].capital else own[0].start, own[-1].end, Kind.PLACE)
            )
    return found


def _may_be_person(text: str, token: Token, lexicon: Lexicon) -> bool:
    """Whether the model's place is no town, or also a name, and nothing says where."""
    word = token.text
    if lexicon.country(word) or _led(text, token, BEFORE_A_PLACE):
        return False
    return lexicon.first_name(word) or not (lexicon.town(word) or lexicon.known(word) or len(word) <= 4)


def known_places(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Span]:
    """Places that a gazetteer has, or that nothing but a place can follow."""
    end = 0
    for n, token in enumerate(tokens):
        longest = lexicon.longest_place(token.text)
        if not longest or n < end:
            continue
        length = _length(text, tokens, n, lexicon, min(longest, _LONGEST))
        if length:
            end = n + length
            yield Span(token.start, tokens[end - 1].end, Kind.PLACE)


def _length(text: str, tokens: Sequence[Token], n: int, lexicon: Lexicon, longest: int) -> int:
    """How many tokens from the n-th on are the name of a place; 0 where none is."""
    for length in range(min(longest, len(tokens) - n), 0, -1):
        part = tokens[n : n + length]
        if any(token.before not in _BETWEEN for token in part[1:]):
            continue
        if _is_place(text, part, lexicon):
            return length
    return 0


def _is_place(text: str, part: Sequence[Token], lexicon: Lexicon) -> bool:
    name, capital = text[part[0].start : part[-1].end], part[0].capital
    if lexicon.country(name) and name.lower() != "us" and not lexicon.function_word(name):
        return capital or _led(text, part[0], BEFORE_A_PLACE)
    if lexicon.town(name):
        if not capital and (len(name) < 4 or lexicon.known(name)):
            return False
        if all(lexicon.ordinary(token.text) for token in part):
            return False
        if capital and (len(part) > 1 or _STATE_FOLLOWS.match(text, part[-1].end)):
            return True
        return _led(text, part[0], BEFORE_A_PLACE)
    unknown = capital and len(part) == 1 and lexicon.unknown(name)
    return unknown and _led(text, part[0], WITHIN_A_PLACE)


def _led(text: str, token: Token, cue: re.Pattern[str]) -> bool:
    return bool(cue.search(text, max(0, token.start - REACH), token.start))
