"""``make test`` in two processes: what needs a stack stays together, and the rest goes file by file."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.sharing import ByStackOrFile, arrange


class Item(SimpleNamespace):
    """As much of a test as is looked at."""

    def add_marker(self, mark: pytest.MarkDecorator) -> None:
        self.nodeid += f"@{mark.args[0]}"  # as pytest-xdist does


def item(nodeid: str, *fixtures: str, own_stack: bool = False) -> Any:
    return Item(
        nodeid=nodeid, fixturenames=fixtures, module=SimpleNamespace(**{"stack": 1} if own_stack else {})
    )


def made() -> list[Any]:
    return [
        item("a.py::one[x@y::z]"),
        item("a.py::two", "stack", "tmp_path"),
        item("b.py::one", "stack", own_stack=True),
        item("c.py::one", "played", "page"),
        item("d.py::one", "broker"),
        item("d.py::two"),
    ]


def test_in_one_process_the_sessions_stack_runs_beside_nothing() -> None:
    items = made()
    arrange(items, shared_out=False)
    assert [one.nodeid for one in items] == [
        "a.py::one[x@y::z]",
        "d.py::two",
        "d.py::one",
        "b.py::one",
        "c.py::one",
        "a.py::two",
    ]


def test_in_two_processes_stacks_come_first_and_stay_together() -> None:
    items = made()
    arrange(items, shared_out=True)
    assert [one.nodeid for one in items][:3] == ["b.py::one@stack", "c.py::one@stack", "a.py::two@stack"]

    split = ByStackOrFile._split_scope
    scheduler = ByStackOrFile.__new__(ByStackOrFile)
    assert [split(scheduler, one.nodeid) for one in items] == [
        *["stack"] * 3,
        "broker",
        "a.py",
        "d.py",
    ]
