"""A conversation: the customer's messages, the agent's steps, and how it ends (spec A1).

Every step emits an event. Steps, time and money are bounded, and a bound that trips
hands the conversation to a human.
"""

import logging
import random
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from agent_runtime.agent import Agent, Bounds, Ending
from agent_runtime.budget import Budget
from agent_runtime.clock import Clock
from agent_runtime.context import ContextWindow, Summariser, WindowState
from agent_runtime.context.opening import window_of
from agent_runtime.customers import Customer, CustomerMessage
from agent_runtime.emitter import Emitter
from agent_runtime.errors import ContextOverflowError, LedgerError, ModelError
from agent_runtime.execution import Deliver, ExecutorState, Permissions, ToolExecutor, deliver
from agent_runtime.ledger import ConversationLedger, LedgerStore
from agent_runtime.messages import Message
from agent_runtime.models.interface import ChatModel
from agent_runtime.steps import AgentSteps, HandedOff, Said, StepsEnd, Stopped, Transferred
from agent_runtime.tools import ToolRegistry
from streaming.contract import payloads as p

__all__ = ["HANDOVER_TEXT", "Agent", "Bounds", "Conversation", "Ending"]

StoreT = TypeVar("StoreT")
_log = logging.getLogger(__name__)

HANDOVER_TEXT: Final = "I am handing this conversation over to a colleague, who will take it from here."


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
        first_use: What is told when the agent's configuration is first used, such as exposures.
        all_tools: The tools of all agents of the conversation; the agent's own unless said.
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
        first_use: Sequence[p.Payload] = (),
        all_tools: ToolRegistry[StoreT] | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.agent_texts: list[str] = []
        self.permissions = Permissions(agent.permissions, emitter, clock)
        self.budget = Budget(agent.bounds, clock)
        self._agent = agent
        self._emitter = emitter
        self._first_use = first_use
        self._clock = clock
        self._recovered = False
        self.context = window_of(agent, model, summariser)
        self.tools = ToolExecutor(
            tools=agent.tools,
            store=store,
            ledger=ConversationLedger(ledger, emitter.conversation_id, clock),
            permissions=self.permissions,
            emitter=emitter,
            clock=clock,
            pin=self._pin,
            carrier=carrier,
            all_tools=all_tools,
            draw=draw,
        )
        self._steps = AgentSteps(
            model=model,
            context=self.context,
            tools=self.tools,
            budget=self.budget,
            emitter=emitter,
            clock=clock,
        )

    @property
    def steps(self) -> int:
        """Model calls so far."""
        return self.budget.steps

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
        if self.steps == 0:
            self._tell_first_use()
        try:
            await self._recover()
            return self._concluded(await self._speak(), asked_ns)
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
                steps=self.budget.steps,
                cost_usd=self.budget.cost_usd,
                started_ns=self.budget.started_ns,
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
        self.budget.steps = put_away.steps
        self.budget.cost_usd = put_away.cost_usd
        self.budget.started_ns = put_away.started_ns
        self._emitter.turn = put_away.turn
        self._emitter.spans = put_away.spans

    async def _recover(self) -> None:
        """Takes up, once, what an earlier process left of this conversation."""
        if not self._recovered:
            for found in await self.tools.recover():
                self._front.add(Message(role="system", content=found))
            self._recovered = True

    def _observe(self, message: CustomerMessage) -> None:
        self._clock.advance(message.think_ns)
        self._emitter.turn += 1
        self._emitter.emit(p.MsgReceived(content=message.text))
        self._front.add(Message(role="user", content=message.text))

    def _tell_first_use(self) -> None:
        for payload in self._first_use:
            self._emitter.emit(payload)
        self._first_use = ()

    @property
    def _front(self) -> ContextWindow:
        """The context of whoever talks to the customer."""
        return self.context

    def _pin(self, key: str, fact: str) -> None:
        self.context.pin(key, fact)

    async def _speak(self) -> StepsEnd:
        """The steps of whoever talks to the customer."""
        return await self._steps.run()

    def _concluded(self, end: StepsEnd, asked_ns: int) -> str | Ending:
        """Tells what the steps came to: to the customer, and as events."""
        match end:
            case Said(text):
                self._respond(text, asked_ns)
                return text
            case Transferred(summary):
                self._emitter.emit(p.Handover(reason="agent_transfer", summary=summary))
                return Ending(outcome="escalated", reason="agent_transfer")
            case Stopped(reason, outcome):
                return self._hand_over(reason, outcome, asked_ns)
            case HandedOff():
                raise AssertionError("nobody is there to hand off to")

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
