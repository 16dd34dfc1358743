"""What was spelled: digits in words, letters by the radio alphabet, signs by their names."""

import re
from collections.abc import Iterator
from typing import Final

from analytics.evals.leaks.folding import fold
from analytics.evals.leaks.words import DIGITS, RADIO, SIGNS, TEENS, TENS

_WORD: Final = re.compile(r"[^\W_]+")
_AS_IN: Final = re.compile(
    r"(?<!['’\w])([a-z0-9])[ ,]+(?:as in|for|like in|like|wie|come|como|comme) +[^\W\d_]+"
)
_NUMBERS: Final = {
    **{fold(word): value for words in DIGITS.values() for value, word in enumerate(words)},
    **{word: value for value, word in enumerate((*DIGITS["en"], *TEENS))},
    **{word: 10 * value for value, word in enumerate(TENS, start=2)},
    "oh": 0,
    "nought": 0,
    "zwo": 2,
}
_SCALES: Final = {"hundred": 100, "thousand": 1_000}
_REPEATS: Final = {"double": 2, "triple": 3}
_RADIO: Final = {
    **{word: letter for letter, word in RADIO.items()},
    "alfa": "a",
    "juliett": "j",
    "whisky": "w",
}


def spelled(folded: str, *, merged: bool = True) -> str:
    """A folded text with what is spelled in words as characters, and nothing between them.

    Args:
        folded: The text.
        merged: Whether "thirty eight" is 38; else it is 308.
    """
    return "".join(spelled_words(folded, merged=merged))


def spelled_words(folded: str, *, merged: bool = True) -> Iterator[str]:
    """The same, word by word."""
    numbers = list[str]()
    for word in _WORD.findall(_AS_IN.sub(r"\1", folded.replace("x-ray", "xray"))):
        if word in _NUMBERS or word in _SCALES or word in _REPEATS or (numbers and word == "and"):
            numbers.append(word)
            continue
        yield from _said(numbers, merged=merged)
        numbers.clear()
        if word not in SIGNS:
            yield _RADIO.get(word, word)
    yield from _said(numbers, merged=merged)


def positions(folded: str) -> str:
    """Numbers from 1 to 26 as the letters of the alphabet, and nothing between."""
    return "".join(_letter(word) for word in _WORD.findall(folded))


def _letter(word: str) -> str:
    is_position = word.isdecimal() and len(word) <= 2 and 1 <= int(word) <= 26
    return chr(ord("a") - 1 + int(word)) if is_position else word


def _said(numbers: list[str], *, merged: bool) -> Iterator[str]:
    if any(word in _SCALES for word in numbers):
        yield str(_value(numbers))
        return
    times, tens = 1, 0
    for word in numbers:
        if word in _REPEATS:
            times = _REPEATS[word]
            continue
        value = _NUMBERS.get(word)
        if value is None:
            continue
        if merged and tens and 0 < value < 10:
            yield str(tens + value)
            tens = 0
            continue
        if tens:
            yield str(tens)
        tens = value if value >= 20 else 0
        if not tens:
            yield str(value) * times
        times = 1
    if tens:
        yield str(tens)


def _value(numbers: list[str]) -> int:
    total = current = 0
    for word in numbers:
        if word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total, current = total + max(current, 1) * 1_000, 0
        else:
            current += _NUMBERS.get(word, 0)
    return total + current
