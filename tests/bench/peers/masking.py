"""The masks of our job in Python: the same patterns, the same look before the work."""

import re
from typing import Final

from streaming.flink.masks import MASKS

_COMPILED: Final = {mask.name: (re.compile(mask.pattern, re.ASCII), mask.replacement) for mask in MASKS}
_NUMBERS: Final = tuple(compiled for name, compiled in _COMPILED.items() if name != "email")
# The first character decides for most of a text, before any pattern is tried.
_ANY_NUMBER: Final = re.compile(
    rf"(?=[\d(+A-Z])(?:{'|'.join(f'(?:{pattern.pattern})' for pattern, _ in _NUMBERS)})", re.ASCII
)
_EMAIL, _EMAIL_REPLACEMENT = _COMPILED["email"]


def masked(text: str) -> str:
    """A JSON text without structured personal data."""
    if "@" in text:
        text = _EMAIL.sub(_EMAIL_REPLACEMENT, text)
    while _ANY_NUMBER.search(text) is not None:
        for pattern, replacement in _NUMBERS:
            text = pattern.sub(replacement, text)
    return text
