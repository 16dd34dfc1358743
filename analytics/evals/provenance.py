"""Which code made a grade."""

import subprocess
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from msgspec import Struct

_ROOT: Final = Path(__file__).parents[2]
_SOURCES: Final = ("agent_runtime", "analytics/evals")
"""What decides how a conversation goes and is graded."""


class Code(Struct, frozen=True, kw_only=True):
    """The code of this process.

    Attributes:
        commit: The commit that is checked out, ``unknown`` outside a repository.
        digest: Digest of the sources of runtime and graders, uncommitted changes included.
    """

    commit: str
    digest: str


@lru_cache(maxsize=1)
def code() -> Code:
    """The code that runs here."""
    asked = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=_ROOT, capture_output=True, text=True, check=False
    )
    sources = sha256()
    for folder in _SOURCES:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".toml"}:
                sources.update(str(path.relative_to(_ROOT)).encode())
                sources.update(path.read_bytes())
    return Code(commit=asked.stdout.strip() or "unknown", digest=sources.hexdigest()[:12])
