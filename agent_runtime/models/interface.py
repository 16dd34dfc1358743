"""The one interface to a model: live, replayed or scripted (spec A10)."""

from collections.abc import Sequence
from typing import Any, Protocol

from agent_runtime.messages import Message, ModelResponse


class ChatModel(Protocol):
    """Answers a context with a text or a tool call.

    Attributes:
        name: The model's name, as events tell it.
        provider: Who serves it, as events tell it.
    """

    name: str
    provider: str

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """The next step of the conversation.

        Args:
            context: The conversation so far, oldest first.
            tools: JSON Schemas of the tools that may be called, in OpenAI function form.

        Raises:
            ModelError: The model failed, or its answer was not understood.
        """
        ...
