"""What a conversation leaves to be graded: read from its events alone (spec A12, G4).

A conversation that was just held and one of last year are read the same way, so that any
grader can grade both.
"""

from collections.abc import Iterable
from typing import Final, Literal

from msgspec import Struct

from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.retail import RETAIL_TOOLS
from agent_runtime.grading import State
from agent_runtime.messages import ToolCall
from analytics.evals.cases import Case
from analytics.evals.worlds import World
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

_OWN_LAYERS: Final = frozenset({"loop", "tool"})
"""Where the runtime mends calls and answers; to step in there refuses nothing to a customer."""


class Said(Struct, frozen=True, kw_only=True, tag="said"):
    """A text."""

    who: Literal["customer", "agent"]
    text: str


class Used(Struct, frozen=True, kw_only=True, tag="used"):
    """A tool call that was answered; ``effect`` as the tool declares it."""

    call: ToolCall
    effect: str
    ok: bool
    answer: str


class Evidence(Struct, frozen=True, kw_only=True):
    """All that a grader is told of a conversation.

    Attributes:
        final: The state that its effects leave, done again on a fresh store.
        expected: The state that the ground truth leaves.
        transcript: What was said and called, in order.
        reason: Why it ended; None where the events do not say.
        response_ms: How long the customer waited for each answer, milliseconds.
        cost_usd: What the model cost, US dollars.
        model_calls: Answers of the model.
        estimated: Whether times and costs are estimates.
        unfaithful: Effects that answered otherwise when they were done again.
        stopped_by: Guardrails over prompts and answers that stepped in; those of loop and tools are
            not among them.
    """

    final: State
    expected: State
    transcript: tuple[Said | Used, ...]
    reason: str | None
    response_ms: tuple[float, ...]
    cost_usd: float
    model_calls: int
    estimated: bool
    unfaithful: int
    stopped_by: tuple[str, ...] = ()

    @property
    def agent_texts(self) -> list[str]:
        """What the agent said."""
        return [one.text for one in self.transcript if isinstance(one, Said) and one.who == "agent"]

    @property
    def calls(self) -> list[Used]:
        """What the agent called."""
        return [one for one in self.transcript if isinstance(one, Used)]


async def evidence_of(events: Iterable[AgentEvent], case: Case, world: World) -> Evidence:
    """Reads the evidence of one conversation.

    Args:
        events: Its events, in any order, any of them more than once.
        case: The case that it was held for.
        world: The shop of the case.
    """
    log = sorted({event.id: event for event in events}.values(), key=lambda one: (one.time_ns, one.id))
    told = final_state(log)
    store = world.open(case)
    unfaithful = await apply_effects(told, RETAIL_TOOLS, store)
    state = store.changes()
    store.forget()
    answers = [one.payload for one in log if isinstance(one.payload, p.LlmCallEnd)]
    return Evidence(
        final=state,
        expected=world.expected(case),
        transcript=tuple(_transcript(log)),
        reason=told.reason,
        response_ms=tuple(
            one.payload.duration / 1e6 for one in log if isinstance(one.payload, p.ResponseSent)
        ),
        cost_usd=sum(one.cost for one in answers),
        model_calls=len(answers),
        estimated=any(one.tokens_estimated for one in answers),
        unfaithful=len(unfaithful),
        stopped_by=tuple(
            one.payload.guardrail
            for one in log
            if isinstance(one.payload, p.GuardrailTriggered) and one.payload.layer not in _OWN_LAYERS
        ),
    )


def _transcript(log: Iterable[AgentEvent]) -> Iterable[Said | Used]:
    open_calls: dict[str, ToolCall] = {}
    for event in log:
        match event.payload:
            case p.MsgReceived(content=text):
                yield Said(who="customer", text=text)
            case p.ResponseSent(content=text):
                yield Said(who="agent", text=text)
            case p.ToolCallStart() as start:
                open_calls[event.span_id] = ToolCall(start.call_id, start.tool, start.arguments)
            case p.ToolCallEnd() as end:
                call = open_calls.pop(event.span_id, ToolCall(end.call_id, end.tool, {}))
                yield Used(call=call, effect=end.effect, ok=end.ok, answer=end.result)
