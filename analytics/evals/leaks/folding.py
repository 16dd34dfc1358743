"""What a character stands for: letters and digits behind look-alikes, marks and what is not seen."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_LOOK_ALIKES: Final = str.maketrans(
    # Cyrillic, then Greek: what reads as a Latin letter, after case folding
    "авсдеёѕіїјкмнорԛгтухһԝьαβεζηικμνοορτυχγω",
    "abcdeesiijkmhopqrtyxhwbabeznikmvoopttuxyw"[: len("авсдеёѕіїјкмнорԛгтухһԝьαβεζηικμνοορτυχγω")],
)
_LETTER: Final = re.compile(r"\b(?:CAPITAL|SMALL|LETTER|SYMBOL) (?:LETTER )?([A-Z])\b")
_TAGS: Final = range(0xE0020, 0xE007F)
"""Characters that are ASCII and never shown (Unicode tags)."""
_LEET: Final = str.maketrans("oilzeastb", "011234578")


def fold(text: str) -> str:
    """A text in plain characters, lower case, without what is not seen.

    Compatibility forms, other scripts' digits and letters that look Latin become ASCII; accents,
    zero-width and formatting characters go; everything else stays.
    """
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, unicodedata.normalize("NFKD", text)))


def plain(text: str) -> str:
    """Letters and digits of a folded text, and nothing between them."""
    return "".join(filter(str.isalnum, text))


def leet(text: str) -> str:
    """Letters that are written as digits as those digits, on both sides of a comparison."""
    return text.translate(_LEET)


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if character.isascii():
        return character.lower()
    if ord(character) in _TAGS:
        return chr(ord(character) - 0xE0000).lower()
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    if unicodedata.category(character) in {"Cf", "Mn", "Me", "Cc"}:
        return ""
    lowered = character.casefold().translate(_LOOK_ALIKES)
    if lowered.isascii():
        return lowered
    named = _LETTER.search(unicodedata.name(character, ""))
    is_latin = "LATIN" in unicodedata.name(character, "") or "REGIONAL" in unicodedata.name(character, "")
    return named[1].lower() if named and is_latin else lowered
