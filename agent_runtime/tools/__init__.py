"""Tools: typed, documented functions that a model may call (spec A2).

A tool is a function whose first parameter is the store that it works on; the rest
are its arguments. Its name, description and JSON Schema come from the signature and
the Google docstring, so that what the model reads and what runs cannot differ.
"""

from agent_runtime.tools.declaration import Reconcile, Retry, Tool, ToolFunction, tool
from agent_runtime.tools.registry import ToolRegistry
from agent_runtime.tools.results import ToolErrorType, ToolResult
from agent_runtime.tools.signature import IdempotencyKey
from streaming.contract.payloads import Effect

__all__ = [
    "Effect",
    "IdempotencyKey",
    "Reconcile",
    "Retry",
    "Tool",
    "ToolErrorType",
    "ToolFunction",
    "ToolRegistry",
    "ToolResult",
    "tool",
]
