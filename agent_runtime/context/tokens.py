"""How much of a model's window a message takes."""

from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

import msgspec

from agent_runtime.messages import Message
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.usage import estimate_tokens

MESSAGE_TOKENS: Final = 4
"""What the chat format adds to a message."""

TokenCounter = Callable[[str], int]
"""Tokens of a text."""

_encode: Final = msgspec.json.Encoder().encode


@runtime_checkable
class CountsTokens(Protocol):
    """A model that has its tokenizer at hand."""

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, as the model counts them."""
        ...


def counter_of(model: ChatModel) -> TokenCounter:
    """The model's own tokenizer; an estimate of four bytes a token where it has none."""
    return model.count_tokens if isinstance(model, CountsTokens) else estimate_tokens


def message_tokens(message: Message, count: TokenCounter) -> int:
    """Tokens of a message, its call and the chat format included."""
    tokens = MESSAGE_TOKENS + count(message.content)
    if message.tool_call is not None and message.role == "assistant":
        tokens += count(message.tool_call.name) + count(_encode(message.tool_call.arguments).decode())
    return tokens
