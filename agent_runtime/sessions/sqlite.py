"""Sessions in one SQLite file: the default, for one machine (spec A8)."""

import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from agent_runtime.sessions.errors import SessionStoreError
from agent_runtime.sessions.sql_store import SQL_FOLDER, STATEMENTS, SqlSessionStore

Synchronous = Literal["NORMAL", "FULL"]
BUSY_S = 10.0
"""How long a transaction waits for another process's, seconds."""


class SqliteDatabase:
    """A file that several processes may open. Use one object from one thread.

    Statements do not suspend, so that no other task comes between the statements of a transaction.

    Args:
        path: The file, made where it is missing.
        synchronous: ``NORMAL``: safe when the process is killed; when the power fails the newest
            transactions may be gone. ``FULL``: on the disk before a method returns, and the
            event loop waits for it.
        clock_ns: The time, ns since the epoch; the same for all processes.
    """

    def __init__(
        self, path: Path, *, synchronous: Synchronous = "NORMAL", clock_ns: Callable[[], int] = time.time_ns
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock_ns = clock_ns
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute(f"pragma synchronous = {synchronous}")
        self._connection.executescript((SQL_FOLDER / "sqlite" / "schema.sql").read_text())

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["SqliteDatabase"]:
        """See :class:`~agent_runtime.sessions.sql_store.Database`."""
        try:
            self._connection.execute("begin immediate")
            try:
                yield self
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")
        except sqlite3.Error as cause:
            raise SessionStoreError(f"SQLite: {cause}") from cause

    async def rows(self, statement: str, **values: object) -> Sequence[tuple[Any, ...]]:
        """See :class:`~agent_runtime.sessions.sql_store.Transaction`."""
        return self._connection.execute(STATEMENTS[statement], values).fetchall()

    async def now_ns(self) -> int:
        """See :class:`~agent_runtime.sessions.sql_store.Transaction`."""
        return self._clock_ns()

    async def close(self) -> None:
        """See :class:`~agent_runtime.sessions.sql_store.Database`."""
        self._connection.close()


def sqlite_store(path: Path, *, synchronous: Synchronous = "NORMAL") -> SqlSessionStore:
    """A store in a file; see :class:`SqliteDatabase`."""
    return SqlSessionStore(SqliteDatabase(path, synchronous=synchronous))
