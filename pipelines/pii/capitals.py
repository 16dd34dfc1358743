"""Runs of words with capital letters, cut into what could be one person's name."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from pipelines.pii.lexicon import Lexicon, words
from pipelines.pii.tokens import Token

_GLUE: Final = frozenset("/@_#=&.")
"""What stands before a word that is part of an address of the web or of an id."""


def runs_of(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Words with capital letters that follow each other, with ``de`` and ``van`` between them."""
    run, waiting = list[Token](), list[Token]()
    for token in tokens:
        joined = bool(run) and _joined((run + waiting)[-1], token)
        if joined and token.text in words("particles"):
            waiting.append(token)
            continue
        fits = _may_be_part(token)
        if fits and joined:
            run += [*waiting, token]
        else:
            yield from filter(None, [run])
            run = [token] if fits else []
        waiting = []
    yield from filter(None, [run])


def parts_of(run: Sequence[Token], lexicon: Lexicon) -> Iterator[list[Token]]:
    """A run without the words that are no part of a name."""
    part = list[Token]()
    for n, token in enumerate(run):
        if not _breaks(run, n, lexicon):
            part.append(token)
        elif part:
            yield part
            part = []
    if part:
        yield part


def is_titled(before: str) -> bool:
    """Whether a text ends with ``Mr.`` or another title."""
    last = before.rstrip(" .").rsplit(maxsplit=1)
    return bool(last) and last[-1].lower() in words("titles") and last[-1][0].isupper()


def _joined(last: Token, token: Token) -> bool:
    if last.possessive:
        return False
    abbreviated = last.initial or last.text.lower() in words("titles")
    return token.before == " " or (token.before == ". " and abbreviated)


def _may_be_part(token: Token) -> bool:
    return token.capital and _is_whole(token.text) and token.before[-1:] not in _GLUE


@lru_cache(maxsize=65_536)
def _is_whole(word: str) -> bool:
    return all(c.isalpha() or c in "-'’" for c in word)


def _breaks(run: Sequence[Token], n: int, lexicon: Lexicon) -> bool:
    word = run[n].text
    if word in words("particles"):
        return n == 0
    if run[n].initial:
        return n == 0 or lexicon.ordinary(run[n - 1].text)
    if not lexicon.ordinary(word):
        return word.lower() in words("titles") or _is_acronym(word, lexicon)
    if n > 0 and run[n - 1].text.lower() in words("titles") and not lexicon.function_word(word):
        return False
    return lexicon.product(word) or word.lower() in words("titles") or not _completes(run, n, lexicon)


def _completes(run: Sequence[Token], n: int, lexicon: Lexicon) -> bool:
    """Whether an ordinary word is half of a name: the ``Moore`` of Ethan, the ``Grace`` of Silva."""
    word = run[n].text
    if n > 0 and lexicon.last_name(word):
        first = run[n - 1].text
        if lexicon.first_name(first) and not lexicon.ordinary(first):
            return True
    if n + 1 < len(run) and lexicon.first_name(word):
        last = run[n + 1].text
        return lexicon.last_name(last) and not lexicon.ordinary(last)
    return False


def _is_acronym(word: str, lexicon: Lexicon) -> bool:
    return word.isupper() and len(word) <= 4 and not lexicon.first_name(word)
