from collections.abc import AsyncIterator

import pytest

from tests.agent_runtime.models.misbehaving import MisbehavingEndpoint, misbehaving_endpoint


@pytest.fixture
async def served() -> AsyncIterator[MisbehavingEndpoint]:
    async with misbehaving_endpoint() as endpoint:
        yield endpoint


@pytest.fixture
async def also_served() -> AsyncIterator[MisbehavingEndpoint]:
    async with misbehaving_endpoint() as endpoint:
        yield endpoint
