"""The untouched shop that every conversation starts from."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from agent_runtime.domains.retail.canonical import canonical_text
from agent_runtime.domains.retail.documents import KINDS, Kind
from agent_runtime.errors import DatasetNotFoundError, RecordingError

Documents = Mapping[str, Mapping[str, Any]]
"""Documents of one kind by id."""


class Shop(Struct, frozen=True):
    """Customers, products and orders before anybody talked.

    Attributes:
        texts: JSON text of each document by kind and id, in the order of the source.
        canonical: Canonical text of each document by kind and id, sorted by id.
    """

    texts: dict[Kind, dict[str, str]]
    canonical: dict[Kind, dict[str, str]]


def load_shop(source: Path | Mapping[str, Documents]) -> Shop:
    """Reads a shop.

    Args:
        source: A folder with ``users.json``, ``products.json`` and ``orders.json``, or
            the same three mappings in memory.

    Raises:
        DatasetNotFoundError: The folder or one of its files is missing.
        RecordingError: A file is not a JSON object of objects, or a kind is missing.
    """
    texts: dict[Kind, dict[str, str]] = {}
    canonical: dict[Kind, dict[str, str]] = {}
    for kind in KINDS:
        documents = _documents(source, kind)
        texts[kind] = {key: json.dumps(each) for key, each in documents.items()}
        canonical[kind] = {key: canonical_text(documents[key]) for key in sorted(documents)}
    return Shop(texts, canonical)


def _documents(source: Path | Mapping[str, Documents], kind: Kind) -> Documents:
    where = f"{source / kind}.json" if isinstance(source, Path) else f"mapping {kind!r}"
    many = _read(Path(where)) if isinstance(source, Path) else source.get(kind)
    if not isinstance(many, Mapping) or not all(isinstance(each, Mapping) for each in many.values()):
        raise RecordingError(f"{where}: expected {kind} by id, each an object; see the data set's README")
    return many


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        message = f"{path} is missing: point the setting at the folder that holds users, products and orders"
        raise DatasetNotFoundError(message) from cause
    except json.JSONDecodeError as cause:
        raise RecordingError(f"{path}, line {cause.lineno}: {cause.msg}; fetch the file again") from cause
