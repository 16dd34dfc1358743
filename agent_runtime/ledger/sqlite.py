"""The ledger in an SQLite file."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from msgspec import structs

from agent_runtime.errors import LedgerError
from agent_runtime.ledger.records import EffectRecord
from agent_runtime.ledger.statements import record_of, statements

_SQL: Final = statements("sqlite")
_BUSY_S: Final = 10.0

Durability = Literal["process", "machine"]
"""What a record outlives as soon as it is written: the death of the process (SQLite's
``synchronous=normal``: the write-ahead log is handed to the operating system), or that of the machine as
well (``full``: it is on the disk, which waits for the disk at every record)."""

_SYNCHRONOUS: Final[Mapping[Durability, str]] = {"process": "normal", "machine": "full"}


class SqliteLedger:
    """Keeps records in a file; see :class:`~agent_runtime.ledger.records.LedgerStore`.

    One transaction a record, in write-ahead mode. Several processes may use one file. Use an object of
    it from one thread.

    Args:
        path: The file, made if missing.
        durability: What a record outlives, see :data:`Durability`.

    Raises:
        LedgerError: The file cannot be opened.
    """

    def __init__(self, path: Path, durability: Durability = "process") -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_S)
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute(f"pragma synchronous = {_SYNCHRONOUS[durability]}")
            self._connection.executescript(_SQL["schema"])
        except sqlite3.Error as cause:
            raise LedgerError(f"the ledger {path} cannot be opened: {cause}") from cause

    def close(self) -> None:
        """Closes the file."""
        self._connection.close()

    async def aclose(self) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        self.close()

    async def records(self, conversation_id: str) -> list[EffectRecord]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        return self._records("records_of_conversation", {"conversation_id": conversation_id})

    async def put(self, record: EffectRecord) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        self._execute("put_record", structs.asdict(record))

    async def unsettled(self, left_before_ns: int) -> list[EffectRecord]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        return self._records("unsettled_records", {"left_before_ns": left_before_ns})

    async def settled_conversations(self, left_before_ns: int, *, skip: int, limit: int) -> list[str]:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        values = {"left_before_ns": left_before_ns, "skip": skip, "limit": limit}
        return [found for (found,) in self._execute("settled_conversations", values)]

    async def forget(self, conversation_id: str) -> None:
        """See :class:`~agent_runtime.ledger.records.LedgerStore`."""
        self._execute("forget_conversation", {"conversation_id": conversation_id})

    def _records(self, statement: str, values: Mapping[str, Any]) -> list[EffectRecord]:
        return [record_of(row) for row in self._execute(statement, values)]

    def _execute(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(_SQL[statement], values).fetchall()
        except sqlite3.Error as cause:
            raise LedgerError(f"the ledger {self._path} failed: {cause}") from cause
