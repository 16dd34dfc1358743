"""`AgentEvent`: what every part of the platform says about a conversation (spec E1)."""

from msgspec import Struct

from streaming.contract.payloads import Payload


class AgentEvent(Struct, frozen=True, kw_only=True):
    """One thing that happened in one conversation.

    Attributes:
        id: UUIDv7, the idempotency key: two records with one id are one event.
        time_ns: When it happened, ns since the epoch, UTC.
        conversation_id: The conversation; orders its events in the log.
        tenant_id: The company whose customer talks.
        turn: Customer messages so far; 0 before the first.
        trace_id: W3C trace id, 32 hexadecimal digits, one a conversation.
        span_id: W3C span id, 16 hexadecimal digits; start and end of one call share it.
        agent_version: Version of the agent's configuration.
        experiments: Variant by experiment key.
        payload: What happened; its class is the event type.
    """

    id: str
    time_ns: int
    conversation_id: str
    tenant_id: str
    turn: int
    trace_id: str
    span_id: str
    agent_version: str
    payload: Payload
    experiments: dict[str, str] = {}

    @property
    def type(self) -> str:
        """The event type, as on the wire."""
        return self.payload.TYPE
