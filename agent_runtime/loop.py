"""The loop: observe, think, act, observe, until an answer (spec A1).

Every step emits an event. Steps, time and money are bounded, and a bound that trips
hands the conversation to a human.
"""

from typing import Any, Final, Generic, TypeVar

from msgspec import Struct

from agent_runtime.clock import Clock
from agent_runtime.customers import Customer, CustomerMessage
from agent_runtime.emitter import Emitter
from agent_runtime.errors import ModelError
from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.models.interface import ChatModel
from agent_runtime.tools import ToolRegistry, ToolResult
from streaming.contract import payloads as p

StoreT = TypeVar("StoreT")

REPLAYED_TOOL_NS: Final = 40_000_000
"""What a tool call takes on a replayed clock: recordings do not say."""

HANDOVER_TEXT: Final = "I am handing this conversation over to a colleague, who will take it from here."


class Bounds(Struct, frozen=True, kw_only=True):
    """Where a conversation ends in a hand-over, whatever the model wants."""

    max_steps: int = 30
    """Model calls a conversation."""
    deadline_s: float = 3_600.0
    """Seconds from the first message."""
    cost_usd: float = 5.0
    """US dollars spent on the model."""


class Agent(Struct, Generic[StoreT], frozen=True, kw_only=True):
    """A configured agent: who it is, what it may do and how far it may go."""

    name: str
    version: str
    policy: str
    tools: ToolRegistry[StoreT]
    bounds: Bounds = Bounds()


class Ending(Struct, frozen=True, kw_only=True):
    """How a conversation ended."""

    outcome: p.Outcome
    reason: str


class Conversation(Generic[StoreT]):
    """One conversation between a customer and an agent, from the first message to the last.

    Args:
        agent: The agent's configuration.
        model: What thinks.
        customer: Who asks.
        store: What the tools read and write.
        emitter: Where events go.
        clock: Where times come from; the emitter's own.
    """

    def __init__(
        self,
        *,
        agent: Agent[StoreT],
        model: ChatModel,
        customer: Customer,
        store: StoreT,
        emitter: Emitter,
        clock: Clock,
    ) -> None:
        self.agent_texts: list[str] = []
        self.steps = 0
        self.cost_usd = 0.0
        self._agent = agent
        self._model = model
        self._customer = customer
        self._store = store
        self._emitter = emitter
        self._clock = clock
        self._context = [Message(role="system", content=agent.policy)]
        self._schemas = agent.tools.schemas()
        self._started_ns = clock.now_ns()

    async def hold(
        self, *, channel: str, scenario: str | None = None, customer_key: str | None = None
    ) -> Ending:
        """Holds the conversation to its end; ``customer_key`` is what events call the customer."""
        self._emitter.emit(
            p.ConversationStarted(
                agent_name=self._agent.name, channel=channel, scenario=scenario, customer=customer_key
            )
        )
        try:
            ending = await self._talk()
        except ModelError as error:
            self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
            ending = self._hand_over("model_error", "failed")
        self._emitter.emit(
            p.ConversationEnded(
                outcome=ending.outcome, reason=ending.reason, turns=self._emitter.turn, steps=self.steps
            )
        )
        return ending

    async def _talk(self) -> Ending:
        message: CustomerMessage | None = self._customer.opening()
        while message is not None:
            self._observe(message)
            if message.final:
                return Ending(outcome="resolved", reason="customer_done")
            answer = await self._answer()
            if isinstance(answer, Ending):
                return answer
            message = self._customer.reply(answer)
        return Ending(outcome="abandoned", reason="customer_left")

    def _observe(self, message: CustomerMessage) -> None:
        self._clock.advance(message.think_ns)
        self._emitter.turn += 1
        self._emitter.emit(p.MsgReceived(content=message.text))
        self._context.append(Message(role="user", content=message.text))

    async def _answer(self) -> str | Ending:
        asked_ns = self._clock.now_ns()
        while True:
            if tripped := self._tripped_bound():
                self._respond(HANDOVER_TEXT, asked_ns)
                return self._hand_over(tripped, "escalated")
            response = await self._think()
            if response.tool_call is None:
                self._respond(response.content, asked_ns)
                return response.content
            result = self._act(response.tool_call)
            if result.ok and self._agent.tools.effect_of(response.tool_call.name) == "terminal":
                summary = str(response.tool_call.arguments.get("summary", ""))
                return self._hand_over("agent_transfer", "escalated", summary)

    def _tripped_bound(self) -> str | None:
        bounds = self._agent.bounds
        if self.steps >= bounds.max_steps:
            return "step_limit"
        if self._clock.now_ns() - self._started_ns >= bounds.deadline_s * 1e9:
            return "deadline"
        if self.cost_usd >= bounds.cost_usd:
            return "cost_limit"
        return None

    async def _think(self) -> ModelResponse:
        span = self._emitter.span()
        model, provider = self._model.name, self._model.provider
        called_ns = self._emitter.emit(
            p.LlmCallStart(model=model, provider=provider, messages=len(self._context)), span
        )
        response = await self._model.complete(self._context, self._schemas)
        self._clock.advance(response.usage.duration_ns)
        self.steps += 1
        self.cost_usd += response.usage.cost_usd
        self._emitter.emit(
            p.LlmCallEnd(
                model=model,
                provider=provider,
                input_tokens=response.usage.input_tokens,
                output_tokens=response.usage.output_tokens,
                tokens_estimated=response.usage.estimated,
                duration=self._clock.now_ns() - called_ns,
                cost=response.usage.cost_usd,
                finish_reasons=["tool_call" if response.tool_call else "stop"],
                output=[_output_message(response)],
            ),
            span,
        )
        for thought in response.thoughts:
            self._emitter.emit(p.ReasoningStep(thought=thought), span)
        self._context.append(
            Message(role="assistant", content=response.content, tool_call=response.tool_call)
        )
        return response

    def _act(self, call: ToolCall) -> ToolResult:
        span = self._emitter.span()
        effect = self._agent.tools.effect_of(call.name)
        called_ns = self._emitter.emit(
            p.ToolCallStart(tool=call.name, call_id=call.id, arguments=call.arguments, effect=effect), span
        )
        result = self._agent.tools.call(self._store, call)
        self._clock.advance(REPLAYED_TOOL_NS)
        self._emitter.emit(
            p.ToolCallEnd(
                tool=call.name,
                call_id=call.id,
                effect=effect,
                ok=result.ok,
                result=result.text,
                duration=self._clock.now_ns() - called_ns,
                error_type=result.error_type,
            ),
            span,
        )
        self._context.append(Message(role="tool", content=result.text, tool_call=call))
        return result

    def _respond(self, text: str, asked_ns: int) -> None:
        self.agent_texts.append(text)
        self._emitter.emit(p.ResponseSent(content=text, duration=self._clock.now_ns() - asked_ns))

    def _hand_over(self, reason: str, outcome: p.Outcome, summary: str = "") -> Ending:
        self._emitter.emit(p.Handover(reason=reason, summary=summary))
        return Ending(outcome=outcome, reason=reason)


def _output_message(response: ModelResponse) -> dict[str, Any]:
    """The answer in the form of the GenAI conventions: a role and its parts."""
    parts: list[dict[str, Any]] = []
    if response.content:
        parts.append({"type": "text", "content": response.content})
    if call := response.tool_call:
        parts.append({"type": "tool_call", "id": call.id, "name": call.name, "arguments": call.arguments})
    return {"role": "assistant", "parts": parts}
