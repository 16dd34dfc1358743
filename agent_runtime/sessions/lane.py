"""The lane of a session: one writer, messages in order, one answer each (spec A8)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Self
from uuid import uuid4

from msgspec import Struct

from agent_runtime.sessions.errors import LaneClosedError, LeaseLostError, SessionStoreError
from agent_runtime.sessions.shielded import ShieldedStore
from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Accepted, Answer, Reply, Sender, Turn

TurnRunner = Callable[[Turn], Awaitable[Reply]]
"""Answers a message. It may be called again for the same turn after a failure or a crash, so
whatever it does to the world goes under keys minted from :attr:`Turn.key`."""
Directory = Callable[[Sender], Awaitable[str]]
"""Tells which customer a channel's user is; asked about senders that were never seen."""

FAILED_TEXT: Final = "I cannot answer this right now. A colleague will get back to you."
RECOVERED_AT_ONCE: Final = 100

log = logging.getLogger(__name__)


class LanePolicy(Struct, frozen=True, kw_only=True):
    """How a lane holds and gives up. Times in seconds."""

    lease_s: float = 15.0
    """How long a writer that does not answer any more keeps others away."""
    poll_s: float = 0.1
    """How often a lane looks for what another process does, and the pause before a turn is tried again."""
    sweep_s: float = 5.0
    """How often a lane looks for sessions that nobody serves."""
    attempts: int = 3
    """How often a turn is begun before the customer is told that there is no answer."""
    grace_s: float = 30.0
    """How long turns may go on when the lane is closed."""


async def channel_user_as_customer(sender: Sender) -> str:
    """A :data:`Directory` for tenants that have none: every channel's user is a customer."""
    return f"{sender.channel}:{sender.channel_user}"


class SessionLane:
    """Takes messages and has them answered, one at a time in each session.

    Any number of lanes, in any number of processes, may share a store. Use it as an async
    context manager; while it is open it also serves what crashed processes left.

    Args:
        store: Keeps everything.
        run_turn: Answers a message.
        directory: Tells who a sender is.
        policy: How it holds and gives up.
    """

    def __init__(
        self,
        store: SessionStore,
        run_turn: TurnRunner,
        *,
        directory: Directory = channel_user_as_customer,
        policy: LanePolicy | None = None,
    ) -> None:
        self._store = ShieldedStore(store)
        self._run_turn = run_turn
        self._directory = directory
        self._policy = policy or LanePolicy()
        self._owner = str(uuid4())
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._awaited: dict[str, dict[int, _Awaited]] = {}
        self._sweeper: asyncio.Task[None] | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        """Begins to serve what was left unanswered."""
        self._sweeper = asyncio.create_task(self._sweep())
        return self

    async def __aexit__(self, *exited: object) -> None:
        """Takes no more messages, and waits for the turns that run, for a while."""
        self._closing = True
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        if self._workers:
            _, late = await asyncio.wait(self._workers.values(), timeout=self._policy.grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._store.close()

    async def send(self, sender: Sender, message_id: str, text: str) -> Answer:
        """Queues a message and waits for its answer.

        Whoever stops waiting gets the same answer later, by sending the message again.

        Args:
            sender: Who writes.
            message_id: What the sender calls the message.
            text: What is written.

        Raises:
            SessionStoreError: The store did not answer; send it again under the same id.
            LaneClosedError: This lane takes no more messages.
            Exception: What the directory raised; the message is not queued.
        """
        if self._closing:
            raise LaneClosedError(f"{message_id}: this lane is closing, send it to another one")
        accepted = await self._accept(sender, message_id, _storable(text))
        if accepted.repeated:
            answer = await self._store.answer(sender, message_id)
            if answer is not None:
                return answer
        awaited = self._awaited.setdefault(accepted.session_id, {}).setdefault(
            accepted.seq, _Awaited(sender, message_id)
        )
        self._serve(accepted.session_id)
        return await asyncio.shield(awaited.answer)

    async def recover(self) -> int:
        """Serves sessions with unanswered messages and no writer; says how many it found."""
        found = await self._store.waiting(RECOVERED_AT_ONCE)
        for session_id in found:
            self._serve(session_id)
        return len(found)

    async def _accept(self, sender: Sender, message_id: str, text: str) -> Accepted:
        accepted = await self._store.accept(sender, message_id, text)
        if accepted is None:
            customer_id = await self._directory(sender)
            accepted = await self._store.accept(sender, message_id, text, customer_id=customer_id)
        assert accepted is not None  # noqa: S101 - a sender with a customer is accepted
        return accepted

    def _serve(self, session_id: str) -> None:
        if session_id not in self._workers:
            self._workers[session_id] = asyncio.create_task(self._work(session_id))

    async def _work(self, session_id: str) -> None:
        """Serves a session until nothing in it is unanswered or awaited here."""
        try:
            while True:
                turn = await self._store.claim(session_id, self._owner, self._policy.lease_s)
                while turn is not None:
                    turn = await self._take(turn)
                if not await self._awaited_elsewhere(session_id):
                    break
                await asyncio.sleep(self._policy.poll_s)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            self._give_up(session_id, error)
        except asyncio.CancelledError:
            self._give_up(session_id, LaneClosedError("the lane was closed before this message was answered"))
            raise
        finally:
            del self._workers[session_id]

    async def _take(self, turn: Turn) -> Turn | None:
        """Runs a turn and keeps its answer; returns the next one to run."""
        try:
            reply = await self._reply(turn)
        except LeaseLostError:
            log.warning("%s: lost to another writer", turn.key)
            return None
        except asyncio.CancelledError:
            with suppress(Exception):  # the lease ends by itself as well, only later
                await self._store.give_back(turn)
            raise
        if reply is None:
            await self._store.give_back(turn)
            await asyncio.sleep(self._policy.poll_s)
            return await self._store.claim(turn.session_id, self._owner, self._policy.lease_s)
        try:
            following = await self._store.commit(turn, reply, self._policy.lease_s)
        except LeaseLostError:
            log.warning("%s: answered by another writer", turn.key)
            return None
        self._tell(Answer(session_id=turn.session_id, seq=turn.seq, text=reply.text, failed=reply.failed))
        return following

    async def _reply(self, turn: Turn) -> Reply | None:
        """The answer; None where the turn failed and shall be tried again."""
        given_up = Reply(text=FAILED_TEXT, state=turn.state, failed=True)
        if turn.attempt > self._policy.attempts:
            log.error("%s: begun %d times and never ended", turn.key, turn.attempt - 1)
            return given_up
        try:
            return await self._run_with_lease(turn)
        except LeaseLostError:
            raise
        except Exception:
            log.exception("%s: attempt %d failed", turn.key, turn.attempt)
            return given_up if turn.attempt == self._policy.attempts else None

    async def _run_with_lease(self, turn: Turn) -> Reply:
        """Runs a turn and prolongs its lease meanwhile; stops it where the lease is lost.

        Raises:
            LeaseLostError: Another writer came.
        """
        running = asyncio.ensure_future(self._run_turn(turn))
        renewing = asyncio.create_task(self._renew(turn))
        try:
            await asyncio.wait((running, renewing), return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                return running.result()
            raise LeaseLostError(f"{turn.key}: another writer has the session")
        finally:
            running.cancel()
            renewing.cancel()
            await asyncio.gather(running, renewing, return_exceptions=True)

    async def _renew(self, turn: Turn) -> None:
        """Returns where the lease is lost. A store that is away is asked again: answers are fenced anyway."""
        kept = True
        while kept:
            await asyncio.sleep(self._policy.lease_s / 3)
            try:
                kept = await self._store.renew(turn, self._policy.lease_s)
            except SessionStoreError as error:
                log.warning("%s: the lease could not be prolonged: %s", turn.key, error)

    async def _awaited_elsewhere(self, session_id: str) -> bool:
        """Whether somebody here still waits for an answer that another process gives."""
        for seq, awaited in list(self._awaited.get(session_id, {}).items()):
            answer = await self._store.answer(awaited.sender, awaited.message_id)
            if answer is not None and answer.seq == seq:
                self._tell(answer)
        return session_id in self._awaited

    def _tell(self, answer: Answer) -> None:
        if awaited := self._no_longer_awaited(answer.session_id, answer.seq):
            awaited.answer.set_result(answer)

    def _give_up(self, session_id: str, error: Exception) -> None:
        """Tells whoever waits for the session. What is queued stays queued."""
        log.error("session %s: %s", session_id, error)
        for seq in list(self._awaited.get(session_id, {})):
            if awaited := self._no_longer_awaited(session_id, seq):
                awaited.answer.set_exception(error)
                awaited.answer.exception()  # looked at: nobody may be waiting any more

    def _no_longer_awaited(self, session_id: str, seq: int) -> "_Awaited | None":
        session = self._awaited.get(session_id, {})
        awaited = session.pop(seq, None)
        if not session:
            self._awaited.pop(session_id, None)
        return awaited

    async def _sweep(self) -> None:
        while True:
            try:
                await self.recover()
            except SessionStoreError as error:
                log.warning("the store of sessions cannot be asked: %s", error)
            await asyncio.sleep(self._policy.sweep_s)


def _storable(text: str) -> str:
    """The text without what no database keeps: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


class _Awaited:
    """A message whose answer somebody here waits for."""

    def __init__(self, sender: Sender, message_id: str) -> None:
        self.sender = sender
        self.message_id = message_id
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
