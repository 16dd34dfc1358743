"""Witnesses: writes of somebody else after which our tool answers exactly what was recorded.

Some runs kept the shop in one file that all conversations shared while they ran at the
same time. A recorded answer is then explained where a few recorded writes, applied to
the untouched shop, make our tool answer it byte for byte.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import permutations
from typing import Final

from msgspec import Struct

from agent_runtime.domains.retail.exactness.replaying import Replayed, ReplayedCall
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailDatabase
from agent_runtime.messages import ToolCall

_MOST_WRITES: Final = 2


class Write(Struct, frozen=True, kw_only=True):
    """A call that changes the shop.

    Attributes:
        conversation_id: Where it was seen.
        place: Index of the step, or of the action where it is ground truth.
        call: The call.
        ground_truth: Whether a scorer made it, and no agent.
    """

    conversation_id: str
    place: int
    call: ToolCall
    ground_truth: bool = False

    def __str__(self) -> str:
        """The write as a report tells it."""
        return f"{self.call.name} by {self.conversation_id}, step {self.place}"


class Witness(Struct, frozen=True, kw_only=True):
    """Writes that lead to a recorded answer; none where the untouched shop does."""

    writes: tuple[Write, ...]

    def foreign(self, conversation_id: str) -> list[Write]:
        """The writes that are not of a conversation itself."""
        return [each for each in self.writes if each.conversation_id != conversation_id]


class Witnesses:
    """Looks for witnesses among all recorded writes.

    Args:
        database: The shop's database.
        replayed: All conversations of all runs.
    """

    def __init__(self, database: RetailDatabase, replayed: Iterable[Replayed]) -> None:
        self._database = database
        self._store = database.store("witness")
        self._by_user: dict[str | None, list[tuple[str, Write]]] = defaultdict(list)
        for each in replayed:
            for write in _writes_of(each):
                self._by_user[self._user_of(write.call)].append((each.conversation.run, write))

    def find(self, replayed: Replayed, call: ReplayedCall) -> Witness | None:
        """The shortest sequence of writes that explains a recorded answer.

        Writes of the same run are tried first, then ground truths that its scorer
        executed, then what other runs did to the same order: conversations were
        repeated, and not every attempt was kept.
        """
        for writes in self._candidates(replayed, call):
            self._store.forget()
            for write in writes:
                RETAIL_TOOLS.call(self._store, write.call)
            if RETAIL_TOOLS.call(self._store, call.call).text == call.recorded:
                return Witness(writes=writes)
        return None

    def _candidates(self, replayed: Replayed, call: ReplayedCall) -> Iterator[tuple[Write, ...]]:
        conversation = replayed.conversation
        here: list[Write] = []
        truths: list[Write] = []
        elsewhere: list[Write] = []
        for run, write in self._by_user[self._user_of(call.call)]:
            own = write.conversation_id == conversation.conversation_id
            if not _same_order(write.call, call.call) or (own and write.place >= call.place):
                continue
            if run != conversation.run:
                elsewhere.append(write)
            else:
                (truths if write.ground_truth else here).append(write)
        for length in range(_MOST_WRITES + 1):
            yield from permutations(here, length)
        yield from ((write,) for write in truths)
        yield from ((write,) for write in elsewhere if not write.ground_truth)

    def _user_of(self, call: ToolCall) -> str | None:
        if "user_id" in call.arguments:
            return str(call.arguments["user_id"])
        order = self._database.shop.texts["orders"].get(str(call.arguments.get("order_id")))
        return str(json.loads(order)["user_id"]) if order else None


def _writes_of(replayed: Replayed) -> Iterator[Write]:
    conversation = replayed.conversation
    for each in replayed.calls:
        if RETAIL_TOOLS.effect_of(each.call.name) == "write" and not each.recorded.startswith("Error"):
            yield Write(conversation_id=conversation.conversation_id, place=each.place, call=each.call)
    for place, action in enumerate(conversation.task.actions if conversation.task else ()):
        if RETAIL_TOOLS.effect_of(action.name) == "write":
            truth = f"the ground truth of {conversation.conversation_id}"
            yield Write(conversation_id=truth, place=place, call=action, ground_truth=True)


def _same_order(write: ToolCall, call: ToolCall) -> bool:
    wanted = call.arguments.get("order_id")
    return wanted is None or write.arguments.get("order_id") == wanted
