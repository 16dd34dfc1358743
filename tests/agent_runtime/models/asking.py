"""What the tests of live models ask, and how."""

import contextlib
from typing import Any

from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.models.endpoint import Endpoint, Timeouts
from agent_runtime.models.openai_compatible import OpenAICompatibleModel
from agent_runtime.models.prices import Price

TOOLS: list[dict[str, Any]] = [
    {
        "type": "function",
        "function": {
            "name": "look",
            "description": "Say how many there are. Ask before you guess.",
            "parameters": {
                "type": "object",
                "properties": {"item": {"type": "string", "description": "What to look for."}},
                "required": ["item"],
                "additionalProperties": False,
            },
        },
    }
]
CALL = ToolCall("id-7", "look", {"item": "hat"})
CONTEXT = [
    Message(role="system", content="Be kind."),
    Message(role="user", content="Any hats?"),
    Message(role="assistant", tool_call=CALL),
    Message(role="tool", content="3", tool_call=CALL),
]


def endpoint(base_url: str, **fields: Any) -> Endpoint:
    """An endpoint with deadlines that suit a test."""
    timeouts = Timeouts(connect_s=2.0, first_token_s=5.0, whole_s=10.0)
    return Endpoint(
        **{"base_url": base_url, "model": "m", "timeouts": timeouts, "price": Price(1, 10)} | fields
    )


async def ask(asked: Endpoint) -> ModelResponse:
    """One answer to the context above."""
    async with OpenAICompatibleModel(asked) as model:
        return await model.complete(CONTEXT, TOOLS)


async def pieces(asked: Endpoint) -> list[str | ModelResponse]:
    """The same answer as it comes."""
    async with (
        OpenAICompatibleModel(asked) as model,
        contextlib.aclosing(model.stream(CONTEXT, TOOLS)) as all_of_it,
    ):
        return [piece async for piece in all_of_it]
