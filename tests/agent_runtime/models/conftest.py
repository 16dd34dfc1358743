from collections.abc import Iterator

import pytest

from tests.agent_runtime.models.misbehaving import MisbehavingEndpoint, misbehaving_endpoint


@pytest.fixture(scope="session")
def endpoints() -> Iterator[tuple[MisbehavingEndpoint, MisbehavingEndpoint]]:
    with misbehaving_endpoint() as one, misbehaving_endpoint() as two:
        yield one, two


@pytest.fixture
def served(endpoints: tuple[MisbehavingEndpoint, MisbehavingEndpoint]) -> MisbehavingEndpoint:
    endpoints[0].forget()
    return endpoints[0]


@pytest.fixture
def also_served(endpoints: tuple[MisbehavingEndpoint, MisbehavingEndpoint]) -> MisbehavingEndpoint:
    endpoints[1].forget()
    return endpoints[1]
