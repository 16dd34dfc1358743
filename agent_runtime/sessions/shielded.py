"""A store whose calls are finished also when their caller is cancelled (spec A8)."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Accepted, Answer, Reply, Sender, Turn

T = TypeVar("T")


class ShieldedStore:
    """Runs each call of a store as a task of its own; implements ``SessionStore``.

    Cancelled in mid-call, client libraries give up connections, tell another error than the
    cancellation, or lose it altogether. Here the caller is cancelled at once and the call goes on.

    Args:
        store: What is called.
    """

    def __init__(self, store: SessionStore) -> None:
        self._store = store
        self._running: set[asyncio.Task[Any]] = set()

    async def accept(
        self, sender: Sender, message_id: str, text: str, *, customer_id: str | None = None
    ) -> Accepted | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.accept(sender, message_id, text, customer_id=customer_id))

    async def answer(self, sender: Sender, message_id: str) -> Answer | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.answer(sender, message_id))

    async def claim(self, session_id: str, owner: str, lease_s: float) -> Turn | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.claim(session_id, owner, lease_s))

    async def commit(self, turn: Turn, reply: Reply, lease_s: float) -> Turn | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.commit(turn, reply, lease_s))

    async def renew(self, turn: Turn, lease_s: float) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.renew(turn, lease_s))

    async def give_back(self, turn: Turn) -> None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        await self._call(self._store.give_back(turn))

    async def waiting(self, limit: int) -> list[str]:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.waiting(limit))

    async def idle(self, idle_s: float, *, skip: int, limit: int) -> list[str]:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.idle(idle_s, skip=skip, limit=limit))

    async def forget(self, session_id: str, idle_s: float) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.forget(session_id, idle_s))

    async def knows(self, session_id: str) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return await self._call(self._store.knows(session_id))

    async def close(self) -> None:
        """Waits for what still runs; the store itself stays open."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _call(self, call: Coroutine[Any, Any, T]) -> T:
        running = asyncio.create_task(call)
        self._running.add(running)
        running.add_done_callback(self._finished)
        return await asyncio.shield(running)

    def _finished(self, call: asyncio.Task[Any]) -> None:
        self._running.discard(call)
        if not call.cancelled():
            call.exception()  # looked at: its caller may be gone
