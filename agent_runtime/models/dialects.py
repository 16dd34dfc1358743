"""Two ways of telling a model about tools and of hearing which one it wants (spec A10).

``native`` uses the protocol's own tools. ``structured`` writes the tools into the system message
and binds the answer to a JSON Schema, so that also a model that never learned to call tools can
only say something legal; the endpoint must support ``response_format: json_schema``, as vLLM does.
"""

import json
from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

import msgspec
from msgspec import Struct

from agent_runtime.messages import Message, ToolCall
from agent_runtime.models.answer import StreamedAnswer
from agent_runtime.models.wire import wire_messages

ToolMode = Literal["native", "structured"]
_FORM: Final = (
    'Answer with JSON: {"action": {"say": "text to the customer"}} or '
    '{"action": {"tool": "name", "arguments": {...}}}. Tools:'
)


class Dialect(Protocol):
    """Puts a context and tools into a request, and reads the answer."""

    def request(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """The fields of the request that carry context and tools."""
        ...

    def read(
        self, answer: StreamedAnswer, tools: Sequence[dict[str, Any]], call_id: str
    ) -> tuple[str, tuple[ToolCall, ...]]:
        """The text and the calls of an answer.

        Args:
            answer: The whole answer.
            tools: What may be called.
            call_id: What a call is named where the answer does not name it.

        Raises:
            AnswerNotUnderstoodError: It is neither a text nor a call of a known tool.
        """
        ...


class NativeTools:
    """The protocol's own tools, also several calls at once."""

    def request(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """See :class:`Dialect`."""
        fields: dict[str, Any] = {"messages": wire_messages(context)}
        return fields | {"tools": list(tools)} if tools else fields

    def read(
        self, answer: StreamedAnswer, tools: Sequence[dict[str, Any]], call_id: str
    ) -> tuple[str, tuple[ToolCall, ...]]:
        """See :class:`Dialect`."""
        return answer.text, answer.tool_calls(tools, call_id)


class _Action(Struct, frozen=True):
    """The one thing that a bound answer does: say something, or call a tool."""

    say: str = ""
    tool: str | None = None
    arguments: dict[str, Any] = {}


class _Bound(Struct, frozen=True):
    action: _Action


class StructuredActions:
    """Every answer is one JSON object: a text to say, or a tool with its arguments."""

    def request(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """See :class:`Dialect`."""
        schema = {"name": "action", "strict": True, "schema": action_schema(tools)}
        return {
            "messages": [_told_first(context, tools), *(_as_text(each) for each in _after_policy(context))],
            "response_format": {"type": "json_schema", "json_schema": schema},
        }

    def read(
        self, answer: StreamedAnswer, tools: Sequence[dict[str, Any]], call_id: str
    ) -> tuple[str, tuple[ToolCall, ...]]:
        """See :class:`Dialect`."""
        try:
            action = msgspec.json.decode(answer.text, type=_Bound).action
        except (msgspec.MsgspecError, UnicodeError) as cause:
            message = f"the answer is no action: {cause}"
            raise answer.not_understood(message, "check that the endpoint obeys json_schema") from cause
        if action.tool is None:
            if not action.say.strip():
                raise answer.not_understood("the answer is empty")
            return action.say, ()
        if action.tool not in {tool["function"]["name"] for tool in tools}:
            raise answer.not_understood(f"it calls {action.tool!r}, which is no tool of this agent")
        return "", (ToolCall(call_id, action.tool, action.arguments),)


DIALECTS: Final[dict[ToolMode, Dialect]] = {"native": NativeTools(), "structured": StructuredActions()}


def action_schema(tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """JSON Schema of the answers that :class:`StructuredActions` accepts: a text, or a legal call.

    No lengths are added to those that tools ask for: a bound of 80 characters on every string makes the
    grammar of sixteen tools take seconds to compile (xgrammar 0.2.8).
    """
    actions = [_closed({"say": {"type": "string"}})]
    for tool in tools:
        function = tool["function"]
        name = {"type": "string", "enum": [function["name"]]}
        actions.append(_closed({"tool": name, "arguments": _without_prose(function["parameters"])}))
    return _closed({"action": {"anyOf": actions}})


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object with exactly these properties."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _without_prose(schema: Any) -> Any:
    """The schema without what only a reader needs: the model reads that in the system message."""
    if isinstance(schema, list):
        return [_without_prose(each) for each in schema]
    if isinstance(schema, dict):
        return {key: _without_prose(value) for key, value in schema.items() if not _is_prose(key, value)}
    return schema


def _is_prose(key: str, value: Any) -> bool:
    return key in {"description", "title"} and isinstance(value, str)


def _after_policy(context: Sequence[Message]) -> Sequence[Message]:
    return context[1:] if context and context[0].role == "system" else context


def _told_first(context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The system message: the policy, where there is one, and the tools."""
    policy = context[0].content if len(context) > len(_after_policy(context)) else ""
    return {"role": "system", "content": f"{policy}\n\n{_instructions(tools)}".strip()}


def _as_text(message: Message) -> dict[str, Any]:
    """A message for a model that knows no tools: calls are JSON that it wrote, results are told."""
    call = message.tool_call
    if message.role == "tool" and call is not None:
        return {"role": "user", "content": f"Result of {call.name}: {message.content}"}
    if message.role == "assistant":
        said = {"tool": call.name, "arguments": call.arguments} if call else {"say": message.content}
        return {"role": "assistant", "content": json.dumps({"action": said})}
    return {"role": message.role, "content": message.content}


def _instructions(tools: Sequence[dict[str, Any]]) -> str:
    lines = [_FORM]
    for tool in tools:
        function = tool["function"]
        arguments = ", ".join(function["parameters"].get("properties", {}))
        purpose = function["description"].partition(". ")[0].rstrip(".")
        lines.append(f"- {function['name']}({arguments}): {purpose}.")
    return "\n".join(lines)
