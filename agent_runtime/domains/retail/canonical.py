"""The canonical text of a document: the same for equal states, whatever the key order.

Mappings become pairs sorted by key, lists keep their order, and ``1`` differs from
``1.0``. Written as Python writes nested tuples, which is the form that the public
benchmark hashes, so that its recorded digests can be compared with ours.
"""

from collections.abc import Iterable, Mapping
from typing import Any


def canonical_text(value: Any) -> str:
    """The canonical text of a JSON value."""
    if isinstance(value, Mapping):
        return mapping_text((key, canonical_text(value[key])) for key in sorted(value))
    if isinstance(value, list | tuple):
        return _tuple_text([canonical_text(each) for each in value])
    return repr(value)


def mapping_text(entries: Iterable[tuple[str, str]]) -> str:
    """The canonical text of a mapping from its keys, sorted, and the canonical texts of its values."""
    return _tuple_text([f"({key!r}, {text})" for key, text in entries])


def _tuple_text(parts: list[str]) -> str:
    trailing = "," if len(parts) == 1 else ""
    return f"({', '.join(parts)}{trailing})"
