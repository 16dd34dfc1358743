"""A domain's own SQLite database that makes each write of a tool happen once.

The write and its answer are committed together under the idempotency key, so that a call that comes
again, also after a crash between commit and answer, finds the answer and writes nothing.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from agent_runtime.errors import OutcomeUnknownError

_FOLDER: Final = Path(__file__).parent / "sql" / "remembered"
_SQL: Final = {path.stem: path.read_text() for path in _FOLDER.glob("*.sql")}


class RememberedEffects:
    """The answers of a scope's writes, in the database that the writes are made in.

    Args:
        connection: The domain's connection, in autocommit mode (``isolation_level=None``).
        scope: Whose writes they are, such as the conversation.

    Raises:
        ValueError: The connection opens transactions by itself: inside one, nothing would be committed.
    """

    def __init__(self, connection: sqlite3.Connection, scope: str) -> None:
        if connection.isolation_level is not None:
            raise ValueError("the connection opens transactions by itself: open it with isolation_level=None")
        self._connection = connection
        self._scope = scope

    @staticmethod
    def prepare(connection: sqlite3.Connection) -> None:
        """Makes the table if it is missing."""
        connection.execute(_SQL["remembered_schema"])

    def once(self, key: str, act: Callable[[], str]) -> str:
        """See :class:`~agent_runtime.execution.RemembersEffects`."""
        with transaction(self._connection):
            named = {"scope": self._scope, "key": key}
            known = self._connection.execute(_SQL["remembered_answer"], named).fetchone()
            if known is not None:
                return str(known[0])
            answer = act()
            self._connection.execute(_SQL["remember_answer"], {**named, "answer": answer})
        return answer

    def forget(self) -> None:
        """Removes the answers of the scope."""
        self._connection.execute(_SQL["forget_answers"], {"scope": self._scope})


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All writes inside happen, or none; inside another one, it is part of that.

    Raises:
        OutcomeUnknownError: The commit failed, and it is not known whether they happened.
    """
    if connection.in_transaction:
        yield
        return
    connection.execute("begin immediate")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    try:
        connection.execute("commit")
    except sqlite3.Error as cause:
        if not connection.in_transaction:
            raise OutcomeUnknownError(f"the commit failed: {cause}") from cause
        connection.execute("rollback")
        raise
