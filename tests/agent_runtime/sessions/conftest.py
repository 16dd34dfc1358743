"""One fixture that is each store in turn, on a real server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import pytest

from agent_runtime.sessions.opening import open_session_store
from agent_runtime.sessions.store import SessionStore
from agent_runtime.settings import SessionSettings

OpenStore = Callable[[], Awaitable[SessionStore]]
"""Opens one more connection to the same sessions, as another process would."""


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where sessions are kept, of each kind in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "sessions.db")
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def prefix() -> str:
    """What tells this test's tenants and keys from another's on the same server."""
    return f"{uuid4().hex[:8]}-"


async def open_at(address: str) -> SessionStore:
    return await open_session_store(SessionSettings(store=address))


@pytest.fixture
async def open_store(address: str) -> AsyncIterator[OpenStore]:
    opened: list[SessionStore] = []

    async def another() -> SessionStore:
        opened.append(await open_at(address))
        return opened[-1]

    yield another
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> SessionStore:
    return await open_store()
