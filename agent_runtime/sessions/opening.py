"""The store of sessions that the settings name (spec A8)."""

from pathlib import Path
from urllib.parse import urlsplit

from agent_runtime.sessions.errors import UnsafeStoreError
from agent_runtime.sessions.lane import LanePolicy
from agent_runtime.sessions.sqlite import sqlite_store
from agent_runtime.sessions.store import SessionStore
from agent_runtime.settings import SessionSettings


async def open_session_store(settings: SessionSettings) -> SessionStore:
    """Opens the store; its tables are made where they are missing.

    Args:
        settings: Where it is.

    Raises:
        SessionStoreError: It did not answer.
        UnsafeStoreError: It keeps nothing when it restarts, or is none that is known.
    """
    scheme = urlsplit(settings.store).scheme
    if scheme == "":
        return sqlite_store(Path(settings.store), synchronous=settings.sqlite_synchronous)
    if scheme in {"postgres", "postgresql"}:
        from agent_runtime.sessions.postgres import postgres_store  # noqa: PLC0415 - of the group `stores`

        return await postgres_store(
            settings.store, connections=settings.connections, timeout_s=settings.timeout_s
        )
    if scheme in {"redis", "rediss", "unix"}:
        from agent_runtime.sessions.redis import redis_store  # noqa: PLC0415 - of the group `stores`

        return await redis_store(
            settings.store, connections=settings.connections, timeout_s=settings.timeout_s
        )
    raise UnsafeStoreError(
        f"no sessions are kept at {scheme}://…: TURNSTONE_RUNTIME_SESSION_STORE takes a file, "
        "postgresql://… or redis://…"
    )


def lane_policy(settings: SessionSettings) -> LanePolicy:
    """How a lane holds and gives up, as the settings say."""
    return LanePolicy(lease_s=settings.lease_s, attempts=settings.attempts)
