"""The chat-completions protocol on the wire: what is sent, and what streams back (spec A10).

Source: OpenAI API reference, chat completions and their streaming chunks; vLLM serves the same.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from agent_runtime.messages import Message, ToolCall

DATA: Final = "data:"
DONE: Final = "[DONE]"


class FunctionDelta(Struct, frozen=True):
    """A piece of a call: the name comes whole, the arguments in pieces of JSON text."""

    name: str | None = None
    arguments: str | None = None


class CallDelta(Struct, frozen=True):
    """A piece of the call with a number."""

    index: int = 0
    id: str | None = None
    function: FunctionDelta = FunctionDelta()


class Delta(Struct, frozen=True):
    """A piece of the assistant's message."""

    content: str | None = None
    tool_calls: list[CallDelta] | None = None


class Choice(Struct, frozen=True):
    """A piece of one answer; only one is asked for."""

    delta: Delta = Delta()
    finish_reason: str | None = None


class TokenCounts(Struct, frozen=True):
    """What the endpoint counted."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Failure(Struct, frozen=True):
    """An error that came inside a stream that had begun well."""

    message: str = ""
    code: int | str | None = None


class Chunk(Struct, frozen=True):
    """One event of the stream."""

    choices: list[Choice] = []
    usage: TokenCounts | None = None
    error: Failure | None = None


decode_chunk: Final = msgspec.json.Decoder(Chunk).decode
"""Reads one event; raises :class:`msgspec.MsgspecError` where it is none."""


def data_of(line: str) -> str | None:
    """The data of a line of a server-sent-event stream; None for comments and other fields."""
    return line[len(DATA) :].strip() if line.startswith(DATA) else None


def wire_messages(context: Sequence[Message]) -> list[dict[str, Any]]:
    """The context in the protocol's own form, calls and their results included."""
    return [_wire_message(message) for message in context]


def _wire_message(message: Message) -> dict[str, Any]:
    call = message.tool_call
    if call is None:
        return {"role": message.role, "content": message.content}
    if message.role == "tool":
        return {"role": "tool", "tool_call_id": call.id, "content": message.content}
    return {"role": "assistant", "content": message.content or None, "tool_calls": [_wire_call(call)]}


def _wire_call(call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(call.arguments)}
    return {"id": call.id, "type": "function", "function": function}
