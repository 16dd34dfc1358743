"""The ledger in Postgres, for many processes on many machines (spec A2)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from msgspec import structs
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from agent_runtime.errors import LedgerError
from agent_runtime.ledger.records import EffectRecord
from agent_runtime.ledger.statements import record_of, statements
from agent_runtime.postgres import open_pool, with_values

_TEXTS: Final = statements("postgres")
_SQL: Final = {name: with_values(text) for name, text in _TEXTS.items() if name != "schema"}


class PostgresLedger:
    """Keeps records in a database; see :class:`~agent_runtime.ledger.records.LedgerStore`.

    One transaction a record. It outlives what Postgres outlives: with ``synchronous_commit`` on, as it is
    by default, the end of the machine too.

    Args:
        pool: Connections in autocommit mode; see :func:`postgres_ledger`.
    """

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    async def records(self, conversation_id: str) -> list[EffectRecord]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        return await self._records("records_of_conversation", {"conversation_id": conversation_id})

    async def put(self, record: EffectRecord) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        await self._execute("put_record", {**structs.asdict(record), "undone": int(record.undone)})

    async def unsettled(self, left_before_ns: int) -> list[EffectRecord]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        return await self._records("unsettled_records", {"left_before_ns": left_before_ns})

    async def settled_conversations(self, left_before_ns: int, *, skip: int, limit: int) -> list[str]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        values = {"left_before_ns": left_before_ns, "skip": skip, "limit": limit}
        return [found for (found,) in await self._execute("settled_conversations", values)]

    async def forget(self, conversation_id: str) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        await self._execute("forget_conversation", {"conversation_id": conversation_id})

    async def aclose(self) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        await self._pool.close()

    async def _records(self, statement: str, values: Mapping[str, Any]) -> list[EffectRecord]:
        return [record_of(row) for row in await self._execute(statement, values)]

    async def _execute(self, statement: str, values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(_SQL[statement], values)
                return await cursor.fetchall() if cursor.description else []
        except (psycopg.Error, PoolTimeout) as cause:
            raise LedgerError(f"the ledger in Postgres failed: {cause}") from cause


async def postgres_ledger(url: str, *, connections: int = 8, timeout_s: float = 10.0) -> PostgresLedger:
    """A ledger in a Postgres database; its table is made where it is missing.

    Args:
        url: ``postgresql://user:password@host:port/database``.
        connections: The most that this process opens.
        timeout_s: How long a record waits for a connection, and then for its end, seconds.

    Raises:
        LedgerError: The server did not answer.
    """
    try:
        pool = await open_pool(
            url, schema=_TEXTS["schema"], connections=connections, timeout_s=timeout_s, autocommit=True
        )
    except (psycopg.Error, PoolTimeout) as cause:
        raise LedgerError(f"the ledger in Postgres cannot be opened: {cause}") from cause
    return PostgresLedger(pool)
