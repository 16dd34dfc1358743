"""Masks the values of JSON documents where they stand, so that everything else stays byte for byte."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from pipelines.pii.fields import is_plain_field, kind_of_field
from pipelines.pii.kinds import PLACEHOLDER

_PART: Final = re.compile(r'(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>-?\d[\d.eE+-]*)|[{}\[\],:]')
_PLACEHOLDER: Final = re.compile(PLACEHOLDER)


class Value(Struct, frozen=True):
    """A string or a number of a document.

    Attributes:
        start: Where its literal begins in the document.
        end: Where the literal ends.
        path: Names of the fields that lead to it, outermost first.
        text: What it says.
    """

    start: int
    end: int
    path: tuple[str, ...]
    text: str


def is_document(text: str) -> bool:
    """Whether a text is a JSON object or array."""
    if text.lstrip()[:1] not in {"{", "["}:
        return False
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def mask_documents(documents: Sequence[str], mask: Callable[[Sequence[str]], Sequence[str]]) -> list[str]:
    """Masks the values of JSON documents.

    Fields whose names say what they hold are masked as a whole, ids stay, all other strings
    go through ``mask``; so do strings that are documents themselves.

    Args:
        documents: Texts for which :func:`is_document` holds.
        mask: Masks many texts.
    """
    values = [list(_values(document)) for document in documents]
    free = [value.text for some in values for value in some if _is_free(value)]
    masked = dict(zip(free, mask(free), strict=True))
    return [
        _replaced(document, [(value, _new(value, masked)) for value in some])
        for document, some in zip(documents, values, strict=True)
    ]


def _is_free(value: Value) -> bool:
    """Whether what the value says must be read."""
    named = kind_of_field(value.path) is not None or is_plain_field(value.path)
    return not named and any(c.isalnum() for c in value.text)


def _new(value: Value, masked: dict[str, str]) -> str:
    kind = kind_of_field(value.path)
    if kind is None or not value.text.strip():
        return masked.get(value.text, value.text) if _is_free(value) else value.text
    return value.text if _PLACEHOLDER.fullmatch(value.text) else kind.placeholder


def _replaced(document: str, values: Sequence[tuple[Value, str]]) -> str:
    parts, end = list[str](), 0
    for value, new in values:
        if new != value.text:
            parts += [document[end : value.start], json.dumps(new, ensure_ascii=document.isascii())]
            end = value.end
    return "".join(parts) + document[end:]


def _values(document: str) -> Iterator[Value]:
    """The strings and numbers of a document that are values, in their order."""
    path, waiting = list[str | None](), None
    for match in _PART.finditer(document):
        part = match.group()
        if part in "{[":
            path.append(waiting)
            waiting = None
        elif part in "}]":
            path.pop()
            waiting = None
        elif part == ",":
            waiting = None
        elif match["text"] and _names_a_field(document, match.end()):
            waiting = str(json.loads(part))
        elif match["text"] or match["number"]:
            names = tuple(name for name in (*path, waiting) if name is not None)
            said = str(json.loads(part)) if match["text"] else part
            yield Value(match.start(), match.end(), names, said)


def _names_a_field(document: str, end: int) -> bool:
    return document[end : end + 16].lstrip()[:1] == ":"
