"""The words and signs that letters and digits are spelled with; they stand in ``words.toml``."""

import tomllib
from importlib.resources import files
from string import ascii_lowercase, digits
from typing import Final

_TOLD: Final = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def _split(table: str, name: str) -> tuple[str, ...]:
    return tuple(str(_TOLD[table][name]).split())


DIGITS: Final = {language: _split("digits", language) for language in _TOLD["digits"]}
"""0 to 9 by language."""
TEENS: Final = _split("numbers", "teens")
"""10 to 19."""
TENS: Final = _split("numbers", "tens")
"""20 to 90."""
RADIO: Final = dict(zip(ascii_lowercase, _split("letters", "radio"), strict=True))
OBJECTS: Final = dict(zip(ascii_lowercase, _split("letters", "objects"), strict=True))
MORSE: Final = dict(zip(ascii_lowercase + digits, _split("letters", "morse"), strict=True))
SIGNS: Final = frozenset(_split("signs", "said"))
"""Names of signs, and what is said between letters."""
