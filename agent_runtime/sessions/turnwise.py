"""The runtime's conversation, one message at a time (spec A8)."""

from typing import TypeVar

import msgspec
from msgspec import Struct

from agent_runtime.customers import CustomerMessage
from agent_runtime.errors import ModelError
from agent_runtime.loop import Conversation, Ending
from agent_runtime.messages import Message
from streaming.contract import payloads as p

StoreT = TypeVar("StoreT")


class ConversationState(Struct, frozen=True, kw_only=True):
    """A conversation between two messages.

    Attributes:
        context: What was said and done so far, the policy first.
        agent_texts: What the agent said.
        steps: Model calls so far.
        cost_usd: US dollars so far.
        started_ns: When it began, ns since the epoch.
        turn: Customer messages so far.
        spans: Spans so far, so that no span id comes twice.
    """

    context: list[Message]
    agent_texts: list[str]
    steps: int
    cost_usd: float
    started_ns: int
    turn: int
    spans: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(ConversationState).decode


class LoopConversation(Conversation[StoreT]):
    """The loop's conversation as a lane runs it; implements ``TurnwiseConversation``."""

    async def begin(
        self, *, channel: str, scenario: str | None = None, customer_key: str | None = None
    ) -> None:
        """See :class:`~agent_runtime.sessions.conversing.TurnwiseConversation`."""
        self._emitter.emit(
            p.ConversationStarted(
                agent_name=self._agent.name, channel=channel, scenario=scenario, customer=customer_key
            )
        )

    async def answer(self, message: CustomerMessage) -> str | Ending:
        """See :class:`~agent_runtime.sessions.conversing.TurnwiseConversation`."""
        self._observe(message)
        if message.final:
            return Ending(outcome="resolved", reason="customer_done")
        try:
            return await self._answer()
        except ModelError as error:
            self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
            return self._hand_over("model_error", "failed")

    def end(self, ending: Ending) -> None:
        """See :class:`~agent_runtime.sessions.conversing.TurnwiseConversation`."""
        self._emitter.emit(
            p.ConversationEnded(
                outcome=ending.outcome, reason=ending.reason, turns=self._emitter.turn, steps=self.steps
            )
        )

    def snapshot(self) -> bytes:
        """See :class:`~agent_runtime.sessions.conversing.TurnwiseConversation`."""
        return _encode(
            ConversationState(
                context=self._context,
                agent_texts=self.agent_texts,
                steps=self.steps,
                cost_usd=self.cost_usd,
                started_ns=self._started_ns,
                turn=self._emitter.turn,
                spans=self._emitter.spans,
            )
        )

    def resume(self, state: bytes) -> None:
        """See :class:`~agent_runtime.sessions.conversing.TurnwiseConversation`."""
        put_away = _decode(state)
        self._context = put_away.context
        self.agent_texts = put_away.agent_texts
        self.steps = put_away.steps
        self.cost_usd = put_away.cost_usd
        self._started_ns = put_away.started_ns
        self._emitter.turn = put_away.turn
        self._emitter.spans = put_away.spans
