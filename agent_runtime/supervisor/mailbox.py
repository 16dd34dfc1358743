"""What agents of a conversation tell each other; each message is an event (spec A9)."""

from agent_runtime.emitter import Emitter
from streaming.contract import payloads as p


class Mailbox:
    """Numbers the messages of a conversation and tells them.

    Args:
        emitter: Where events go.
    """

    def __init__(self, emitter: Emitter) -> None:
        self.sent = 0
        """Messages so far."""
        self._emitter = emitter

    def delegate(self, sender: str, recipient: str, task: str) -> int:
        """Gives another agent something to do; answers the message's number."""
        return self._send("delegate", sender, recipient, task)

    def result(
        self, sender: str, recipient: str, text: str, *, reply_to: int, status: p.MessageStatus
    ) -> int:
        """Tells what became of a delegation."""
        return self._send("result", sender, recipient, text, reply_to=reply_to, status=status)

    def hand_off(self, sender: str, recipient: str, summary: str) -> int:
        """Gives the customer to another agent."""
        return self._send("hand_off", sender, recipient, summary)

    def hand_back(self, sender: str, recipient: str, summary: str, *, status: p.MessageStatus) -> int:
        """Gives the customer back."""
        return self._send("hand_back", sender, recipient, summary, status=status)

    def _send(
        self,
        kind: p.MessageKind,
        sender: str,
        recipient: str,
        content: str,
        *,
        reply_to: int | None = None,
        status: p.MessageStatus | None = None,
    ) -> int:
        self.sent += 1
        self._emitter.emit(
            p.AgentMessage(
                message_id=self.sent,
                kind=kind,
                sender=sender,
                recipient=recipient,
                content=content,
                reply_to=reply_to,
                status=status,
            )
        )
        return self.sent
