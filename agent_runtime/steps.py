"""One agent's steps: think, act, observe, until it has something to say or cannot go on (spec A1)."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from agent_runtime.budget import Budget
from agent_runtime.clock import Clock
from agent_runtime.context import ContextWindow
from agent_runtime.emitter import Emitter
from agent_runtime.errors import ModelError
from agent_runtime.execution import ToolExecutor, call_at_once
from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.model_calls import call_model
from agent_runtime.models.interface import ChatModel
from agent_runtime.tools import ToolResult
from streaming.contract import payloads as p

EMPTY_ANSWERS: Final = 2
"""So many answers in a row without a word or a call, and the agent cannot go on."""
EMPTY_ANSWER: Final = "Your last answer was empty. Answer the customer, or call a tool."


class Said(Struct, frozen=True):
    """The agent has something to say."""

    text: str


class Stopped(Struct, frozen=True):
    """The agent cannot go on: why, and what the conversation has come to where nobody else can."""

    reason: str
    outcome: p.Outcome = "escalated"


class Transferred(Struct, frozen=True):
    """The agent wants a human to take over."""

    summary: str


class HandedOff(Struct, frozen=True):
    """Another agent talks to the customer from now on; None: the one at the head."""

    to: str | None


StepsEnd = Said | Stopped | Transferred | HandedOff

Acted = Callable[[ToolCall, ToolResult], None]
"""Is told what each call came to."""


class AgentSteps:
    """The steps of one agent in one conversation.

    Args:
        model: What thinks.
        context: What it reads.
        tools: What it can do.
        budget: How far the conversation may go.
        emitter: Where events go.
        clock: The conversation's clock.
        agent: What events call the agent, where a conversation has several.
        acted: Is told what each call came to.
    """

    def __init__(
        self,
        *,
        model: ChatModel,
        context: ContextWindow,
        tools: ToolExecutor[Any],
        budget: Budget,
        emitter: Emitter,
        clock: Clock,
        agent: str | None = None,
        acted: Acted | None = None,
    ) -> None:
        self.context = context
        self.tools = tools
        self.interrupt: StepsEnd | None = None
        """Ends the steps after the call that is being made: set by whoever carries it out."""
        self._model = model
        self._budget = budget
        self._emitter = emitter
        self._clock = clock
        self._agent = agent
        self._acted = acted
        self._schemas = tools.tools.schemas()
        self._empty = 0

    async def run(self) -> StepsEnd:
        """Goes on until the agent says something, or cannot go on.

        Raises:
            ModelError: The model failed, or its answer was not understood.
            LedgerError: The ledger cannot be read or written.
            ContextOverflowError: The context cannot be made to fit.
        """
        while True:
            if tripped := self._budget.tripped():
                return Stopped(tripped)
            await self._fit_context()
            try:
                async with asyncio.timeout(self._budget.left_s()) as deadline:
                    response = await self._think()
            except TimeoutError as error:
                if deadline.expired():
                    self._budget.run_out()
                    return Stopped("deadline")
                raise ModelError(f"{self._model.name} did not answer in time") from error
            if response.tool_call is not None:
                if (end := await self._act(response, response.tool_call)) is not None:
                    return end
            elif response.content.strip():
                self._empty = 0
                return Said(response.content)
            elif (end := self._nothing_said()) is not None:
                return end

    async def _fit_context(self) -> None:
        if await self.context.fit():
            facts = [each for each in (*self.context.facts, self.context.summary) if each]
            self._emitter.emit(p.MemoryWritten(horizon="short", facts=facts))

    async def _think(self) -> ModelResponse:
        response = await call_model(
            self._model,
            self.context.messages,
            self._schemas,
            emitter=self._emitter,
            clock=self._clock,
            agent=self._agent,
        )
        self._budget.spend(response.usage)
        self.context.add(Message(role="assistant", content=response.content, tool_call=response.tool_call))
        return response

    async def _act(self, response: ModelResponse, first: ToolCall) -> StepsEnd | None:
        """Executes what the model called; the end where that was the last thing to do."""
        self._empty = 0
        if not response.further_calls:
            return self._read_result(first, await self.tools.call(first)) or self._interrupted()
        calls = (first, *response.further_calls)
        run = await call_at_once(self.tools, calls)
        end: StepsEnd | None = None
        for place, (call, result) in enumerate(zip(calls, run.results, strict=True)):
            if place > 0:
                self.context.add(Message(role="assistant", tool_call=call))
            read = self._read_result(call, result)
            end = end or read
        interrupted = self._interrupted()
        return end or (Stopped("compensation_failed") if run.stuck else interrupted)

    def _read_result(self, call: ToolCall, result: ToolResult) -> Transferred | None:
        self.context.add(Message(role="tool", content=result.for_model(), tool_call=call))
        if self._acted is not None:
            self._acted(call, result)
        if not result.ok or self.tools.tools.effect_of(call.name) != "terminal":
            return None
        return Transferred(str(call.arguments.get("summary", "")))

    def _interrupted(self) -> StepsEnd | None:
        end, self.interrupt = self.interrupt, None
        return end

    def _nothing_said(self) -> Stopped | None:
        self._empty += 1
        if self._empty >= EMPTY_ANSWERS:
            return Stopped("empty_answers", "failed")
        self._emitter.emit(
            p.GuardrailTriggered(guardrail="empty_answer", layer="loop", action="told", reason=EMPTY_ANSWER)
        )
        self.context.add(Message(role="system", content=EMPTY_ANSWER))
        return None
