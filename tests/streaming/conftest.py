"""Fixtures of the event backbone."""

from collections.abc import Iterator

import pytest

from tests.streaming.broker import Broker, running_broker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker for the session; a test makes a topic of its own, and leaves the broker running."""
    with running_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running
