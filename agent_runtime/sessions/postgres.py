"""Sessions in Postgres, for many processes on many machines (spec A8)."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from agent_runtime.sessions.errors import SessionStoreError
from agent_runtime.sessions.sql_store import SQL_FOLDER, STATEMENTS, SqlSessionStore

_SCHEMA: Final = (SQL_FOLDER / "postgres" / "schema.sql").read_bytes()
_STATEMENTS: Final = {
    name: re.sub(r"(?<!:):(\w+)", r"%(\1)s", text).encode() for name, text in STATEMENTS.items()
}
_NOW: Final = b"select (extract(epoch from clock_timestamp()) * 1e9)::bigint"
_SCHEMA_LOCK: Final = 7_291_004
"""Advisory lock under which the tables are made: ``if not exists`` does not help two at once."""


class PostgresTransaction:
    """Implements :class:`~agent_runtime.sessions.sql_store.Transaction`."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        self._connection = connection

    async def rows(self, statement: str, **values: object) -> Sequence[tuple[Any, ...]]:
        """See :class:`~agent_runtime.sessions.sql_store.Transaction`."""
        cursor = await self._connection.execute(_STATEMENTS[statement], values)
        return await cursor.fetchall() if cursor.description else []

    async def now_ns(self) -> int:
        """The server's clock: writers' own ones may differ."""
        cursor = await self._connection.execute(_NOW)
        ((now_ns,),) = await cursor.fetchall()
        return int(now_ns)


class PostgresDatabase:
    """A database that any number of processes share.

    Args:
        pool: Connections to it.
    """

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """See :class:`~agent_runtime.sessions.sql_store.Database`."""
        try:
            async with self._pool.connection() as connection:
                yield PostgresTransaction(connection)
        except (psycopg.Error, PoolTimeout) as cause:
            raise SessionStoreError(f"Postgres: {cause}") from cause

    async def close(self) -> None:
        """See :class:`~agent_runtime.sessions.sql_store.Database`."""
        await self._pool.close()


async def postgres_store(url: str, *, connections: int = 8, timeout_s: float = 10.0) -> SqlSessionStore:
    """A store in a Postgres database; its tables are made where they are missing.

    Args:
        url: ``postgresql://user:password@host:port/database``.
        connections: The most that this process opens.
        timeout_s: How long a transaction waits for a connection, and a statement for its end, seconds.

    Raises:
        SessionStoreError: The server did not answer.
    """
    pool = AsyncConnectionPool(
        url,
        kwargs={"options": f"-c statement_timeout={int(timeout_s * 1_000)}"},
        min_size=1,
        max_size=connections,
        timeout=timeout_s,
        open=False,
        check=_alive,
    )
    try:
        await pool.open(wait=True, timeout=timeout_s)
        async with pool.connection() as connection:
            await connection.execute(b"select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            await connection.execute(_SCHEMA)
    except (psycopg.Error, PoolTimeout) as cause:
        await pool.close()
        raise SessionStoreError(f"Postgres: {cause}") from cause
    return SqlSessionStore(PostgresDatabase(pool))


async def _alive(connection: AsyncConnection[Any]) -> None:
    await AsyncConnectionPool.check_connection(connection)
