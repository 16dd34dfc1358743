"""What passes between the loop, the model, the tools and the customer.

None of it is part of a cycle, and the garbage collector need not look at it (``gc=False``): with thousands
of conversations in a process, a look at every message ever said is a pause for all of them.
"""

from typing import Any, Literal

from msgspec import Struct

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Struct, frozen=True, gc=False):
    """A model's wish to call a tool."""

    id: str
    name: str
    arguments: dict[str, Any]


class Message(Struct, frozen=True, kw_only=True, gc=False):
    """One entry of a conversation's context.

    Attributes:
        role: Who speaks.
        content: The text; empty where the assistant only calls a tool.
        tool_call: The call that the assistant makes, or that a tool message answers.
    """

    role: Role
    content: str = ""
    tool_call: ToolCall | None = None


class Usage(Struct, frozen=True, kw_only=True, gc=False):
    """What one model call consumed: tokens, US dollars, ns."""

    input_tokens: int
    output_tokens: int
    cost_usd: float
    duration_ns: int
    estimated: bool = False
    """Whether the token counts are estimates: recordings do not carry them."""
    first_token_ns: int | None = None
    """Until the first token came, ns; None where nobody measured."""


class ModelResponse(Struct, frozen=True, kw_only=True, gc=False):
    """A model's answer: a text to the customer, or tool calls.

    Attributes:
        content: The text; a customer sees it only where there is no tool call.
        tool_call: The call to execute, if any.
        further_calls: Calls that the model made beside it, in its order.
        thoughts: What the model or an inner agent thought on the way.
        usage: What the call consumed.
        model: Who answered, where several models stand behind one; empty where only one can have.
    """

    content: str = ""
    tool_call: ToolCall | None = None
    further_calls: tuple[ToolCall, ...] = ()
    thoughts: tuple[str, ...] = ()
    usage: Usage
    model: str = ""
