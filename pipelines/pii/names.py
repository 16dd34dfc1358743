"""Finds the names of people: known ones, introduced ones, and the ones that the model sees."""

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from msgspec import Struct

from pipelines.pii.capitals import is_titled, parts_of, runs_of
from pipelines.pii.cues import (
    AFTER_A_NAME,
    BEFORE_A_NAME,
    BEFORE_A_PLACE,
    BEFORE_ANY_NAME,
    NAME_INTRODUCED,
    REACH,
)
from pipelines.pii.kinds import Kind, Span
from pipelines.pii.lexicon import Lexicon, words
from pipelines.pii.tokens import Seen, Token

_PERSON: Final = "PERSON"
_PLACES: Final = frozenset({"GPE", "LOC", "FAC"})
_ELSE: Final = _PLACES | {"ORG"}
_COMPANY: Final = re.compile(
    r"['’]?s? (?:Inc|LLC|Ltd|Corp|Co|GmbH|AG|SA|Bank|Insurance|Group|Company|Corporation|Incorporated"
    r"|Partners|Labs?|Analytics|Research|Systems|Technologies|Software|Solutions|Associates|Holdings|Lines"
    r"|Media|Store)\b"
)
_LONGEST: Final = 5
_ALONE: Final = 5
"""Letters of a first name in lower case that is believed without anything else."""


class _Part(Struct, frozen=True):
    """Words that may be a name, and what stands around them."""

    tokens: Sequence[Token]
    whole: str
    before: str
    after: str
    inside: bool
    """Whether a word of the same sentence stands before it."""
    labels: frozenset[str]


def find_names(
    text: str, tokens: Sequence[Token], seen: Sequence[Seen], lexicon: Lexicon, places: Collection[Span] = ()
) -> list[Span]:
    """The names of people in a text.

    Args:
        text: The text.
        tokens: Its tokens.
        seen: What the language model sees in it; may be empty.
        lexicon: Known words.
        places: Known places, which are nobody unless the model sees somebody there.
    """
    low = text.lower()
    told = any(word in low for word in NAME_INTRODUCED)
    if not told and not any(lexicon.may_name(token.text) for token in tokens):
        return []
    found = list[Span]()
    for run in runs_of(tokens):
        if not told and not any(lexicon.may_name(token.text) for token in run):
            continue
        introduced = told and BEFORE_ANY_NAME.search(text, max(0, run[0].start - REACH), run[0].start)
        for words_of_part in [run] if introduced else parts_of(run, lexicon):
            part = _part(text, words_of_part, seen)
            span = Span(part.tokens[0].start, part.tokens[-1].end, Kind.NAME)
            elsewhere = any(place.start <= span.start and span.end <= place.end for place in places)
            if not (elsewhere and _PERSON not in part.labels) and _is_name(part, lexicon):
                found.append(span)
    return found + list(_in_lower_case(text, tokens, lexicon))


def _part(text: str, tokens: Sequence[Token], seen: Sequence[Seen]) -> _Part:
    start, end = tokens[0].start, tokens[-1].end
    return _Part(
        tokens=tokens,
        whole=text[start:end],
        before=text[max(0, start - REACH) : start],
        after=text[end : end + REACH],
        inside=tokens[0].before == " ",
        labels=frozenset(each.label for each in seen if each.start < end and start < each.end),
    )


def _is_name(part: _Part, lexicon: Lexicon) -> bool:
    if len(part.tokens) > _LONGEST or all(token.initial for token in part.tokens):
        return False
    if BEFORE_ANY_NAME.search(part.before):
        return not all(_no_name(token.text, lexicon) for token in part.tokens)
    if is_titled(part.before):
        return True
    own = [token.text for token in part.tokens if not lexicon.ordinary(token.text) and not token.initial]
    return bool(own) and _is_believed(part, own, lexicon)


def _is_believed(part: _Part, own: Sequence[str], lexicon: Lexicon) -> bool:
    """Whether words that are not all ordinary are a name, by what is known and stands around them."""
    cued = bool(BEFORE_A_NAME.search(part.before) or AFTER_A_NAME.match(part.after))
    led = bool(BEFORE_A_PLACE.search(part.before))
    place = lexicon.country(part.whole) or (lexicon.town(part.whole) and led and not cued)
    if place or _COMPANY.match(part.after):
        return False
    if _PERSON in part.labels:
        return True
    first = any(lexicon.first_name(word) for word in own)
    unknown = not any(lexicon.known(word) for word in own)
    if len(own) == 1:
        if first:
            return cued or not (part.labels & _ELSE and led)
        alone = lexicon.last_name(own[0]) and not part.labels & _PLACES and not led and part.inside
        return unknown and (cued or alone)
    last = "ORG" not in part.labels and any(lexicon.last_name(word) for word in own)
    return first or cued or last or unknown


def _no_name(word: str, lexicon: Lexicon) -> bool:
    if lexicon.function_word(word):
        return True
    return lexicon.ordinary(word) and not lexicon.first_name(word) and not lexicon.last_name(word)


def _in_lower_case(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> Iterator[Span]:
    """``my name is yusuf rossi``, and ``olga krylova`` anywhere."""
    all_lower = text.islower()
    for n, token in enumerate(tokens):
        if not _is_plain(token, lexicon):
            continue
        following = tokens[n + 1] if n + 1 < len(tokens) and tokens[n + 1].before == " " else None
        if following and (token.possessive or not _is_plain(following, lexicon)):
            following = None
        if _is_introduced(text, token, lexicon) or (all_lower and _is_alone(token.text, lexicon)):
            yield Span(token.start, following.end if following else token.end, Kind.NAME)
        elif following and lexicon.first_name(token.text) and lexicon.last_name(following.text):
            yield Span(token.start, following.end, Kind.NAME)


def _is_introduced(text: str, token: Token, lexicon: Lexicon) -> bool:
    before = text[max(0, token.start - REACH) : token.start]
    known = lexicon.first_name(token.text) or lexicon.last_name(token.text)
    return bool(BEFORE_ANY_NAME.search(before) or (known and BEFORE_A_NAME.search(before)))


def _is_alone(word: str, lexicon: Lexicon) -> bool:
    return len(word) >= _ALONE and lexicon.first_name(word) and not lexicon.known(word)


def _is_plain(token: Token, lexicon: Lexicon) -> bool:
    word = token.text
    plain = not token.capital and lexicon.may_name(word)
    return plain and word.isalpha() and word.islower() and word not in words("particles")
