"""``make test`` in two processes: what needs a stack stays together, and the rest goes file by file."""

import pytest

from tests.sharing import ROOT, ByStackOrFile, arrange, group_of

STACKS = frozenset({"stack", "faulty", "played"})


def test_a_test_on_a_stack_or_the_shared_broker_is_in_a_file_of_that_group(
    request: pytest.FixtureRequest,
) -> None:
    for item in request.session.items:
        assert isinstance(item, pytest.Function)
        if STACKS.intersection(item.fixturenames):
            assert group_of(item.path) == "stack", item.nodeid
        elif "broker" in item.fixturenames:
            assert group_of(item.path) == "broker", item.nodeid


@pytest.mark.parametrize("shared_out", [True, False], ids=["two processes", "one process"])
def test_stacks_stay_together_and_the_sessions_own_starts_last_of_them(
    request: pytest.FixtureRequest, shared_out: bool
) -> None:
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    arrange(items, shared_out=shared_out)
    groups = [group_of(item.path) for item in items]
    assert groups == sorted(groups, key=[None, "broker", "stack"].index, reverse=shared_out)
    on_stacks = ["stack" in item.fixturenames and not hasattr(item.module, "stack") for item in items]
    of_group = [last for last, group in zip(on_stacks, groups, strict=True) if group == "stack"]
    assert of_group == sorted(of_group)


def test_a_file_without_a_group_is_a_unit_of_its_own() -> None:
    scheduler = ByStackOrFile.__new__(ByStackOrFile)
    for nodeid, scope in {
        "tests/test_sharing.py::test_x[a::b]": "tests/test_sharing.py",
        "tests/faults/test_faults.py::test_x[poison]": "stack",
        "tests/main_job/test_demo.py::test_x": "stack",
        "tests/streaming/test_spool.py::test_x": "broker",
    }.items():
        assert (ROOT / nodeid.split("::")[0]).is_file()
        assert scheduler._split_scope(nodeid) == scope
