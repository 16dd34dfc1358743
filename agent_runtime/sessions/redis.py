"""Sessions in Redis, for many processes on many machines (spec A8).

Every operation is one Lua script, so it happens whole. The server must write an append-only
file (``appendonly yes``, and ``appendfsync always`` where a failing power supply may cost nothing
either); a fail-over to a replica can lose what was not replicated yet. Not for Redis Cluster: a
script touches keys of several slots.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from msgspec import structs
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from agent_runtime.sessions.errors import LeaseLostError, SessionStoreError, UnsafeStoreError
from agent_runtime.sessions.turns import Accepted, Answer, Reply, Sender, Turn

_LUA: Final = {path.stem: path.read_text() for path in (Path(__file__).parent / "lua").glob("*.lua")}


class RedisSessionStore:
    """Implements :class:`~agent_runtime.sessions.store.SessionStore`.

    Args:
        client: Connections to the server.
        prefix: What all keys begin with.
    """

    def __init__(self, client: "Redis", prefix: str = "turnstone:") -> None:
        self._client = client
        self._prefix = prefix
        self._scripts = {name: client.register_script(text) for name, text in _LUA.items()}

    async def accept(
        self, sender: Sender, message_id: str, text: str, *, customer_id: str | None = None
    ) -> Accepted | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        found = await self._run("accept", *_who(sender), message_id, text, customer_id or "", str(uuid4()))
        if found is None:
            return None
        session_id, seq = _place(found[0])
        return Accepted(session_id=session_id, seq=seq, repeated=bool(found[1]))

    async def answer(self, sender: Sender, message_id: str) -> Answer | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        found = await self._run("answer", *_who(sender), message_id)
        if found is None:
            return None
        session_id, seq = _place(found[0])
        return Answer(session_id=session_id, seq=seq, text=found[1].decode(), failed=found[2] == b"1")

    async def claim(self, session_id: str, owner: str, lease_s: float) -> Turn | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        found = await self._run("claim", session_id, owner, _us(lease_s))
        if found is None:
            return None
        seq, token, attempt, customer, state, told = found
        return Turn(
            session_id=session_id,
            seq=seq,
            token=token,
            attempt=attempt,
            customer_id=customer.decode(),
            state=state,
            **_message(told),
        )

    async def commit(self, turn: Turn, reply: Reply, lease_s: float) -> Turn | None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        done, *following = await self._run(
            "commit",
            turn.session_id,
            turn.token,
            turn.seq,
            reply.text,
            int(reply.failed),
            reply.state,
            int(reply.closes),
            _us(lease_s),
        )
        if not done:
            raise LeaseLostError(f"{turn.key}: another writer has the session; the answer is not kept")
        if not following:
            return None
        attempt, told = following
        return structs.replace(turn, seq=turn.seq + 1, attempt=attempt, state=reply.state, **_message(told))

    async def renew(self, turn: Turn, lease_s: float) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return bool(await self._run("renew", turn.session_id, turn.token, turn.seq, _us(lease_s)))

    async def give_back(self, turn: Turn) -> None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        await self._run("renew", turn.session_id, turn.token, turn.seq, 0)

    async def waiting(self, limit: int) -> list[str]:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return [found.decode() for found in await self._run("waiting", limit)]

    async def idle(self, idle_s: float, *, skip: int, limit: int) -> list[str]:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return [found.decode() for found in await self._run("idle", _us(idle_s), skip, limit)]

    async def forget(self, session_id: str, idle_s: float) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return bool(await self._run("forget", session_id, _us(idle_s)))

    async def knows(self, session_id: str) -> bool:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        return bool(await self._run("known", session_id))

    async def close(self) -> None:
        """See :class:`~agent_runtime.sessions.store.SessionStore`."""
        await self._client.aclose()

    async def _run(self, name: str, *arguments: str | bytes | int) -> Any:
        with _as_store_errors():
            return await self._scripts[name](args=[self._prefix, *arguments])


async def redis_store(
    url: str, *, prefix: str = "turnstone:", connections: int = 8, timeout_s: float = 10.0
) -> RedisSessionStore:
    """A store in a Redis database.

    Args:
        url: ``redis://user:password@host:port/number``.
        prefix: What all keys begin with.
        connections: The most that this process opens.
        timeout_s: How long an operation waits for a connection, and for its end, seconds.

    Raises:
        SessionStoreError: The server did not answer.
        UnsafeStoreError: It keeps nothing when it restarts.
    """
    client = Redis.from_pool(
        BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=timeout_s,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            # Not tried again by the client: a script that ran and whose answer was lost would run twice.
            retry=Retry(NoBackoff(), 0),
        )
    )
    try:
        await _require_durable(client)
    except BaseException:
        await client.aclose()
        raise
    return RedisSessionStore(client, prefix)


async def _require_durable(client: "Redis") -> None:
    with _as_store_errors():
        persistence = await client.info("persistence")
    if not persistence["aof_enabled"]:
        raise UnsafeStoreError(
            "this Redis writes no append-only file and would forget answered messages when it restarts: "
            "set `appendonly yes`, or use Postgres"
        )


@contextmanager
def _as_store_errors() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as cause:
        raise SessionStoreError(f"Redis: {cause}") from cause


def _message(told: list[bytes]) -> dict[str, Any]:
    """The fields of a turn that its message has."""
    tenant_id, channel, channel_user, message_id, text, received_ns = (each.decode() for each in told)
    return {
        "sender": Sender(tenant_id=tenant_id, channel=channel, channel_user=channel_user),
        "message_id": message_id,
        "text": text,
        "received_ns": int(received_ns),
    }


def _who(sender: Sender) -> tuple[str, str, str]:
    return sender.tenant_id, sender.channel, sender.channel_user


def _place(found: bytes) -> tuple[str, int]:
    session_id, _, seq = found.decode().rpartition("/")
    return session_id, int(seq)


def _us(seconds: float) -> int:
    return int(seconds * 1e6)
