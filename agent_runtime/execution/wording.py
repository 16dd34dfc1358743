"""What the runtime says to the model in a tool's place."""

from typing import Any, Final

from msgspec import Struct, structs

from agent_runtime.tools import Tool

_LONGEST_FACT: Final = 300

ALREADY_DONE: Final = (
    "This was done already, {when}, and was not done again. If the customer may want it once more, ask; "
    "call again only after the customer has said so."
)
UNKNOWN: Final = (
    "Error: whether {tool} happened is not known. Say so to the customer and hand over to a human; a second "
    "call will not be made."
)
NOT_DONE: Final = "Error: {tool} did not happen. Ask the customer before you try again."
UNAVAILABLE: Final = "Error: {tool} is not available at the moment; nothing happened."
TIMEOUT: Final = "Error: {tool} did not answer in time."
BROKE: Final = "Error: {tool} failed."
DENIED: Final = "Error: you have no permission for {tool}."
BLOCKED: Final = "Error: {tool} was not done: {missing} has to succeed first, for the same case."
TOO_MANY: Final = "Error: not done: at most {most} calls at once. Call again where it is still needed."
RECOVERED: Final = "An interruption cut off the call {call}. What became of it: {result}"
UNDONE: Final = "{fact}, and was taken back since"
TAKEN_BACK: Final = "This was taken back since, because {failed} failed."


def fact_of(tool: Tool[Any], arguments: Struct) -> str:
    """What to remember of a success."""
    named = structs.asdict(arguments)
    if tool.fact is not None:
        return tool.fact.format_map(named)[:_LONGEST_FACT]
    told = ", ".join(f"{name}={value!r}" for name, value in named.items())
    return f"{tool.name}({told}) succeeded"[:_LONGEST_FACT]
