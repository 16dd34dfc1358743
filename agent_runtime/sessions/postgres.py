"""Sessions in Postgres, for many processes on many machines (spec A8)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from agent_runtime.postgres import open_pool, with_values
from agent_runtime.sessions.errors import SessionStoreError
from agent_runtime.sessions.sql_store import SQL_FOLDER, STATEMENTS, SqlSessionStore

_SCHEMA: Final = (SQL_FOLDER / "postgres" / "schema.sql").read_text()
_STATEMENTS: Final = {name: with_values(text) for name, text in STATEMENTS.items()}
_NOW: Final = b"select (extract(epoch from clock_timestamp()) * 1e9)::bigint"


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
    try:
        pool = await open_pool(url, schema=_SCHEMA, connections=connections, timeout_s=timeout_s)
    except (psycopg.Error, PoolTimeout) as cause:
        raise SessionStoreError(f"Postgres: {cause}") from cause
    return SqlSessionStore(PostgresDatabase(pool))
