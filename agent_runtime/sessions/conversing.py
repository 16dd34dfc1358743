"""A turn of a conversation, run by a lane: taken up where the last turn left it (spec A8)."""

from collections.abc import Callable
from typing import Protocol

from agent_runtime.customers import CustomerMessage
from agent_runtime.loop import HANDOVER_TEXT, Ending
from agent_runtime.sessions.turns import Reply, Turn
from agent_runtime.tenancy import customer_key


class TurnwiseConversation(Protocol):
    """A conversation that can be put away between two messages and taken up again, elsewhere too."""

    async def begin(
        self, *, channel: str, scenario: str | None = None, customer_key: str | None = None
    ) -> None:
        """Tells that the conversation starts; ``customer_key`` is what events call the customer."""
        ...

    def resume(self, state: bytes) -> None:
        """Takes up what :meth:`snapshot` put away."""
        ...

    async def answer(self, message: CustomerMessage) -> str | Ending:
        """Answers a message: the text, or how the conversation ended with it."""
        ...

    def end(self, ending: Ending) -> None:
        """Tells that the conversation is over."""
        ...

    def snapshot(self) -> bytes:
        """All that the next turn needs."""
        ...


class ConversationTurns:
    """Runs each turn as one message of a conversation; a ``TurnRunner`` for a lane.

    A turn that is run again begins from the same state. Events of the attempt that died stay
    emitted; its effects happen once, by the conversation's ledger.

    Args:
        open_conversation: Makes the session's conversation, with the tools' store, the emitter
            and the model; nothing in it has happened yet.
    """

    def __init__(self, open_conversation: Callable[[Turn], TurnwiseConversation]) -> None:
        self._open = open_conversation

    async def __call__(self, turn: Turn) -> Reply:
        """Answers the turn's message."""
        conversation = self._open(turn)
        if turn.state:
            conversation.resume(turn.state)
        else:
            key = customer_key(turn.customer_id)
            await conversation.begin(channel=turn.sender.channel, customer_key=key)
        answered = await conversation.answer(CustomerMessage(turn.text))
        if isinstance(answered, str):
            return Reply(text=answered, state=conversation.snapshot())
        conversation.end(answered)
        # A session that ended is a human's: whatever is queued behind is told the same.
        text = HANDOVER_TEXT if answered.outcome in {"escalated", "failed"} else ""
        return Reply(text=text, state=conversation.snapshot(), closes=True)
