"""A model that follows a policy written by hand (spec A10): simulation, demos, tests.

It is no language model. It decides from the context alone, so equal contexts give equal
answers, and it tells estimated usage.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from agent_runtime.messages import Message, ModelResponse, ToolCall, Usage
from agent_runtime.models.usage import cost_usd, estimate_tokens, latency_ns

PROVIDER: Final = "scripted"


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
    """Speaks for a policy; implements :class:`agent_runtime.models.interface.ChatModel`.

    Args:
        policy: What decides.
        name: The model's name, as events tell it.
    """

    def __init__(self, policy: Policy, name: str) -> None:
        self.name = name
        self.provider = PROVIDER
        self._policy = policy

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`agent_runtime.models.interface.ChatModel`."""
        step = self._policy(context)
        call = None
        if step.tool is not None:
            call = ToolCall(f"call_{len(context)}", step.tool, step.arguments)
        said = "" if call else step.text
        return ModelResponse(
            content=said,
            tool_call=call,
            thoughts=(step.thought,) if step.thought else (),
            usage=self._usage(context, tools, said=said, call=call),
        )

    def _usage(
        self,
        context: Sequence[Message],
        tools: Sequence[dict[str, Any]],
        *,
        said: str,
        call: ToolCall | None,
    ) -> Usage:
        read = sum(_tokens(each.content, each.tool_call) for each in context)
        read += estimate_tokens(msgspec.json.encode(tools).decode()) if tools else 0
        written = _tokens(said, call)
        return Usage(
            input_tokens=read,
            output_tokens=written,
            cost_usd=cost_usd(self.name, read, written),
            duration_ns=latency_ns(written),
            estimated=True,
        )


def _tokens(text: str, call: ToolCall | None) -> int:
    called = msgspec.json.encode({"name": call.name, "arguments": call.arguments}).decode() if call else ""
    return estimate_tokens(text + called)
