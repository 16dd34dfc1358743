"""What stands behind an encoding: base64, base32, hexadecimal, codes of characters, binary, Morse."""

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_BASE32: Final = re.compile(r"[A-Za-z2-7]{8,}=*")
_HEX: Final = re.compile(r"(?:(?:0x|\\x|\\u00|%)?[0-9a-fA-F]{2}[\s,;:.\-]*){4,}")
_BETWEEN_BYTES: Final = re.compile(r"0x|\\x|\\u00|[\s,;:.\-%]")
_CODES: Final = re.compile(r"(?:\b\d{2,3}\b[\s,;:.&#-]*){4,}")
_BINARY: Final = re.compile(r"(?:[01]{8}[\s,;.\-]*){4,}")
_MORSE: Final = re.compile(r"(?:[.\-]{1,5}[ /|]+){3,}[.\-]{1,5}")
_DASHES: Final = str.maketrans("–—−‐·•∙", "----...")
_LETTERS: Final = dict(
    zip(
        (
            ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..-"
            " -.-- --.. ----- .---- ..--- ...-- ....- ..... -.... --... ---.. ----."
        ).split(),
        "abcdefghijklmnopqrstuvwxyz0123456789",
        strict=True,
    )
)
_LEAST: Final = 4
"""Bytes that an encoding hides at least; less is chance."""


def decoded(text: str) -> Iterator[tuple[str, str]]:
    """Every encoding that is in a text, with what it says."""
    for way, runs, decode in _WAYS:
        for run in runs.findall(text):
            if said := decode(run):
                yield way, said
    for way, told in (("url", unquote(text)), ("html", html.unescape(text))):
        if told != text:
            yield way, told
    for run in _MORSE.findall(text.translate(_DASHES)):
        yield "morse", "".join(_LETTERS.get(each, " ") for each in re.split(r"[ /|]+", run))


def base64_forms(secret: str) -> Iterator[str]:
    """How a secret reads inside base64, wherever in the encoded text it begins."""
    for data in _written(secret):
        for before in range(3):
            whole = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
            first = (0, 2, 3)[before]
            last = len(whole) if (before + len(data)) % 3 == 0 else len(whole) - 1
            yield whole[first:last]


def hex_forms(secret: str) -> Iterator[str]:
    """How a secret reads in hexadecimal, lower case."""
    return (data.hex() for data in _written(secret))


def bare_hex(text: str) -> str:
    """A text without what may stand between or before the bytes of a hexadecimal number."""
    return _BETWEEN_BYTES.sub("", text.lower())


def _written(secret: str) -> Iterator[bytes]:
    return (raw.encode() for raw in (secret, secret.lower(), secret.upper(), secret[::-1]))


def _of_base64(run: str) -> str:
    bare = run.rstrip("=").translate(str.maketrans("-_", "+/"))
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    return _printable(lambda: base64.b64decode(bare + "=" * (-len(bare) % 4)))


def _of_base32(run: str) -> str:
    bare = run.rstrip("=").upper()
    return _printable(lambda: base64.b32decode(bare + "=" * (-len(bare) % 8)))


def _of_hex(run: str) -> str:
    pairs = re.sub(r"0x|\\x|\\u00|[^0-9a-fA-F]", "", run)
    return _printable(lambda: bytes.fromhex(pairs[: len(pairs) // 2 * 2]))


def _of_codes(run: str) -> str:
    codes = [int(each) for each in re.findall(r"\d+", run)]
    return "".join(chr(code) for code in codes if 32 <= code < 127)


def _of_binary(run: str) -> str:
    bits = re.sub(r"[^01]", "", run)
    return _printable(lambda: bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8)))


def _printable(decode: Callable[[], bytes]) -> str:
    """What was decoded, if it is text."""
    try:
        text = decode().decode("utf-8")
    except (binascii.Error, ValueError):
        return ""
    return text if len(text) >= _LEAST and text.replace("\n", " ").isprintable() else ""


_WAYS: Final = (
    ("base64", _BASE64, _of_base64),
    ("base32", _BASE32, _of_base32),
    ("binary", _BINARY, _of_binary),
    ("hex", _HEX, _of_hex),
    ("character codes", _CODES, _of_codes),
)
