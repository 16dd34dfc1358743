"""The payload of every event type, as typed structs.

A payload's wire form is a JSON object whose keys are the names of
:mod:`streaming.contract.names`. A field added later must have a default: that is
what keeps old events readable and old readers working (spec E1).
"""

from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta, Struct, field

from streaming.contract import names as n

Effect = Literal["read", "compute", "write", "terminal"]
EffectState = Literal["attempted", "succeeded", "failed", "unknown"]
Outcome = Literal["resolved", "escalated", "abandoned", "failed"]
NonNegative = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
MessageKind = Literal["delegate", "result", "hand_off", "hand_back"]
MessageStatus = Literal["done", "failed", "unavailable", "taken_back"]

ACTS: Final = frozenset({"write", "terminal"})
"""Effects of calls that do something to the world, or end the conversation."""


class Payload(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an event says beyond its envelope.

    Attributes:
        TYPE: The event type, as on the wire.
        VERSION: The schema version, raised when old events would not fit.
        SAFETY: Whether the producer may never drop an event of the type (spec E3).
    """

    TYPE: ClassVar[str]
    VERSION: ClassVar[int] = 1
    SAFETY: ClassVar[bool] = False

    @property
    def lossless(self) -> bool:
        """Whether the producer may never drop this one: safety (spec E3), and what an end is rebuilt from."""
        return self.SAFETY


class ConversationStarted(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A customer opened a conversation. ``customer`` is a pseudonym, the same at every contact."""

    TYPE: ClassVar[str] = "conversation_started"
    agent_name: str = field(name=n.AGENT_NAME)
    channel: str = field(name=n.CHANNEL)
    scenario: str | None = field(name=n.SCENARIO, default=None)
    customer: str | None = field(name=n.CUSTOMER, default=None)


class MsgReceived(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The customer said something."""

    TYPE: ClassVar[str] = "msg_received"
    content: str = field(name=n.CONTENT)


class LlmCallStart(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The runtime called a model; the context is told by its size, not repeated.

    ``agent`` says for which agent, where a conversation has several and it is not the one at the head.
    """

    TYPE: ClassVar[str] = "llm_call_start"
    model: str = field(name=n.REQUEST_MODEL)
    provider: str = field(name=n.PROVIDER)
    messages: NonNegative = field(name=n.MESSAGE_COUNT)
    operation: str = field(name=n.OPERATION, default="chat")
    agent: str | None = field(name=n.AGENT_NAME, default=None)


class LlmCallEnd(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A model answered. ``duration`` in ns, ``cost`` in US dollars."""

    TYPE: ClassVar[str] = "llm_call_end"
    model: str = field(name=n.RESPONSE_MODEL)
    provider: str = field(name=n.PROVIDER)
    input_tokens: NonNegative = field(name=n.INPUT_TOKENS)
    output_tokens: NonNegative = field(name=n.OUTPUT_TOKENS)
    tokens_estimated: bool = field(name=n.TOKENS_ESTIMATED)
    duration: NonNegative = field(name=n.DURATION)
    cost: Annotated[float, Meta(ge=0)] = field(name=n.COST)
    finish_reasons: list[str] = field(name=n.FINISH_REASONS)
    output: list[dict[str, Any]] = field(name=n.OUTPUT_MESSAGES)
    agent: str | None = field(name=n.AGENT_NAME, default=None)


class ToolCallStart(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A tool call is about to leave. ``attempt`` counts the calls under one idempotency key.

    Never dropped by the producer where the effect is ``write`` or ``terminal`` (spec A12).
    """

    TYPE: ClassVar[str] = "tool_call_start"
    tool: str = field(name=n.TOOL_NAME)
    call_id: str = field(name=n.TOOL_CALL_ID)
    arguments: dict[str, Any] = field(name=n.TOOL_ARGUMENTS)
    effect: Effect = field(name=n.TOOL_EFFECT)
    idempotency_key: str | None = field(name=n.TOOL_KEY, default=None)
    attempt: Annotated[int, Meta(ge=1)] = field(name=n.TOOL_ATTEMPT, default=1)
    agent: str | None = field(name=n.AGENT_NAME, default=None)

    @property
    def lossless(self) -> bool:
        """See :class:`Payload`."""
        return self.effect in ACTS


class ToolCallEnd(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A tool answered, or said why not. ``duration`` in ns.

    ``state`` is what the ledger says of the effect afterwards; an answer ``from_ledger`` is an earlier
    one, and nothing happened now (spec A2). Never dropped by the producer where the effect is
    ``write`` or ``terminal`` (spec A12).
    """

    TYPE: ClassVar[str] = "tool_call_end"
    tool: str = field(name=n.TOOL_NAME)
    call_id: str = field(name=n.TOOL_CALL_ID)
    effect: Effect = field(name=n.TOOL_EFFECT)
    ok: bool = field(name=n.TOOL_OK)
    result: str = field(name=n.TOOL_RESULT)
    duration: NonNegative = field(name=n.DURATION)
    error_type: str | None = field(name=n.ERROR_TYPE, default=None)
    idempotency_key: str | None = field(name=n.TOOL_KEY, default=None)
    attempt: Annotated[int, Meta(ge=1)] = field(name=n.TOOL_ATTEMPT, default=1)
    state: EffectState | None = field(name=n.TOOL_STATE, default=None)
    from_ledger: bool = field(name=n.TOOL_FROM_LEDGER, default=False)
    agent: str | None = field(name=n.AGENT_NAME, default=None)

    @property
    def lossless(self) -> bool:
        """See :class:`Payload`."""
        return self.effect in ACTS


class RetrievalQuery(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The runtime searched a knowledge base."""

    TYPE: ClassVar[str] = "retrieval_query"
    query: str = field(name=n.QUERY)
    data_source: str = field(name=n.DATA_SOURCE_ID)


class RetrievedChunk(Struct, frozen=True, kw_only=True):
    """One hit of a retrieval: where it stands and how well it fits."""

    chunk_id: str
    score: float


class RetrievalResult(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A knowledge base answered, best hit first. ``duration`` in ns."""

    TYPE: ClassVar[str] = "retrieval_result"
    data_source: str = field(name=n.DATA_SOURCE_ID)
    results: list[RetrievedChunk] = field(name=n.RESULTS)
    duration: NonNegative = field(name=n.DURATION)


class ReasoningStep(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """One thought on the way to an action or an answer (spec B4)."""

    TYPE: ClassVar[str] = "reasoning_step"
    thought: str = field(name=n.THOUGHT)
    confidence: Share | None = field(name=n.CONFIDENCE, default=None)


class ResponseSent(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The agent answered the customer. ``duration`` in ns since the customer's message."""

    TYPE: ClassVar[str] = "response_sent"
    content: str = field(name=n.CONTENT)
    duration: NonNegative = field(name=n.DURATION)


class AgentMessage(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """An agent of a conversation told another one something (spec A9).

    ``message_id`` counts the conversation's messages between agents; a ``result`` and a ``hand_back`` say
    which one they answer, and a ``result`` its ``status``.
    """

    TYPE: ClassVar[str] = "agent_message"
    message_id: Annotated[int, Meta(ge=1)] = field(name=n.AGENT_MESSAGE_ID)
    kind: MessageKind = field(name=n.AGENT_MESSAGE_KIND)
    sender: str = field(name=n.AGENT_SENDER)
    recipient: str = field(name=n.AGENT_RECIPIENT)
    content: str = field(name=n.CONTENT)
    reply_to: int | None = field(name=n.AGENT_MESSAGE_REPLY_TO, default=None)
    status: MessageStatus | None = field(name=n.AGENT_MESSAGE_STATUS, default=None)


class Handover(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The conversation went to a human."""

    TYPE: ClassVar[str] = "handover"
    SAFETY: ClassVar[bool] = True
    reason: str = field(name=n.REASON)
    summary: str = field(name=n.SUMMARY, default="")


class Error(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Something failed that was not a tool's own answer."""

    TYPE: ClassVar[str] = "error"
    error_type: str = field(name=n.ERROR_TYPE)
    message: str = field(name=n.MESSAGE)


class GuardrailTriggered(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A guardrail stepped in (spec Q1)."""

    TYPE: ClassVar[str] = "guardrail_triggered"
    SAFETY: ClassVar[bool] = True
    guardrail: str = field(name=n.GUARDRAIL)
    layer: str = field(name=n.GUARDRAIL_LAYER)
    action: str = field(name=n.GUARDRAIL_ACTION)
    reason: str = field(name=n.REASON, default="")


class AuditDecision(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A decision that somebody may have to answer for (spec Q2)."""

    TYPE: ClassVar[str] = "audit_decision"
    SAFETY: ClassVar[bool] = True
    decision: str = field(name=n.DECISION)
    actor: str = field(name=n.ACTOR)
    reason: str = field(name=n.REASON)


class ExperimentExposure(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A conversation met a variant of an experiment (spec H1). ``unit``: the pseudonym that was assigned."""

    TYPE: ClassVar[str] = "experiment_exposure"
    experiment: str = field(name=n.EXPERIMENT)
    variant: str = field(name=n.VARIANT)
    unit: str | None = field(name=n.EXPERIMENT_UNIT, default=None)


class MemoryWritten(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """Facts went into memory (spec D3)."""

    TYPE: ClassVar[str] = "memory_written"
    horizon: Literal["short", "medium", "long"] = field(name=n.HORIZON)
    facts: list[str] = field(name=n.FACTS)


class FeedbackReceived(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The customer rated the conversation, 1 to 5."""

    TYPE: ClassVar[str] = "feedback_received"
    rating: Annotated[int, Meta(ge=1, le=5)] = field(name=n.RATING)
    comment: str = field(name=n.CONTENT, default="")


class ConversationEnded(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """The conversation is over, and how. Never dropped by the producer: nothing else tells (spec A12)."""

    TYPE: ClassVar[str] = "conversation_ended"
    outcome: Outcome = field(name=n.OUTCOME)
    reason: str = field(name=n.REASON)
    turns: NonNegative = field(name=n.TURNS)
    steps: NonNegative = field(name=n.STEPS)

    @property
    def lossless(self) -> bool:
        """See :class:`Payload`."""
        return True


class OutcomeRecorded(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A judgement that came after the conversation: a grade, a reward, a refund settled.

    Never dropped by the producer: nothing else tells (spec A12).
    """

    TYPE: ClassVar[str] = "outcome_recorded"
    name: str = field(name=n.EVALUATION_NAME)
    score: float = field(name=n.EVALUATION_SCORE)
    label: str | None = field(name=n.EVALUATION_LABEL, default=None)
    explanation: str | None = field(name=n.EVALUATION_EXPLANATION, default=None)

    @property
    def lossless(self) -> bool:
        """See :class:`Payload`."""
        return True


class EventsDropped(Payload, frozen=True, kw_only=True, omit_defaults=True):
    """A producer had no room for some of a tenant's events: how many of each type it dropped and sampled."""

    TYPE: ClassVar[str] = "events_dropped"
    SAFETY: ClassVar[bool] = True
    dropped: dict[str, NonNegative] = field(name=n.DROPPED)
    sampled: dict[str, NonNegative] = field(name=n.SAMPLED)
    sample_rate: Share = field(name=n.SAMPLE_RATE)
    duration: NonNegative = field(name=n.DURATION)


PAYLOADS: dict[str, type[Payload]] = {
    payload.TYPE: payload
    for payload in (
        ConversationStarted,
        MsgReceived,
        LlmCallStart,
        LlmCallEnd,
        ToolCallStart,
        ToolCallEnd,
        RetrievalQuery,
        RetrievalResult,
        ReasoningStep,
        ResponseSent,
        AgentMessage,
        Handover,
        Error,
        GuardrailTriggered,
        AuditDecision,
        ExperimentExposure,
        MemoryWritten,
        FeedbackReceived,
        ConversationEnded,
        OutcomeRecorded,
        EventsDropped,
    )
}
"""Every event type of the contract, by its name on the wire."""
