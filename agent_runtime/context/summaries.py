"""Old turns in few words (spec A6)."""

import re
from collections.abc import Sequence
from typing import Final, Protocol

from agent_runtime.context.tokens import TokenCounter
from agent_runtime.messages import Message

_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+")
_LONGEST_LINE: Final = 240
_SPEAKERS: Final = {"user": "Customer", "assistant": "Agent", "system": "Note"}


class Summariser(Protocol):
    """Makes a summary longer by what was said since."""

    async def summarise(self, earlier: str, messages: Sequence[Message], budget: int) -> str:
        """The summary of an earlier summary and the messages after it.

        Args:
            earlier: The summary so far; empty at first.
            messages: What was said since, oldest first.
            budget: Tokens that the summary may take.
        """
        ...


class ExtractiveSummariser:
    """The first sentence of each message and of each answer of a tool; the oldest go where it is too much.

    The same messages give the same summary.

    Args:
        count: Counts tokens.
    """

    def __init__(self, count: TokenCounter) -> None:
        self._count = count

    async def summarise(self, earlier: str, messages: Sequence[Message], budget: int) -> str:
        """See :class:`Summariser`."""
        lines = [*earlier.splitlines(), *(line for each in messages if (line := _line(each)))]
        kept: list[str] = []
        for line in reversed(lines):
            budget -= self._count(line) + 1
            if budget < 0:
                break
            kept.append(line)
        return "\n".join(reversed(kept))


def _line(message: Message) -> str:
    call = message.tool_call
    if message.role == "tool" and call is not None:
        return f"{call.name}: {_beginning(message.content)}"
    if not message.content:
        return ""
    return f"{_SPEAKERS.get(message.role, message.role)}: {_beginning(message.content)}"


def _beginning(text: str) -> str:
    sentence = " ".join(_SENTENCE.split(text.strip(), maxsplit=1)[0].split())
    return sentence if len(sentence) <= _LONGEST_LINE else sentence[: _LONGEST_LINE - 1] + "…"
