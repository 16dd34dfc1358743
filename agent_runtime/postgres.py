"""Connections to Postgres, for whatever keeps something there. Needs the dependency group ``stores``."""

import re
from typing import Any, Final

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

_SCHEMA_LOCK: Final = 7_291_004
"""Advisory lock under which tables are made: ``if not exists`` does not help two at once."""
_VALUE: Final = re.compile(r"(?<!:):(\w+)")


def with_values(statement: str) -> bytes:
    """A statement whose values are written ``:name``, as psycopg takes it."""
    return _VALUE.sub(r"%(\1)s", statement).encode()


async def open_pool(
    url: str, *, schema: str, connections: int, timeout_s: float, autocommit: bool = False
) -> AsyncConnectionPool[Any]:
    """Connects, and makes the tables where they are missing.

    Args:
        url: ``postgresql://user:password@host:port/database``.
        schema: Statements that make what is missing.
        connections: The most that this process opens.
        timeout_s: How long one waits for a connection, and a statement for its end, seconds.
        autocommit: Whether each statement is a transaction.

    Raises:
        psycopg.Error: The server refused.
        psycopg_pool.PoolTimeout: It did not answer.
    """
    pool = AsyncConnectionPool(
        url,
        kwargs={"options": f"-c statement_timeout={int(timeout_s * 1_000)}", "autocommit": autocommit},
        min_size=1,
        max_size=connections,
        timeout=timeout_s,
        open=False,
        check=_alive,
    )
    try:
        await pool.open(wait=True, timeout=timeout_s)
        async with pool.connection() as connection, connection.transaction():
            await connection.execute(b"select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            await connection.execute(schema.encode())
    except BaseException:
        await pool.close()
        raise
    return pool


async def _alive(connection: AsyncConnection[Any]) -> None:
    await AsyncConnectionPool.check_connection(connection)
