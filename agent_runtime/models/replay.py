"""Recorded conversations played again: the model and the customer of the record (spec A10).

Records carry neither times nor token counts. Both are estimated by fixed rules, so
that a conversation that is played twice is the same to the last byte.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from agent_runtime.customers import CustomerMessage
from agent_runtime.errors import ModelError, RecordingError
from agent_runtime.messages import Message, ModelResponse, Usage
from agent_runtime.models.prices import price_of
from agent_runtime.recordings import AgentCall, AgentText, CustomerTurn, RecordedConversation

BYTES_PER_TOKEN: Final = 4
"""Rule of thumb for English text and JSON with the tokenizers of these models."""
MESSAGE_OVERHEAD_TOKENS: Final = 4
"""What the chat format adds to a message."""

FIRST_TOKEN_NS: Final = 350_000_000
INPUT_TOKEN_NS: Final = 50_000
OUTPUT_TOKEN_NS: Final = 15_000_000
"""A model call takes 0.35 s, 0.05 ms an input token and 15 ms an output token."""

READ_CHARACTER_NS: Final = 25_000_000
TYPE_CHARACTER_NS: Final = 150_000_000
"""A customer reads 40 characters a second and types 6.7 of them."""

_encode = msgspec.json.Encoder().encode


def estimate_tokens(text: str) -> int:
    """Tokens of a text: its UTF-8 bytes over four, rounded up."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


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
        self._price = price_of(conversation.model)
        self._context = _RunningTokens()

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`; usage is estimated."""
        if self._next == len(self._turns):
            message = f"the record of {self._conversation_id} has {self._next} agent steps, not one more"
            raise ModelError(message)
        turn = self._turns[self._next]
        self._next += 1
        content = turn.text
        call = turn.call if isinstance(turn, AgentCall) else None
        output_tokens = _message_tokens(Message(role="assistant", content=content, tool_call=call))
        usage = self._usage(self._context.tokens(context, tools), output_tokens)
        return ModelResponse(content=content, tool_call=call, thoughts=turn.thoughts, usage=usage)

    def _usage(self, input_tokens: int, output_tokens: int) -> Usage:
        return Usage(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            cost_usd=self._price.cost_usd(input_tokens, output_tokens),
            duration_ns=FIRST_TOKEN_NS + input_tokens * INPUT_TOKEN_NS + output_tokens * OUTPUT_TOKEN_NS,
            estimated=True,
        )


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


class _RunningTokens:
    """Tokens of a context that only grows, each message counted once."""

    def __init__(self) -> None:
        self._counted = 0
        self._total = 0
        self._schemas: int | None = None

    def tokens(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> int:
        if self._schemas is None:
            self._schemas = math.ceil(len(_encode(tools)) / BYTES_PER_TOKEN)
        if len(context) < self._counted:
            self._counted = self._total = 0
        self._total += sum(_message_tokens(context[place]) for place in range(self._counted, len(context)))
        self._counted = len(context)
        return self._schemas + self._total


def _message_tokens(message: Message) -> int:
    tokens = MESSAGE_OVERHEAD_TOKENS + estimate_tokens(message.content)
    if message.tool_call is not None and message.role == "assistant":
        call = message.tool_call
        tokens += estimate_tokens(call.name) + math.ceil(len(_encode(call.arguments)) / BYTES_PER_TOKEN)
    return tokens
