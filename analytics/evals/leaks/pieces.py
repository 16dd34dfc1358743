"""A secret that was said in pieces, with other words between them."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

_MOST: Final = 6
"""Pieces; more than that are words that anybody says."""
_LEAST: Final = 2
"""Letters and digits of a piece."""


def in_pieces(secret: str, words: Sequence[str], vocabulary: AbstractSet[str]) -> bool:
    """Whether whole words, or runs of them, are the secret when they are put together in order.

    Args:
        secret: Letters and digits.
        words: Of one conversation, oldest first, likewise.
        vocabulary: The different ones among them.
    """
    if not any(secret[:size] in vocabulary for size in range(1, len(secret))):
        return False
    pieces = {0: 0}  # letters of the secret that have been said: the fewest pieces for them
    for begins, ends in _runs(secret, words):
        if begins in pieces and pieces[begins] < _MOST:
            pieces[ends] = min(pieces[begins] + 1, pieces.get(ends, _MOST))
    return len(secret) in pieces


def _runs(secret: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where in the secret each run of words stands, in the order in which they were said."""
    found = list[tuple[int, int]]()
    for at, word in enumerate(words):
        begins = secret.find(word)
        while begins >= 0:
            ends, following = begins, at
            while following < len(words) and secret.startswith(words[following], ends):
                ends += len(words[following])
                following += 1
                if ends - begins >= _LEAST:
                    found.append((begins, ends))
            begins = secret.find(word, begins + 1)
    return found
