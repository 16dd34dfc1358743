"""What must have succeeded before a tool may run (spec A4)."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from agent_runtime.tools import Tool, ToolRegistry


class Prerequisites:
    """Which calls of tools that others depend on have succeeded in a conversation.

    Arguments are kept as JSON has them, so that a date is the same after it was put away.

    Args:
        tools: The tools with their dependencies.
    """

    def __init__(self, tools: ToolRegistry[Any]) -> None:
        self._needed = frozenset(name for tool in tools for name in tool.depends_on)
        self._succeeded: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def succeeded(self, tool: Tool[Any], arguments: Struct) -> None:
        """Notes a success."""
        if tool.name in self._needed:
            named = msgspec.to_builtins(arguments)
            if named not in self._succeeded[tool.name]:
                self._succeeded[tool.name].append(named)

    def undone(self, tool: Tool[Any], arguments: Struct) -> None:
        """Takes a success back."""
        named = msgspec.to_builtins(arguments)
        if named in self._succeeded[tool.name]:
            self._succeeded[tool.name].remove(named)

    def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """The successes, to be put away."""
        return dict(self._succeeded)

    def resume(self, succeeded: Mapping[str, list[dict[str, Any]]]) -> None:
        """Takes up successes that were put away."""
        self._succeeded = defaultdict(list, succeeded)

    def missing(self, tool: Tool[Any], arguments: Struct) -> str | None:
        """The first tool that has not succeeded yet for these arguments; None where nothing is missing.

        A success counts where it has the same value in every argument that both tools have.
        """
        if not tool.depends_on:
            return None
        named = msgspec.to_builtins(arguments)
        for name in tool.depends_on:
            if not any(agree(named, each) for each in self._succeeded[name]):
                return name
        return None


def agree(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two calls have the same value in every argument that both have."""
    return all(one[name] == other[name] for name in one.keys() & other.keys())
