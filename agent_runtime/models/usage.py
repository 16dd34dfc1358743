"""Estimated usage, for models that tell none: recordings and simulations (spec A10).

Tokens, time and cost follow fixed rules, so that a conversation that is played twice is
the same to the last byte.
"""

import math
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from agent_runtime.messages import Message, Usage
from agent_runtime.models.prices import Price

BYTES_PER_TOKEN: Final = 4
"""Rule of thumb for English text and JSON with the tokenizers of these models."""
MESSAGE_OVERHEAD_TOKENS: Final = 4
"""What the chat format adds to a message."""

FIRST_TOKEN_NS: Final = 350_000_000
INPUT_TOKEN_NS: Final = 50_000
OUTPUT_TOKEN_NS: Final = 15_000_000
"""A model call takes 0.35 s, 0.05 ms an input token and 15 ms an output token."""

_encode = msgspec.json.Encoder().encode


def estimate_tokens(text: str) -> int:
    """Tokens of a text: its UTF-8 bytes over four, rounded up."""
    return math.ceil(len(text.encode()) / BYTES_PER_TOKEN)


class UsageEstimator:
    """Estimates the calls of one conversation, counting each message of its context once.

    Args:
        price: What the model costs.
    """

    def __init__(self, price: Price) -> None:
        self._price = price
        self._counted = 0
        self._last: Message | None = None
        self._total = 0
        self._schemas: int | None = None

    def usage(self, context: Sequence[Message], tools: Sequence[dict[str, Any]], answer: Message) -> Usage:
        """What it took to answer a context.

        Args:
            context: The conversation so far; it grows from call to call, or its older part was folded.
            tools: Schemas of the tools, the same at each call.
            answer: The assistant's message.
        """
        read = self._read_tokens(context, tools)
        written = _message_tokens(answer)
        return Usage(
            input_tokens=read,
            output_tokens=written,
            cost_usd=self._price.cost_usd(read, written),
            duration_ns=FIRST_TOKEN_NS + read * INPUT_TOKEN_NS + written * OUTPUT_TOKEN_NS,
            estimated=True,
        )

    def _read_tokens(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> int:
        if self._schemas is None:
            self._schemas = math.ceil(len(_encode(tools)) / BYTES_PER_TOKEN)
        if self._counted > len(context) or (self._counted and context[self._counted - 1] is not self._last):
            self._counted = self._total = 0
        self._total += sum(_message_tokens(context[place]) for place in range(self._counted, len(context)))
        self._counted, self._last = len(context), context[-1] if context else None
        return self._schemas + self._total


def _message_tokens(message: Message) -> int:
    tokens = MESSAGE_OVERHEAD_TOKENS + estimate_tokens(message.content)
    if message.tool_call is not None and message.role == "assistant":
        call = message.tool_call
        tokens += estimate_tokens(call.name) + math.ceil(len(_encode(call.arguments)) / BYTES_PER_TOKEN)
    return tokens
