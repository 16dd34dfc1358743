"""Forgets sessions that nobody uses any more, and what the ledger keeps of them (spec A8, A2, D5)."""

import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from agent_runtime.ledger import LedgerStore
from agent_runtime.sessions.store import SessionStore

BATCH: Final = 200
"""Sessions that are looked at at once."""


class Expired(Struct, frozen=True, kw_only=True):
    """What was forgotten, and what was not.

    Attributes:
        sessions: Sessions that were forgotten, with their messages and effects.
        ledgers: Conversations without a session whose effects were forgotten.
        kept: Old sessions that stay, because what became of an effect of theirs is not known.
    """

    sessions: int
    ledgers: int
    kept: int


async def expire(
    sessions: SessionStore,
    ledger: LedgerStore,
    *,
    idle_s: float,
    clock_ns: Callable[[], int] = time.time_ns,
) -> Expired:
    """Forgets what is older than an age.

    A session stays while somebody has its lease, while something in it is unanswered, and while the
    outcome of one of its effects is unknown. It goes before its effects: killed in between, the next run
    finds those without a session. The conversation of a session is called as the session is.

    Args:
        sessions: Keeps the sessions.
        ledger: Keeps their effects.
        idle_s: Seconds without a message after which a session may be forgotten.
        clock_ns: The time, ns since the epoch.

    Raises:
        SessionStoreError: The store did not answer; what was forgotten stays so.
        LedgerError: The ledger did not.
    """
    forgotten = kept = passed = 0
    while found := await sessions.idle(idle_s, skip=kept + passed, limit=BATCH):
        for session_id in found:
            if not all(each.settled for each in await ledger.records(session_id)):
                kept += 1
            elif await sessions.forget(session_id, idle_s):
                await ledger.forget(session_id)
                forgotten += 1
            else:  # somebody came back to it just now
                passed += 1
    ledgers = await _expire_alone(sessions, ledger, clock_ns() - int(idle_s * 1e9))
    return Expired(sessions=forgotten, ledgers=ledgers, kept=kept)


async def _expire_alone(sessions: SessionStore, ledger: LedgerStore, left_before_ns: int) -> int:
    """Forgets old effects of conversations that have no session."""
    forgotten = kept = 0
    while found := await ledger.settled_conversations(left_before_ns, skip=kept, limit=BATCH):
        for conversation_id in found:
            if await sessions.knows(conversation_id):
                kept += 1
            else:
                await ledger.forget(conversation_id)
                forgotten += 1
    return forgotten
