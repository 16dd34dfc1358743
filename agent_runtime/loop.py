"""The loop: observe, think, act, observe, until an answer (spec A1).

Every step emits an event. Steps, time and money are bounded, and a bound that trips
hands the conversation to a human.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from agent_runtime.agent import Agent, Bounds, Ending
from agent_runtime.clock import Clock
from agent_runtime.context import ContextWindow, ExtractiveSummariser, Summariser, WindowState, counter_of
from agent_runtime.customers import Customer, CustomerMessage
from agent_runtime.emitter import Emitter
from agent_runtime.errors import ContextOverflowError, LedgerError, ModelError
from agent_runtime.execution import (
    Deliver,
    ExecutorState,
    Permissions,
    ToolExecutor,
    call_at_once,
    deliver,
)
from agent_runtime.ledger import ConversationLedger, LedgerStore
from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.model_calls import call_model
from agent_runtime.models.interface import ChatModel
from agent_runtime.tools import ToolResult
from streaming.contract import payloads as p

__all__ = ["HANDOVER_TEXT", "Agent", "Bounds", "Conversation", "Ending"]

StoreT = TypeVar("StoreT")
_log = logging.getLogger(__name__)

HANDOVER_TEXT: Final = "I am handing this conversation over to a colleague, who will take it from here."
EMPTY_ANSWERS: Final = 2
"""So many answers in a row without a word or a call, and a human takes over."""
EMPTY_ANSWER: Final = "Your last answer was empty. Answer the customer, or call a tool."


class ConversationState(Struct, frozen=True, kw_only=True):
    """A conversation between two messages.

    Attributes:
        window: What the model is shown.
        tools: What the executor remembers.
        agent_texts: What the agent said.
        steps: Model calls so far.
        cost_usd: US dollars so far.
        started_ns: When it began, ns since the epoch.
        turn: Customer messages so far.
        spans: Spans so far, so that no span id comes twice.
    """

    window: WindowState
    tools: ExecutorState
    agent_texts: list[str]
    steps: int
    cost_usd: float
    started_ns: int
    turn: int
    spans: int


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(ConversationState).decode


class Conversation(Generic[StoreT]):
    """One conversation between a customer and an agent, from the first message to the last.

    Args:
        agent: The agent's configuration.
        model: What thinks.
        store: What the tools read and write.
        ledger: Keeps what the tools did to the world.
        emitter: Where events go.
        clock: Where times come from; the emitter's own.
        summariser: Folds old turns; by their first sentences unless said.
        carrier: Carries calls to tools.
        draw: Random numbers from 0 to 1, for the jitter of retries.
    """

    def __init__(
        self,
        *,
        agent: Agent[StoreT],
        model: ChatModel,
        store: StoreT,
        ledger: LedgerStore,
        emitter: Emitter,
        clock: Clock,
        summariser: Summariser | None = None,
        carrier: Deliver = deliver,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.agent_texts: list[str] = []
        self.steps = 0
        self.cost_usd = 0.0
        self.permissions = Permissions(agent.permissions, emitter, clock)
        self._agent = agent
        self._model = model
        self._emitter = emitter
        self._clock = clock
        self._schemas = agent.tools.schemas()
        self._started_ns = clock.now_ns()
        self._empty = 0
        self._recovered = False
        count = counter_of(model)
        self.context = ContextWindow(
            policy=agent.policy,
            schemas=self._schemas,
            budget=agent.context_tokens,
            count=count,
            summariser=summariser or ExtractiveSummariser(count),
        )
        self.tools = ToolExecutor(
            tools=agent.tools,
            store=store,
            ledger=ConversationLedger(ledger, emitter.conversation_id, clock),
            permissions=self.permissions,
            emitter=emitter,
            clock=clock,
            pin=self.context.pin,
            carrier=carrier,
            draw=draw,
        )

    async def hold(
        self,
        customer: Customer,
        *,
        channel: str,
        scenario: str | None = None,
        customer_key: str | None = None,
    ) -> Ending:
        """Holds the conversation to its end; ``customer_key`` is what events call the customer."""
        await self.begin(channel=channel, scenario=scenario, customer_key=customer_key)
        message: CustomerMessage | None = customer.opening()
        ending = None
        while ending is None:
            if message is None:
                ending = Ending(outcome="abandoned", reason="customer_left")
            else:
                answer = await self.answer(message)
                if isinstance(answer, Ending):
                    ending = answer
                else:
                    message = customer.reply(answer)
        self.end(ending)
        return ending

    async def begin(
        self, *, channel: str, scenario: str | None = None, customer_key: str | None = None
    ) -> None:
        """Tells that the conversation starts."""
        self._emitter.emit(
            p.ConversationStarted(
                agent_name=self._agent.name, channel=channel, scenario=scenario, customer=customer_key
            )
        )

    async def answer(self, message: CustomerMessage) -> str | Ending:
        """Answers a message: the text, or how the conversation ended with it.

        What breaks down on the way ends in a hand-over, never in silence.
        """
        self._observe(message)
        if message.final:
            return Ending(outcome="resolved", reason="customer_done")
        asked_ns = self._clock.now_ns()
        try:
            await self._recover()
            return await self._steps(asked_ns)
        except Exception as error:  # noqa: BLE001 - whatever breaks, a human takes over and the customer knows
            reason = _breakdown(error)
            if reason == "internal_error":
                _log.exception("conversation %s broke down", self._emitter.conversation_id)
            self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
            return self._hand_over(reason, "failed", asked_ns)

    def end(self, ending: Ending) -> None:
        """Tells that the conversation is over."""
        self._emitter.emit(
            p.ConversationEnded(
                outcome=ending.outcome, reason=ending.reason, turns=self._emitter.turn, steps=self.steps
            )
        )

    def snapshot(self) -> bytes:
        """All that the next turn needs, to be put away between two messages."""
        return _encode(
            ConversationState(
                window=self.context.snapshot(),
                tools=self.tools.snapshot(),
                agent_texts=self.agent_texts,
                steps=self.steps,
                cost_usd=self.cost_usd,
                started_ns=self._started_ns,
                turn=self._emitter.turn,
                spans=self._emitter.spans,
            )
        )

    def resume(self, state: bytes) -> None:
        """Takes up what :meth:`snapshot` put away."""
        put_away = _decode(state)
        self.context.resume(put_away.window)
        self.tools.resume(put_away.tools)
        self.agent_texts = put_away.agent_texts
        self.steps = put_away.steps
        self.cost_usd = put_away.cost_usd
        self._started_ns = put_away.started_ns
        self._emitter.turn = put_away.turn
        self._emitter.spans = put_away.spans

    async def _recover(self) -> None:
        """Takes up, once, what an earlier process left of this conversation."""
        if not self._recovered:
            for found in await self.tools.recover():
                self.context.add(Message(role="system", content=found))
            self._recovered = True

    def _observe(self, message: CustomerMessage) -> None:
        self._clock.advance(message.think_ns)
        self._emitter.turn += 1
        self._emitter.emit(p.MsgReceived(content=message.text))
        self.context.add(Message(role="user", content=message.text))

    async def _steps(self, asked_ns: int) -> str | Ending:
        while True:
            if tripped := self._tripped_bound():
                return self._hand_over(tripped, "escalated", asked_ns)
            await self._fit_context()
            try:
                async with asyncio.timeout(self._left_s()) as deadline:
                    response = await self._think()
            except TimeoutError as error:
                if deadline.expired():
                    return self._hand_over("deadline", "escalated", asked_ns)
                raise ModelError(f"{self._model.name} did not answer in time") from error
            if response.tool_call is not None:
                if (ending := await self._act(response, response.tool_call, asked_ns)) is not None:
                    return ending
            elif response.content.strip():
                self._respond(response.content, asked_ns)
                self._empty = 0
                return response.content
            elif (ending := self._nothing_said(asked_ns)) is not None:
                return ending

    def _tripped_bound(self) -> str | None:
        bounds = self._agent.bounds
        if self.steps >= bounds.max_steps:
            return "step_limit"
        if self._left_s() <= 0:
            return "deadline"
        if self.cost_usd >= bounds.cost_usd:
            return "cost_limit"
        return None

    def _left_s(self) -> float:
        return self._agent.bounds.deadline_s - (self._clock.now_ns() - self._started_ns) / 1e9

    async def _fit_context(self) -> None:
        if await self.context.fit():
            facts = [each for each in (*self.context.facts, self.context.summary) if each]
            self._emitter.emit(p.MemoryWritten(horizon="short", facts=facts))

    async def _think(self) -> ModelResponse:
        response = await call_model(
            self._model, self.context.messages, self._schemas, emitter=self._emitter, clock=self._clock
        )
        self.steps += 1
        self.cost_usd += response.usage.cost_usd
        self.context.add(Message(role="assistant", content=response.content, tool_call=response.tool_call))
        return response

    async def _act(self, response: ModelResponse, first: ToolCall, asked_ns: int) -> Ending | None:
        """Executes what the model called; the ending where that was the last thing to do."""
        self._empty = 0
        if not response.further_calls:
            result = await self.tools.call(first)
            self._read_result(first, result)
            return self._transferred(first, result)
        calls = (first, *response.further_calls)
        run = await call_at_once(self.tools, calls)
        ending = None
        for place, (call, result) in enumerate(zip(calls, run.results, strict=True)):
            if place > 0:
                self.context.add(Message(role="assistant", tool_call=call))
            self._read_result(call, result)
            ending = ending or self._transferred(call, result)
        if run.stuck and ending is None:
            return self._hand_over("compensation_failed", "escalated", asked_ns)
        return ending

    def _read_result(self, call: ToolCall, result: ToolResult) -> None:
        self.context.add(Message(role="tool", content=result.for_model(), tool_call=call))

    def _transferred(self, call: ToolCall, result: ToolResult) -> Ending | None:
        if not result.ok or self._agent.tools.effect_of(call.name) != "terminal":
            return None
        summary = str(call.arguments.get("summary", ""))
        self._emitter.emit(p.Handover(reason="agent_transfer", summary=summary))
        return Ending(outcome="escalated", reason="agent_transfer")

    def _nothing_said(self, asked_ns: int) -> Ending | None:
        self._empty += 1
        if self._empty >= EMPTY_ANSWERS:
            return self._hand_over("empty_answers", "failed", asked_ns)
        self._emitter.emit(
            p.GuardrailTriggered(guardrail="empty_answer", layer="loop", action="told", reason=EMPTY_ANSWER)
        )
        self.context.add(Message(role="system", content=EMPTY_ANSWER))
        return None

    def _respond(self, text: str, asked_ns: int) -> None:
        self.agent_texts.append(text)
        self._emitter.emit(p.ResponseSent(content=text, duration=self._clock.now_ns() - asked_ns))

    def _hand_over(self, reason: str, outcome: p.Outcome, asked_ns: int) -> Ending:
        """Gives the conversation to a human, and says so to the customer."""
        self._respond(HANDOVER_TEXT, asked_ns)
        self._emitter.emit(p.Handover(reason=reason))
        return Ending(outcome=outcome, reason=reason)


def _breakdown(error: Exception) -> str:
    match error:
        case ModelError():
            return "model_error"
        case LedgerError():
            return "ledger_error"
        case ContextOverflowError():
            return "context_limit"
        case _:
            return "internal_error"
