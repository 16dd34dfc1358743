"""How ``make test`` shares the tests out between two processes: one waits for stacks, the other computes."""

from typing import Final

import pytest
from xdist.scheduler import LoadGroupScheduling

STACKS: Final = frozenset({"stack", "faulty", "played"})
"""The fixtures that start a stack."""


class ByStackOrFile(LoadGroupScheduling):
    """A group of tests goes to one process; tests of no group go file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return super()._split_scope(nodeid).split("::")[0]


def group_of(item: pytest.Function) -> str | None:
    """What one process must have alone: the stacks, one after another, or the producer's broker."""
    if STACKS.intersection(item.fixturenames):
        return "stack"
    return "broker" if "broker" in item.fixturenames else None


def arrange(items: list[pytest.Function], *, shared_out: bool) -> None:
    """Puts the tests on stacks together, those on the session's stack last of them: it runs until the end.

    Args:
        items: The tests, put in another order in place.
        shared_out: Whether this is one of the two processes. Stacks then come first, as they take longest.
    """
    order = ["stack", "broker", None] if shared_out else [None, "broker", "stack"]
    items.sort(key=lambda item: (order.index(group_of(item)), _on_the_sessions_stack(item)))
    for item in items:
        if shared_out and (group := group_of(item)):
            item.add_marker(pytest.mark.xdist_group(group))


def _on_the_sessions_stack(item: pytest.Function) -> bool:
    return "stack" in item.fixturenames and not hasattr(item.module, "stack")
