"""Conversations whose model and tools take no time, so that what is left is the runtime."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from agent_runtime.agent import Agent, Bounds
from agent_runtime.customers import CustomerMessage
from agent_runtime.messages import Message, ModelResponse, ToolCall, Usage
from agent_runtime.tools import ToolRegistry, tool

WRITES_EVERY: Final = 5
"""One step in five writes, in conversations of every length."""
ANSWER: Final = '{"order_id": "#W1", "status": "pending", "items": [{"item_id": "1", "price": 10.5}]}'
_USAGE: Final = Usage(input_tokens=1_000, output_tokens=50, cost_usd=0.0, duration_ns=0)


@tool(effect="read")
def get_order(store: None, order_id: str) -> str:
    """Read an order.

    Args:
        order_id: Which.
    """
    return ANSWER


@tool(effect="write", idempotent=True)
def change_order(store: None, order_id: str, note: str) -> str:
    """Change an order.

    Args:
        order_id: Which.
        note: What to note.
    """
    return ANSWER


TOOLS: ToolRegistry[None] = ToolRegistry([get_order, change_order])
AGENT: Final[Agent[None]] = Agent(
    name="canned",
    version="canned-1",
    policy="You serve the customers of an online shop. " * 20,
    tools=TOOLS,
    permissions=TOOLS.permissions(),
    bounds=Bounds(max_steps=10_000, deadline_s=float("inf")),
)


@cache
def responses(steps: int) -> list[ModelResponse]:
    """A conversation of some steps; one list for all that hold it."""
    return [response(step, steps) for step in range(steps)]


def response(step: int, steps: int) -> ModelResponse:
    """The step of a conversation that calls a tool at every step but the last."""
    if step == steps - 1:
        return ModelResponse(content="All done.", usage=_USAGE)
    if step % WRITES_EVERY == 0:
        call = ToolCall(f"call_{step}", "change_order", {"order_id": f"#W{step}", "note": "changed"})
    else:
        call = ToolCall(f"call_{step}", "get_order", {"order_id": f"#W{step}"})
    return ModelResponse(tool_call=call, usage=_USAGE)


class CannedModel:
    """Answers with what was made beforehand."""

    name = "canned"
    provider = "canned"

    def __init__(self, steps: int) -> None:
        self._responses = responses(steps)
        self._next = 0

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        self._next += 1
        return self._responses[self._next - 1]


class OneQuestion:
    """Asks once and leaves."""

    def opening(self) -> CustomerMessage:
        return CustomerMessage("Please look at all of my orders.")

    def reply(self, agent_text: str) -> CustomerMessage | None:
        return None
