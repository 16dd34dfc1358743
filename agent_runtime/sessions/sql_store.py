"""Sessions in SQL: the same statements on SQLite and on Postgres (spec A8).

Each method is one transaction that takes the lock of the row that it is about with its first
writing statement: the sender's row of ``identities``, or the session's of ``sessions``.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import uuid4

from msgspec import structs

from agent_runtime.sessions.errors import LeaseLostError
from agent_runtime.sessions.turns import Accepted, Answer, Reply, Sender, Turn

SQL_FOLDER: Final = Path(__file__).parent / "sql"
"""The statements, and a schema for each database."""
STATEMENTS: Final = {path.stem: path.read_text() for path in (SQL_FOLDER / "statements").glob("*.sql")}
"""Statements by name; values are written ``:name``."""


class Transaction(Protocol):
    """Statements that happen together or not at all."""

    async def rows(self, statement: str, **values: object) -> Sequence[tuple[Any, ...]]:
        """What a statement of :data:`STATEMENTS` returns; nothing where it returns nothing."""
        ...

    async def now_ns(self) -> int:
        """The time by which leases are judged, the same for all writers; ns since the epoch."""
        ...


class Database(Protocol):
    """Where transactions happen."""

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """One transaction: committed where the block ends well, else rolled back.

        Raises:
            SessionStoreError: The database did not answer.
        """
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...


class SqlSessionStore:
    """Implements :class:`~agent_runtime.sessions.store.SessionStore`.

    Args:
        database: Where the tables are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accept(
        self, sender: Sender, message_id: str, text: str, *, customer_id: str | None = None
    ) -> Accepted | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        who = _columns(sender)
        async with self._database.transaction() as tx:
            if customer_id is None:
                known = await tx.rows("lock_identity", **who)
            else:
                known = await tx.rows("bind_identity", **who, customer_id=customer_id)
            if not known:
                return None
            if found := await tx.rows("find_message", **who, message_id=message_id):
                return Accepted(session_id=found[0][0], seq=found[0][1], repeated=True)
            ((session_id, seq),) = await tx.rows(
                "number_message",
                session_id=str(uuid4()),
                tenant_id=sender.tenant_id,
                customer_id=known[0][0],
            )
            now_ns = await tx.now_ns()
            place = {"session_id": session_id, "seq": seq, "now_ns": now_ns}
            await tx.rows("queue_message", **place, **who, message_id=message_id, text=text)
        return Accepted(session_id=session_id, seq=seq, repeated=False)

    async def answer(self, sender: Sender, message_id: str) -> Answer | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            found = await tx.rows("find_message", **_columns(sender), message_id=message_id)
        for session_id, seq, text, failed in found:
            if text is not None:
                return Answer(session_id=session_id, seq=seq, text=text, failed=bool(failed))
        return None

    async def claim(self, session_id: str, owner: str, lease_s: float) -> Turn | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            now_ns = await tx.now_ns()
            until_ns = now_ns + _ns(lease_s)
            claimed = await tx.rows(
                "claim_session", session_id=session_id, owner=owner, now_ns=now_ns, lease_until_ns=until_ns
            )
            if not claimed:
                return None
            ((token, seq, customer_id, state),) = claimed
            return Turn(
                session_id=session_id,
                seq=seq,
                token=token,
                customer_id=customer_id,
                state=bytes(state),
                **await _begin(tx, session_id, seq),
            )

    async def commit(self, turn: Turn, reply: Reply, lease_s: float) -> Turn | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        place = {"session_id": turn.session_id, "seq": turn.seq}
        async with self._database.transaction() as tx:
            advanced = await tx.rows(
                "advance_session",
                **place,
                token=turn.token,
                state=reply.state,
                closes=int(reply.closes),
                lease_until_ns=await tx.now_ns() + _ns(lease_s),
            )
            if not advanced:
                raise LeaseLostError(f"{turn.key}: another writer has the session; the answer is not kept")
            await tx.rows("keep_answer", **place, answer=reply.text, failed=int(reply.failed))
            if advanced[0][0] == turn.seq:
                return None
            seq = turn.seq + 1
            begun = await _begin(tx, turn.session_id, seq)
            return structs.replace(turn, seq=seq, state=reply.state, **begun)

    async def renew(self, turn: Turn, lease_s: float) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            until_ns = await tx.now_ns() + _ns(lease_s)
            return bool(await tx.rows("renew_lease", **_lease(turn), lease_until_ns=until_ns))

    async def give_back(self, turn: Turn) -> None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            await tx.rows("give_back", **_lease(turn))

    async def waiting(self, limit: int) -> list[str]:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            found = await tx.rows("waiting", now_ns=await tx.now_ns(), limit=limit)
        return [session_id for (session_id,) in found]

    async def idle(self, idle_s: float, *, skip: int, limit: int) -> list[str]:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            found = await tx.rows("idle_sessions", **await _idle_since(tx, idle_s), skip=skip, limit=limit)
        return [session_id for (session_id,) in found]

    async def forget(self, session_id: str, idle_s: float) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            since = await _idle_since(tx, idle_s)
            if not await tx.rows("close_idle_session", session_id=session_id, **since):
                return False
            await tx.rows("forget_messages", session_id=session_id)
            await tx.rows("forget_session", session_id=session_id)
            return True

    async def knows(self, session_id: str) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        async with self._database.transaction() as tx:
            return bool(await tx.rows("known_session", session_id=session_id))

    async def close(self) -> None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        await self._database.close()


async def _begin(tx: Transaction, session_id: str, seq: int) -> dict[str, Any]:
    """The fields of a turn that its message has; the attempt is counted."""
    ((tenant_id, channel, channel_user, message_id, text, received_ns, attempt),) = await tx.rows(
        "begin_turn", session_id=session_id, seq=seq
    )
    return {
        "sender": Sender(tenant_id=tenant_id, channel=channel, channel_user=channel_user),
        "message_id": message_id,
        "text": text,
        "received_ns": received_ns,
        "attempt": attempt,
    }


async def _idle_since(tx: Transaction, idle_s: float) -> dict[str, int]:
    now_ns = await tx.now_ns()
    return {"now_ns": now_ns, "received_before_ns": now_ns - _ns(idle_s)}


def _columns(sender: Sender) -> dict[str, str]:
    return {
        "tenant_id": sender.tenant_id,
        "channel": sender.channel,
        "channel_user": sender.channel_user,
    }


def _lease(turn: Turn) -> dict[str, str | int]:
    return {"session_id": turn.session_id, "token": turn.token, "seq": turn.seq}


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
