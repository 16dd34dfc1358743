"""A specialist at work in a conversation: its own context, tools and permissions (spec A9)."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from agent_runtime.budget import Budget
from agent_runtime.clock import Clock
from agent_runtime.context import ContextWindow
from agent_runtime.context.opening import window_of
from agent_runtime.emitter import Emitter
from agent_runtime.execution import NarrowedPermissions, Permissions, ToolExecutor
from agent_runtime.messages import Message, ToolCall
from agent_runtime.steps import AgentSteps
from agent_runtime.supervisor import wording
from agent_runtime.supervisor.team import TEAM, Specialist
from agent_runtime.tools import Tool, ToolRegistry, ToolResult

StoreT = TypeVar("StoreT")


class AtWork(Generic[StoreT]):
    """A specialist at work.

    What it pins is pinned for the head too; what it did is noted, so that it can be taken back.

    Args:
        specialist: Who.
        head_tools: The head's executor, whose ledger and guards it shares.
        head_permissions: What the head may do, which it never exceeds.
        head_context: Where facts come from and go to.
        budget: How far it may go.
        emitter: Where events go.
        clock: The conversation's clock.
        team_tools: How it deals with the others.
    """

    def __init__(
        self,
        specialist: Specialist[StoreT],
        *,
        head_tools: ToolExecutor[StoreT],
        head_permissions: Permissions,
        head_context: ContextWindow,
        budget: Budget,
        emitter: Emitter,
        clock: Clock,
        team_tools: Sequence[Tool[Any]] = (),
    ) -> None:
        agent, model = specialist.agent, specialist.model()
        registry: ToolRegistry[StoreT] = ToolRegistry([*agent.tools, *team_tools])
        self.specialist = specialist
        self.name = agent.name
        self.facts: dict[str, str] = {}
        """What it made certain, by idempotency key; also where that happened before a crash."""
        self.keys: set[str] = set()
        """Idempotency keys of what it, and not another agent before it, tried to do to the world."""
        self.unknown: set[str] = set()
        """Those of which nobody knows whether they happened."""
        self.context = window_of(agent, model, schemas=registry.schemas())
        self._head_context = head_context
        self.tools = head_tools.of_another(
            registry,
            NarrowedPermissions(agent.permissions | {TEAM}, head_permissions),
            agent.name,
            self._pin,
        )
        self.steps = AgentSteps(
            model=model,
            context=self.context,
            tools=self.tools,
            budget=budget,
            emitter=emitter,
            clock=clock,
            agent=agent.name,
            acted=self._acted,
        )

    def brief(self, *messages: Message) -> None:
        """Puts what is certain in front of it, then messages."""
        pinned = self._head_context.pinned
        for key, fact in pinned.items():
            self.context.pin(key, fact)
        if known := wording.certain(pinned.values()):
            self.context.add(Message(role="system", content=known))
        for message in messages:
            self.context.add(message)

    async def take_back(self) -> bool:
        """Takes back what it did, the last first; whether nothing of it is left, or may be."""
        gone = not self.unknown
        for record in reversed(await self.tools.standing(self.keys)):
            gone = bool(await self.tools.take_back(record.tool, record.key)) and gone
        return gone

    def tries_again(self, earlier: "AtWork[StoreT]") -> None:
        """Does the task of an earlier try again, and answers for what that one did."""
        self.facts, self.keys, self.unknown = earlier.facts, earlier.keys, earlier.unknown
        self.tools.runs_again(self.keys)

    def _pin(self, key: str, fact: str) -> None:
        self.facts[key] = fact
        self.context.pin(key, fact)
        self._head_context.pin(key, fact)

    def _acted(self, call: ToolCall, result: ToolResult) -> None:  # noqa: ARG002 - one signature for all
        done_by_another = result.from_ledger and result.notice
        if result.key is None or done_by_another:
            return
        self.keys.add(result.key)
        if result.ok and result.key in self._head_context.pinned:
            self.facts[result.key] = self._head_context.pinned[result.key]
        if result.state == "unknown":
            self.unknown.add(result.key)
        else:
            self.unknown.discard(result.key)
