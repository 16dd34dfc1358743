"""Guards against a model that runs in circles (spec A7)."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

from agent_runtime.messages import ToolCall

REFUSED_FROM: Final = 3
"""The third call that would fail in the same way does not leave."""

TWICE: Final = (
    "This call has now failed twice with the same arguments. A third one will be refused: change the "
    "arguments, do something else, or ask the customer."
)
THRICE: Final = (
    "Error: this call failed twice with the same arguments and was not made again. Change the arguments, "
    "do something else, or ask the customer."
)

_encode = msgspec.json.Encoder(order="sorted").encode


class RepeatGuard:
    """Counts how often the same call failed in a conversation."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()

    def refuses(self, call: ToolCall) -> bool:
        """Whether a call may not leave, because it failed twice already."""
        return bool(self._failures) and self._failures[_same(call)] >= REFUSED_FROM - 1

    def failed(self, call: ToolCall) -> bool:
        """Counts a failure; True where the model has to be told that it was the second."""
        same = _same(call)
        self._failures[same] += 1
        return self._failures[same] == REFUSED_FROM - 1

    def snapshot(self) -> dict[str, int]:
        """The counts, to be put away."""
        return dict(self._failures)

    def resume(self, failures: Mapping[str, int]) -> None:
        """Takes up counts that were put away."""
        self._failures = Counter(failures)

    def wrote(self) -> None:
        """The world has changed: what failed before may succeed now."""
        self._failures.clear()


def _same(call: ToolCall) -> str:
    return _encode([call.name, call.arguments]).decode()
