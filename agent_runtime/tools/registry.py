"""The tools of one domain."""

from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from agent_runtime.errors import ToolRefusal
from agent_runtime.messages import ToolCall
from agent_runtime.tools.declaration import Tool
from agent_runtime.tools.results import ToolResult
from streaming.contract.payloads import Effect

StoreT = TypeVar("StoreT")


class ToolRegistry(Generic[StoreT]):
    """The tools of one domain, by name.

    Args:
        tools: The tools, in the order that a model reads them.

    Raises:
        ValueError: Two tools have one name, one names another that is not there, or they
            depend on each other in a circle.
    """

    def __init__(self, tools: Iterable[Tool[StoreT]]) -> None:
        self._tools: dict[str, Tool[StoreT]] = {}
        for each in tools:
            if each.name in self._tools:
                raise ValueError(f"two tools are called {each.name!r}: rename one")
            self._tools[each.name] = each
        self._check_names()
        self._schemas = [each.schema() for each in self]

    def __iter__(self) -> Iterator[Tool[StoreT]]:
        """The tools in the order given."""
        return iter(self._tools.values())

    def __contains__(self, name: str) -> bool:
        """Whether a tool of this name exists."""
        return name in self._tools

    def get(self, name: str) -> Tool[StoreT] | None:
        """The tool of a name, or None."""
        return self._tools.get(name)

    def schemas(self) -> list[dict[str, Any]]:
        """All tools in OpenAI function form, in the order given; made once, not to be changed."""
        return self._schemas

    def permissions(self) -> frozenset[str]:
        """Every permission that a tool here asks for: what an agent has that may do anything."""
        return frozenset(each.permission for each in self)

    def effect_of(self, name: str) -> Effect:
        """What a call of this name does; an unknown tool does nothing, hence ``read``."""
        known = self._tools.get(name)
        return known.effect if known else "read"

    def call(self, store: StoreT, call: ToolCall) -> ToolResult:
        """Executes a call at once, past ledger, guards and permissions: for ground truth and rebuilt states.

        The call's id is the idempotency key. Every failure that a model may cause is an answer.

        Raises:
            TypeError: The tool is asynchronous: only a conversation can call it.
        """
        known = self._tools.get(call.name)
        if known is None:
            return unknown_tool(call)
        arguments = checked_arguments(known, call)
        if isinstance(arguments, ToolResult):
            return arguments
        if known.is_async:
            raise TypeError(f"tool {call.name} is asynchronous: only a conversation can call it")
        try:
            answer = known.function(store, **known.bound(arguments, call.id))
        except ToolRefusal as refusal:
            return refused(refusal)
        return ToolResult(text=str(answer))

    def _check_names(self) -> None:
        for each in self:
            named = (*each.depends_on, *([each.compensation] if each.compensation else []))
            if missing := [name for name in named if name not in self._tools]:
                raise ValueError(f"tool {each.name} names {missing[0]!r}, which is no tool here: add it")
        try:
            TopologicalSorter({each.name: each.depends_on for each in self}).prepare()
        except CycleError as circle:
            names = " -> ".join(circle.args[1])
            raise ValueError(f"tools depend on each other in a circle: {names}") from circle


def unknown_tool(call: ToolCall) -> ToolResult:
    """The answer to a call of a tool that does not exist."""
    return ToolResult(text=f"Unknown action {call.name}", ok=False, error_type="unknown_tool")


def refused(refusal: ToolRefusal) -> ToolResult:
    """The answer of a tool that will not."""
    return ToolResult(text=f"Error: {refusal}", ok=False, error_type="refused")


def checked_arguments(tool: Tool[Any], call: ToolCall) -> Struct | ToolResult:
    """The arguments as the tool declares them, defaults filled in; or the answer to ones that do not fit."""
    try:
        return msgspec.convert(call.arguments, tool.arguments)
    except msgspec.ValidationError as cause:
        text = f"Error: arguments of {call.name}: {cause}"
        return ToolResult(text=text, ok=False, error_type="invalid_arguments")
