"""A conversation as a judge reads it."""

from collections.abc import Iterable
from math import log2

import msgspec
from msgspec import Struct

from agent_runtime.messages import Message


class Transcript(Struct, frozen=True, kw_only=True):
    """A conversation as text.

    Attributes:
        id: Which conversation.
        agent_model: The model that was the agent.
        text: What was said and called, a numbered line each.
    """

    id: str
    agent_model: str
    text: str

    @property
    def words(self) -> int:
        """How long it is."""
        return len(self.text.split())

    @property
    def doublings(self) -> float:
        """Its length as a power of two of one word."""
        return log2(max(self.words, 1))


def transcript(conversation_id: str, agent_model: str, messages: Iterable[Message]) -> Transcript:
    """The transcript of a conversation; the policy is not part of it.

    Args:
        conversation_id: Which conversation.
        agent_model: The model that was the agent.
        messages: Its messages, oldest first.
    """
    lines = [_line(each) for each in messages if each.role != "system"]
    text = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
    return Transcript(id=conversation_id, agent_model=agent_model, text=text)


def _line(message: Message) -> str:
    call = message.tool_call
    if message.role == "tool":
        return f"Result of {call.name if call else 'a tool'}: {message.content}"
    if call is not None:
        return f"Agent calls {call.name} {msgspec.json.encode(call.arguments).decode()}"
    return f"{'Customer' if message.role == 'user' else 'Agent'}: {message.content}"
