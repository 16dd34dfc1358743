"""An executor on a list as its world: every effect appends to it."""

import asyncio
from collections.abc import Callable
from typing import Any

from agent_runtime.clock import ReplayClock
from agent_runtime.emitter import Emitter
from agent_runtime.execution import Permissions, ToolExecutor, deliver
from agent_runtime.execution.delivery import Deliver
from agent_runtime.ledger import ConversationLedger, LedgerStore, MemoryLedger
from agent_runtime.messages import ToolCall
from agent_runtime.tools import Tool, ToolRegistry, ToolResult
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id

World = list[Any]
START_NS = 1_700_000_000_000_000_000


class Bench:
    """A conversation's tools with all that is around them, and what was seen of it."""

    def __init__(
        self,
        *tools: Tool[Any],
        granted: frozenset[str] | None = None,
        ledger: LedgerStore | None = None,
        carrier: Deliver = deliver,
        draw: Callable[[], float] = lambda: 1.0,
        world: Any = None,
    ) -> None:
        self.world: Any = [] if world is None else world
        self.events: list[AgentEvent] = []
        self.facts: dict[str, str] = {}
        self.clock = ReplayClock(START_NS)
        self.emitter = Emitter(
            conversation_id="c",
            tenant_id="t",
            agent_version="v",
            clock=self.clock,
            ids=live_event_id,
            sink=self.events.append,
        )
        self.emitter.turn = 1
        registry: ToolRegistry[Any] = ToolRegistry(tools)
        self.permissions = Permissions(
            registry.permissions() if granted is None else granted, self.emitter, self.clock
        )
        self.store = ledger or MemoryLedger()
        self.ledger = ConversationLedger(self.store, "c", self.clock)
        self.executor: ToolExecutor[Any] = ToolExecutor(
            tools=registry,
            store=self.world,
            ledger=self.ledger,
            permissions=self.permissions,
            emitter=self.emitter,
            clock=self.clock,
            pin=self.facts.__setitem__,
            carrier=carrier,
            draw=draw,
        )

    async def call(self, name: str, **arguments: Any) -> ToolResult:
        return await self.executor.call(ToolCall("call", name, arguments))

    def call_now(self, name: str, **arguments: Any) -> ToolResult:
        return asyncio.run(self.call(name, **arguments))

    def next_message(self) -> None:
        self.emitter.turn += 1

    def ends(self) -> list[p.ToolCallEnd]:
        return [each.payload for each in self.events if isinstance(each.payload, p.ToolCallEnd)]

    def guardrails(self) -> list[tuple[str, str]]:
        payloads = [each.payload for each in self.events]
        return [(each.guardrail, each.action) for each in payloads if isinstance(each, p.GuardrailTriggered)]
