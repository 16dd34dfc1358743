"""Headers of a record as one JSON text: how bronze and the dead letters keep them (spec F1).

An object with every header in its order; a name that comes twice stands twice. A value is a
text, ``{"base64": …}`` where it is not UTF-8, or null. SQL reads one with
``headers->>'ce_type'``. The stream writes it (``HeaderText.java``).
"""

import base64
import json
from collections.abc import Iterable

from streaming.errors import MalformedEventError

RawHeaders = list[tuple[str, bytes | None]]
"""Names and values in the order of the record."""


def decode_headers(text: str) -> RawHeaders:
    """The headers as produced, byte for byte.

    Raises:
        MalformedEventError: The text is not what the stream writes.
    """
    try:
        match json.loads(text, object_pairs_hook=tuple):  # an object is a tuple, an array a list
            case tuple(pairs):
                return [(name, _bytes(value)) for name, value in pairs]
    except (ValueError, TypeError) as cause:
        raise MalformedEventError(f"headers are not a JSON object of texts: {text[:200]!r}") from cause
    raise MalformedEventError(f"headers are not a JSON object: {text[:200]!r}")


def encode_headers(headers: Iterable[tuple[str, bytes | None]]) -> str:
    """The text of headers."""
    return "{" + ",".join(f"{_quoted(name)}:{_value(value)}" for name, value in headers) + "}"


def _bytes(value: object) -> bytes | None:
    match value:
        case None:
            return None
        case str(text):
            return text.encode()
        case tuple([("base64", str(encoded))]):
            return base64.b64decode(encoded, validate=True)
        case _:
            raise TypeError(value)


def _value(value: bytes | None) -> str:
    if value is None:
        return "null"
    try:
        return _quoted(value.decode())
    except UnicodeDecodeError:
        return '{"base64":"' + base64.b64encode(value).decode() + '"}'


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
