"""A team's configuration: who is in it, and what becomes of a delegation that fails (spec A9)."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic, Literal, TypeVar

from msgspec import Struct

from agent_runtime.agent import Agent
from agent_runtime.models.breaker import CircuitBreaker
from agent_runtime.models.interface import ChatModel
from agent_runtime.tools import Tool, ToolRegistry

StoreT = TypeVar("StoreT")

TEAM: Final = "team"
"""The permission for the tools by which agents of a team deal with each other; all of them have it."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


class Recovery(Struct, frozen=True, kw_only=True):
    """What is done about a delegation that fails.

    Attributes:
        attempts: How often it is tried where trying again may help; effects happen once all the same.
        then: What follows the last one. ``report``: the head is told, and what was done stands.
            ``compensate``: what was done is taken back, the last first, and the head is told; where it
            cannot be, a human takes over. ``escalate``: a human takes over.
    """

    attempts: int = 2
    then: Literal["report", "compensate", "escalate"] = "report"


class Specialist(Struct, Generic[StoreT], frozen=True, kw_only=True):
    """An agent that works for the one at the head.

    Attributes:
        agent: Its configuration. ``name`` is part of tools' names; ``permissions`` count only as far as
            the head may as well; ``bounds`` are those of one delegation, within the conversation's.
        purpose: What it is for, as the head's model reads it.
        model: Makes what thinks for it.
        talks: Whether the customer may be handed off to it.
        recovery: What is done about a delegation that fails.
        longest_result: Characters of a result that go back to the head.
    """

    agent: Agent[StoreT]
    purpose: str
    model: Callable[[], ChatModel]
    talks: bool = False
    recovery: Recovery = Recovery()
    longest_result: int = 2_000


class Team(Generic[StoreT]):
    """Who works together. One object for all conversations of a process, which share its circuit breakers.

    Args:
        head: The agent that customers meet. Its permissions and bounds are the conversation's.
        specialists: Who it may delegate to.
        shared: Keys of what all may read and write.
        failures: Failures in a row after which a specialist is left alone for a while.
        failures_above: Failed delegations in a row, to whomever, after which conversations go to a human.
        open_s: For how long, seconds.
        clock_s: What that is measured with, seconds.

    Raises:
        ValueError: There is no specialist, a name is taken or none, or two agents have different tools
            under one name: then nobody could tell whether a call is the same effect.
    """

    def __init__(
        self,
        head: Agent[StoreT],
        specialists: Sequence[Specialist[StoreT]],
        *,
        shared: Iterable[str] = (),
        failures: int = 3,
        failures_above: int = 5,
        open_s: float = 30.0,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.head = head
        self.shared = tuple(shared)
        self._specialists = {each.agent.name: each for each in specialists}
        self._check(specialists)
        self.all_tools: ToolRegistry[StoreT] = ToolRegistry(_all_tools(self._agents()))
        self.breakers = {
            name: CircuitBreaker(failures=failures, open_s=open_s, clock_s=clock_s)
            for name in self._specialists
        }
        self.breaker_above = CircuitBreaker(failures=failures_above, open_s=open_s, clock_s=clock_s)

    def __iter__(self) -> Iterator[Specialist[StoreT]]:
        """The specialists, in the order given."""
        return iter(self._specialists.values())

    def get(self, name: str) -> Specialist[StoreT] | None:
        """The specialist of a name, or None."""
        return self._specialists.get(name)

    def _agents(self) -> list[Agent[StoreT]]:
        return [self.head, *(each.agent for each in self)]

    def _check(self, specialists: Sequence[Specialist[StoreT]]) -> None:
        if not specialists:
            raise ValueError("a team needs at least one specialist: a conversation without is a Conversation")
        names = [self.head.name, *(each.agent.name for each in specialists)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two agents of the team are called {name!r}: rename one")
        for name in names[1:]:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} becomes part of a tool's name: use up to 40 of a-z, 0-9 and _")


def _all_tools(agents: Iterable[Agent[StoreT]]) -> list[Tool[StoreT]]:
    found: dict[str, Tool[StoreT]] = {}
    for agent in agents:
        for tool in agent.tools:
            if found.setdefault(tool.name, tool) is not tool:
                raise ValueError(f"agents of the team have different tools called {tool.name!r}: rename one")
    return list(found.values())
