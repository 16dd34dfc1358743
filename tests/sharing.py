"""How ``make test`` shares the tests out between two processes: one waits for stacks, the other computes."""

from functools import cache
from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

ROOT: Final = Path(__file__).resolve().parents[1]
GROUPS: Final = {
    "stack": ("from tests.stack import", "from tests.main_job.played import"),
    "broker": ("from tests.streaming.broker import",),
}
"""What one process must have alone, and the imports by which a file of tests says that it needs it."""


class ByStackOrFile(LoadScopeScheduling):
    """The files of a group go to one process; all others one by one to whichever is free."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", maxsplit=1)[0]
        return group_of(ROOT / file) or file


@cache
def group_of(file: Path) -> str | None:
    """The group of a file of tests."""
    text = file.read_text(encoding="utf-8")
    return next((name for name, imports in GROUPS.items() if any(one in text for one in imports)), None)


def arrange(items: list[pytest.Function], *, shared_out: bool) -> None:
    """Puts the tests on stacks together, those on the session's stack last of them: it runs until the end.

    Args:
        items: The tests, put in another order in place.
        shared_out: Whether this is one of the two processes. Stacks then come first, as they take longest.
    """
    order = ["stack", "broker", None] if shared_out else [None, "broker", "stack"]
    items.sort(key=lambda item: (order.index(group_of(item.path)), _on_the_sessions_stack(item)))


def _on_the_sessions_stack(item: pytest.Function) -> bool:
    return "stack" in item.fixturenames and not hasattr(item.module, "stack")
