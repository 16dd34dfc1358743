"""What a lane needs of whatever keeps its sessions (spec A8)."""

from typing import Protocol

from agent_runtime.sessions.turns import Accepted, Answer, Reply, Sender, Turn


class SessionStore(Protocol):
    """Keeps sessions, their queues, their writers and their answers.

    Every method happens whole or not at all, also beside other processes, and what it returned
    is kept when this process is killed. All may raise
    :class:`~agent_runtime.sessions.errors.SessionStoreError`.
    """

    async def accept(
        self, sender: Sender, message_id: str, text: str, *, customer_id: str | None = None
    ) -> Accepted | None:
        """Queues a message: channel user to customer to open session, in one step.

        A message that is there already is not queued again, whatever became of its session.

        Args:
            sender: Who wrote.
            message_id: What the sender calls it; the same again is the same message.
            text: What was written.
            customer_id: Which customer that is, where the sender was never seen. Of several
                answers to that question the first one stays.

        Returns:
            Where it is queued; None where the sender was never seen and no customer is given.
        """
        ...

    async def answer(self, sender: Sender, message_id: str) -> Answer | None:
        """The answer to a message, or None where there is none yet."""
        ...

    async def claim(self, session_id: str, owner: str, lease_s: float) -> Turn | None:
        """Becomes the session's writer and begins its next turn.

        Args:
            session_id: The session.
            owner: Who writes, for people who look into the store.
            lease_s: Seconds after which another writer may come unless :meth:`renew` is called.

        Returns:
            The turn; None where nothing is unanswered, or another writer holds the session.
        """
        ...

    async def commit(self, turn: Turn, reply: Reply, lease_s: float) -> Turn | None:
        """Keeps the answer and the state, and begins the next turn or gives the session back.

        Returns:
            The next turn; None where nothing is unanswered.

        Raises:
            LeaseLostError: Another writer came meanwhile; nothing was kept.
        """
        ...

    async def renew(self, turn: Turn, lease_s: float) -> bool:
        """Prolongs the lease; False where another writer has come."""
        ...

    async def give_back(self, turn: Turn) -> None:
        """Ends the lease with the turn unanswered, so that others need not wait for its end."""
        ...

    async def waiting(self, limit: int) -> list[str]:
        """Sessions with unanswered messages and no writer."""
        ...

    async def idle(self, idle_s: float, *, skip: int, limit: int) -> list[str]:
        """Sessions that nobody uses: nothing unanswered, no writer, no message for a while.

        The longest idle come first.

        Args:
            idle_s: For how long, seconds.
            skip: How many of them to leave out, from the beginning.
            limit: How many at most.
        """
        ...

    async def forget(self, session_id: str, idle_s: float) -> bool:
        """Removes a session with its messages, where it is one of :meth:`idle` still; False where not.

        Which customer a sender is stays known. A message that is sent again afterwards is a new one.
        """
        ...

    async def knows(self, session_id: str) -> bool:
        """Whether a session is kept."""
        ...

    async def close(self) -> None:
        """Closes connections."""
        ...
