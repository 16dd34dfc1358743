"""Recorded conversations played again: the model and the customer of the record (spec A10).

Records carry neither times nor token counts. Both are estimated by fixed rules, so
that a conversation that is played twice is the same to the last byte.
"""

from collections.abc import Sequence
from typing import Any, Final

from agent_runtime.customers import CustomerMessage
from agent_runtime.errors import ModelError, RecordingError
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.prices import price_of
from agent_runtime.models.usage import UsageEstimator
from agent_runtime.recordings import AgentCall, AgentText, CustomerTurn, RecordedConversation

READ_CHARACTER_NS: Final = 25_000_000
TYPE_CHARACTER_NS: Final = 150_000_000
"""A customer reads 40 characters a second and types 6.7 of them."""


class ReplayModel:
    """Answers with the recorded assistant turns in order, whatever it is asked.

    Args:
        conversation: The record.

    Raises:
        ModelError: The recorded model has no list price.
    """

    provider = "replay"

    def __init__(self, conversation: RecordedConversation) -> None:
        self.name = conversation.model
        self._conversation_id = conversation.conversation_id
        self._turns = [step for step in conversation.steps if not isinstance(step, CustomerTurn)]
        self._next = 0
        self._usage = UsageEstimator(price_of(conversation.model))

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`; usage is estimated."""
        if self._next == len(self._turns):
            message = f"the record of {self._conversation_id} has {self._next} agent steps, not one more"
            raise ModelError(message)
        turn = self._turns[self._next]
        self._next += 1
        call = turn.call if isinstance(turn, AgentCall) else None
        answer = Message(role="assistant", content=turn.text, tool_call=call)
        usage = self._usage.usage(context, tools, answer)
        return ModelResponse(content=turn.text, tool_call=call, thoughts=turn.thoughts, usage=usage)


class RecordedCustomer:
    """Says what the recorded customer said, in order.

    A message is final where the customer left with it: in one run the conversation went
    on after the customer had said so, and then those messages are not final.

    Args:
        conversation: The record.
    """

    def __init__(self, conversation: RecordedConversation) -> None:
        self._conversation_id = conversation.conversation_id
        self._messages = [step for step in conversation.steps if isinstance(step, CustomerTurn)]
        self._agent_ends = bool(conversation.steps) and isinstance(
            conversation.steps[-1], AgentText | AgentCall
        )
        self._next = 0

    def opening(self) -> CustomerMessage:
        """The first message.

        Raises:
            RecordingError: The run crashed and nothing was recorded.
        """
        message = self.reply("")
        if message is None:
            raise RecordingError(f"{self._conversation_id} was recorded empty: there is nothing to play")
        return message

    def reply(self, agent_text: str) -> CustomerMessage | None:
        """The next recorded message, or None after the last."""
        if self._next == len(self._messages):
            return None
        turn = self._messages[self._next]
        self._next += 1
        last = self._next == len(self._messages)
        return CustomerMessage(
            text=turn.text,
            final=turn.stops and last and not self._agent_ends,
            think_ns=len(agent_text) * READ_CHARACTER_NS + len(turn.text) * TYPE_CHARACTER_NS,
        )
