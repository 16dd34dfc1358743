"""Calls of tools as events: a start before each leaves, an end when it is known what came of it."""

from typing import Final

from msgspec import Struct

from agent_runtime.clock import Clock
from agent_runtime.emitter import Emitter
from agent_runtime.execution.answers import Answer
from agent_runtime.messages import ToolCall
from agent_runtime.tools import ToolResult
from streaming.contract import payloads as p

REPLAYED_TOOL_NS: Final = 40_000_000
"""What a tool call takes on a replayed clock: recordings do not say."""


class Started(Struct, frozen=True):
    """A call that was told to leave."""

    call: ToolCall
    effect: p.Effect
    span: str
    called_ns: int
    key: str | None
    attempt: int


class CallReporter:
    """Tells the calls of one conversation.

    Args:
        emitter: Where events go.
        clock: Measures how long a call takes.
        agent: What events call the agent that calls, where a conversation has several.
    """

    def __init__(self, emitter: Emitter, clock: Clock, agent: str | None = None) -> None:
        self._emitter = emitter
        self._clock = clock
        self._agent = agent

    def start(self, call: ToolCall, effect: p.Effect, *, key: str | None = None, attempt: int = 1) -> Started:
        """Tells that a call is about to leave."""
        span = self._emitter.span()
        called_ns = self._emitter.emit(
            p.ToolCallStart(
                tool=call.name,
                call_id=call.id,
                arguments=call.arguments,
                effect=effect,
                idempotency_key=key,
                attempt=attempt,
                agent=self._agent,
            ),
            span,
        )
        return Started(call, effect, span, called_ns, key, attempt)

    def end(self, started: Started, result: ToolResult) -> None:
        """Tells what came of it."""
        self._clock.advance(REPLAYED_TOOL_NS)
        self._emitter.emit(
            p.ToolCallEnd(
                tool=started.call.name,
                call_id=started.call.id,
                effect=started.effect,
                ok=result.ok,
                result=result.text,
                duration=self._clock.now_ns() - started.called_ns,
                error_type=result.error_type,
                idempotency_key=started.key,
                attempt=started.attempt,
                state=result.state,
                from_ledger=result.from_ledger,
                agent=self._agent,
            ),
            started.span,
        )

    def not_called(self, call: ToolCall, effect: p.Effect, result: ToolResult) -> ToolResult:
        """Tells of a call that did not leave, or that was answered from the ledger; gives its result back."""
        self.end(self.start(call, effect, key=result.key), result)
        return result

    def stepped_in(self, guardrail: str, action: str, reason: str) -> None:
        """Tells that the runtime stepped in."""
        self._emitter.emit(
            p.GuardrailTriggered(guardrail=guardrail, layer="tool", action=action, reason=reason)
        )

    def complained(self, answer: Answer) -> None:
        """Tells what is wrong with a tool's answer."""
        self.stepped_in("tool_answer", "cut" if answer.is_text else "replaced", answer.complaint)

    def broke(self, error: BaseException) -> None:
        """Tells of an error in a tool's own code."""
        self._emitter.emit(p.Error(error_type=type(error).__name__, message=str(error)))
