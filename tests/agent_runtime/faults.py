"""Faults on the way between a runtime and its tools."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from agent_runtime.errors import OutcomeUnknownError
from agent_runtime.execution import Deliver, deliver
from agent_runtime.tools import Tool


async def twice(tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
    """The network delivers every write twice."""
    if tool.effect == "write":
        await deliver(tool, store, arguments, key)
    return await deliver(tool, store, arguments, key)


def answers_lost(lost: Callable[[int], bool]) -> Deliver:
    """The answers of some writes, by the number of their delivery, are lost after the commit."""
    writes = 0

    async def carry(tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
        nonlocal writes
        answer = await deliver(tool, store, arguments, key)
        if tool.effect == "write":
            writes += 1
            if lost(writes):
                raise OutcomeUnknownError("the connection broke after the commit")
        return answer

    return carry
