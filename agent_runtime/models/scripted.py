"""A model that follows a policy written by hand (spec A10): simulation, demos, tests.

It is no language model. It decides from the context alone, so equal contexts get equal
answers, and its usage is estimated.
"""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.models.prices import Price
from agent_runtime.models.usage import UsageEstimator


class Step(Struct, frozen=True, kw_only=True):
    """A policy's decision: a text to the customer, or a tool call.

    Attributes:
        text: What to say; ignored where a tool is called.
        tool: Name of the tool to call.
        arguments: Its arguments.
        thought: Why.
    """

    text: str = ""
    tool: str | None = None
    arguments: dict[str, Any] = {}
    thought: str = ""


Policy = Callable[[Sequence[Message]], Step]
"""Decides the next step from the context."""


class ScriptedModel:
    """Speaks for a policy in one conversation.

    Args:
        policy: What decides.
        name: The model's name, as events tell it.
        price: What it would cost.
    """

    provider = "scripted"

    def __init__(self, policy: Policy, *, name: str, price: Price) -> None:
        self.name = name
        self._policy = policy
        self._estimator = UsageEstimator(price)

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`; usage is estimated."""
        step = self._policy(context)
        call = ToolCall(f"call_{len(context)}", step.tool, step.arguments) if step.tool else None
        answer = Message(role="assistant", content="" if call else step.text, tool_call=call)
        return ModelResponse(
            content=answer.content,
            tool_call=call,
            thoughts=(step.thought,) if step.thought else (),
            usage=self._estimator.usage(context, tools, answer),
        )
