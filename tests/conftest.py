"""Fixtures that every room may use."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from tests.sharing import ByStackOrFile, arrange

if TYPE_CHECKING:
    from tests.stack import StackUnderTest

# How long an example takes says more about the process beside this one than about what is tested.
settings.register_profile("shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared machine")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    arrange(items, shared_out=hasattr(config, "workerinput"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByStackOrFile:
    return ByStackOrFile(config, log)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[StackUnderTest]":
    """The real stack on free ports: broker, stream engine, catalog and the running job.

    One a session: a test looks at what it sent itself.
    """
    from tests.stack import start_stack  # noqa: PLC0415 - drags the whole stack into tests that need none

    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TURNSTONE_STREAMING_BIG_TENANTS", '["tenant-big"]')
        with start_stack(tmp_path_factory.mktemp("stack")) as running:
            yield running
