"""Calls of a model as events: a start before each leaves, an end with what it consumed (spec A11)."""

from collections.abc import Sequence
from typing import Any

from agent_runtime.clock import Clock
from agent_runtime.emitter import Emitter
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.interface import ChatModel
from streaming.contract import payloads as p


async def call_model(
    model: ChatModel,
    context: Sequence[Message],
    tools: Sequence[dict[str, Any]],
    *,
    emitter: Emitter,
    clock: Clock,
    agent: str | None = None,
) -> ModelResponse:
    """Asks a model for the next step.

    Args:
        model: The model.
        context: What it reads.
        tools: Schemas of what it may call.
        emitter: Where events go.
        clock: The conversation's clock.
        agent: What events call the agent that asks, where a conversation has several.

    Raises:
        ModelError: The model failed, or its answer was not understood.
    """
    span = emitter.span()
    called_ns = emitter.emit(
        p.LlmCallStart(model=model.name, provider=model.provider, messages=len(context), agent=agent), span
    )
    response = await model.complete(context, tools)
    clock.advance(response.usage.duration_ns)
    emitter.emit(
        p.LlmCallEnd(
            model=response.model or model.name,
            provider=model.provider,
            input_tokens=response.usage.input_tokens,
            output_tokens=response.usage.output_tokens,
            tokens_estimated=response.usage.estimated,
            duration=clock.now_ns() - called_ns,
            cost=response.usage.cost_usd,
            finish_reasons=["tool_call" if response.tool_call else "stop"],
            output=[_output_message(response)],
            agent=agent,
        ),
        span,
    )
    for thought in response.thoughts:
        emitter.emit(p.ReasoningStep(thought=thought), span)
    return response


def _output_message(response: ModelResponse) -> dict[str, Any]:
    """The answer in the form of the GenAI conventions: a role and its parts."""
    parts: list[dict[str, Any]] = []
    if response.content:
        parts.append({"type": "text", "content": response.content})
    for call in (response.tool_call, *response.further_calls):
        if call is not None:
            part = {"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments}
            parts.append(part)
    return {"role": "assistant", "parts": parts}
