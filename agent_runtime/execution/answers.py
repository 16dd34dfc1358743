"""What a tool answered, as the model and the events get it: bounded, and cut to what is essential."""

from typing import Any, Final

import msgspec
from msgspec import Struct

from agent_runtime.execution.delivery import Delivered
from agent_runtime.tools import Tool

LONGEST_ANSWER: Final = 65_536
"""Characters of an answer that go into events, ledger and context."""
_LONGEST_REFUSAL: Final = 4_000

_encode = msgspec.json.Encoder().encode


class Answer(Struct, frozen=True, kw_only=True):
    """A tool's answer, read.

    Attributes:
        text: The answer, at most :data:`LONGEST_ANSWER` characters of it.
        essence: Its essential fields as JSON; None where the tool declares none, or lacks them.
        complaint: What is wrong with it, in words for an event; empty where nothing is.
        is_text: Whether it was a text at all.
    """

    text: str
    essence: str | None = None
    complaint: str = ""
    is_text: bool = True


def read_answer(tool: Tool[Any], answer: object) -> Answer:
    """Reads what a tool answered, whatever it is."""
    if not isinstance(answer, str):
        kind = type(answer).__name__
        return Answer(
            text=f"Error: {tool.name} went through, but its answer cannot be read",
            complaint=f"{tool.name} answered with {kind}, not with text",
            is_text=False,
        )
    essence, complaint = _essence(tool, answer) if tool.essential else (None, "")
    if len(answer) > LONGEST_ANSWER:
        complaint = complaint or f"{tool.name} answered with {len(answer):,} characters"
    return Answer(
        text=cut(answer, LONGEST_ANSWER),
        essence=None if essence is None else cut(essence, LONGEST_ANSWER),
        complaint=complaint,
    )


def refusal(delivered: Delivered) -> str:
    """A tool's refusal, in the form in which a model reads it."""
    return cut(f"Error: {delivered.answer}", _LONGEST_REFUSAL)


def cut(text: str, longest: int) -> str:
    """A text of at most some characters: its beginning, with a note of how much there was."""
    if len(text) <= longest:
        return text
    note = f" [cut: the first part of {len(text):,} characters]"
    return text[: longest - len(note)] + note


def _essence(tool: Tool[Any], answer: str) -> tuple[str | None, str]:
    try:
        value = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return None, f"{tool.name} declares essential fields, but its answer is no JSON"
    many = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in many):
        return None, f"{tool.name} declares essential fields, but its answer is no object"
    kept = [{name: each[name] for name in tool.essential if name in each} for each in many]
    lacking = next((name for name in tool.essential for each in kept if name not in each), None)
    complaint = f"{tool.name} declares the field {lacking!r}, but its answer lacks it" if lacking else ""
    return _encode(kept if isinstance(value, list) else kept[0]).decode(), complaint
