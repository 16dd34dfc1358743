"""How long the scripted model takes, and tools that are not available."""

import random
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.errors import TransientError
from agent_runtime.execution import Deliver, deliver
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.interface import ChatModel
from agent_runtime.tools import Tool

_SPREAD: Final = 0.35
"""Deviation of the logarithm of a call's time."""


class PacedModel:
    """A model whose calls take as long as a loaded service's do: unequally.

    Args:
        model: What answers.
        rng: Where chance comes from.
        slowness: How much longer than usual.
    """

    def __init__(self, model: ChatModel, rng: random.Random, slowness: float) -> None:
        self.name = model.name
        self.provider = model.provider
        self._model = model
        self._rng = rng
        self._slowness = slowness

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`."""
        response = await self._model.complete(context, tools)
        factor = self._slowness * self._rng.lognormvariate(0, _SPREAD)
        usage = replace(response.usage, duration_ns=int(response.usage.duration_ns * factor))
        return replace(response, usage=usage)


def without(tool_name: str | None) -> Deliver:
    """Carries calls to tools, all but one, which is not available."""
    if tool_name is None:
        return deliver

    async def carry(tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
        if tool.name == tool_name:
            raise TransientError(f"{tool_name} is overloaded")
        return await deliver(tool, store, arguments, key)

    return carry
