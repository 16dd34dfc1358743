"""Fixtures that every room may use."""

from collections.abc import Iterator

import pytest

from tests.stack import StackUnderTest, start_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """The real stack on free ports: broker, stream engine, catalog and the running job.

    One a session: a test looks at what it sent itself.
    """
    with start_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running
