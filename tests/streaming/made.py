"""Events and metrics for the tests of the producer."""

from collections.abc import Iterator
from itertools import count

from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id, span_id_of, trace_id_of
from streaming.contract.payloads import Handover, MsgReceived, Payload, ResponseSent, ToolCallStart
from streaming.metrics import ProducerMetrics

METRICS = ProducerMetrics(
    emitted=10,
    acked=7,
    failed=0,
    in_flight=1,
    pending=0,
    buffer_fill=0.5,
    acked_per_second=3.5,
    dropped={"msg_received": 2},
    sampled=0,
    waits=1,
    waited_seconds=0.25,
    receipts_unwritten=4,
    spool_bytes=0,
)

SINCE_NS = 1_700_000_000_000_000_000
_TYPES: tuple[type[Payload], ...] = (MsgReceived, ToolCallStart, ResponseSent)


def event_of(payload: Payload, number: int = 0, *, conversations: int = 20, tenants: int = 2) -> AgentEvent:
    """An event of one of some conversations."""
    conversation = number % conversations
    trace = trace_id_of(f"conversation-{conversation}")
    return AgentEvent(
        id=live_event_id(SINCE_NS + number),
        time_ns=SINCE_NS + number,
        conversation_id=f"conversation-{conversation}",
        tenant_id=f"tenant-{conversation % tenants}",
        turn=number // conversations,
        trace_id=trace,
        span_id=span_id_of(trace, number),
        agent_version="v1",
        payload=payload,
    )


def payload_of(number: int) -> Payload:
    """A payload that is no safety event."""
    match number % 4:
        case 0:
            return MsgReceived(content=f"message {number}")
        case 1:
            return ResponseSent(content=f"answer {number}", duration=number)
        case _:
            return ToolCallStart(tool="t", call_id=f"c{number}", arguments={"n": number}, effect="read")


def events(since: int = 0) -> Iterator[AgentEvent]:
    """Events without end, none of them a safety event."""
    return (event_of(payload_of(number), number) for number in count(since))


def safety_event(number: int = 0) -> AgentEvent:
    """A safety event."""
    return event_of(Handover(reason=f"reason {number}"), number)
