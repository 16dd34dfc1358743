"""Valid records through the contract's own encoder, and each way in which one can be broken."""

from collections.abc import Iterator
from typing import NamedTuple

from streaming.contract.cloudevents import encode
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids, span_id_of, trace_id_of
from streaming.contract.payloads import MsgReceived, Payload, ToolCallEnd
from tests.stack import Headers, RawRecord

START_NS = 1_741_000_000_123_456_789


def event(sequence: str, number: int = 0, payload: Payload | None = None) -> AgentEvent:
    """An event of a sequence; the same names give the same event."""
    conversation = f"{sequence}-{number // 10}"
    trace = trace_id_of(conversation)
    time_ns = START_NS + number * 1_000_003
    return AgentEvent(
        id=seeded_ids(f"{sequence}/{number}")(time_ns),
        time_ns=time_ns,
        conversation_id=conversation,
        tenant_id=f"tenant-{number % 3}",
        turn=number % 10,
        trace_id=trace,
        span_id=span_id_of(trace, number),
        agent_version="v1",
        experiments={"greeting": "warm"} if number % 2 else {},
        payload=payload or _payload(number),
    )


def _payload(number: int) -> Payload:
    if number % 2:
        return MsgReceived(content=f"message {number} about #W2378156")
    return ToolCallEnd(
        tool="get_order_details",
        call_id=f"call-{number}",
        effect="read",
        ok=True,
        result=f'{{"order_id": "#W{2_000_000 + number}"}}',
        duration=number,
    )


def record(one: AgentEvent) -> RawRecord:
    """The record of an event."""
    encoded = encode(one)
    return RawRecord(encoded.value, [(name, value) for name, value in encoded.headers], encoded.key)


def records(sequence: str, count: int) -> Iterator[RawRecord]:
    """The records of the first events of a sequence."""
    return (record(event(sequence, number)) for number in range(count))


def with_header(good: RawRecord, name: str, value: bytes | None) -> RawRecord:
    """The record with another value of a header."""
    return good._replace(headers=[(n, value if n == name else v) for n, v in good.headers])


def without_header(good: RawRecord, name: str) -> RawRecord:
    """The record without a header."""
    return good._replace(headers=[(n, v) for n, v in good.headers if n != name])


class Broken(NamedTuple):
    """A record that is not an event, and the reason that the stream must give."""

    name: str
    reason: str
    record: RawRecord


_WRONG_VALUES: list[tuple[str, bytes | None, str]] = [
    ("ce_id", b"4711", "header ce_id is not a UUIDv7"),
    ("ce_id", b"", "header ce_id is not a UUIDv7"),
    ("ce_id", None, "header ce_id is missing"),
    ("ce_id", b"\xff\xfe", "header ce_id is not a UUIDv7"),
    ("ce_id", b"0195599b-5a4b-4000-8000-000000000000", "header ce_id is not a UUIDv7"),
    ("ce_id", b"0195599B-5A4B-7000-8000-000000000000", "header ce_id is not a UUIDv7"),
    ("ce_type", b"Not A Type", "header ce_type is not an event type"),
    ("ce_type", b"x" * 300, "header ce_type is not an event type"),
    (
        "ce_dataschema",
        b"urn:other:msg_received:1",
        "header ce_dataschema is not urn:turnstone:event:<type>:<version>",
    ),
    (
        "ce_dataschema",
        b"urn:turnstone:event:msg_received:0",
        "header ce_dataschema is not urn:turnstone:event:<type>:<version>",
    ),
    ("ce_dataschema", b"urn:turnstone:event:error:1", "header ce_dataschema is of another type than ce_type"),
    ("ce_time", b"yesterday", "header ce_time is not a UTC time with nine decimals"),
    ("ce_time", b"2025-02-30T12:00:00.000000000Z", "header ce_time is not a UTC time with nine decimals"),
    ("ce_time", b"2025-02-29T12:00:00.000000000Z", "header ce_time is not a UTC time with nine decimals"),
    ("ce_time", b"2025-04-31T12:00:00.000000000Z", "header ce_time is not a UTC time with nine decimals"),
    ("ce_time", b"2025-02-03T24:00:00.000000000Z", "header ce_time is not a UTC time with nine decimals"),
    (
        "ce_time",
        b"2025-02-03T12:00:00.000000000+01:00",
        "header ce_time is not a UTC time with nine decimals",
    ),
    ("ce_time", b"2025-02-03T12:00:00Z", "header ce_time is not a UTC time with nine decimals"),
    ("ce_time", b"2999-02-03T12:00:00.000000000Z", "header ce_time is not a UTC time with nine decimals"),
    ("ce_tenantid", b"", "header ce_tenantid is not a tenant id"),
    ("ce_tenantid", b"../../etc", "header ce_tenantid is not a tenant id"),
    ("ce_tenantid", b"t" * 5_000, "header ce_tenantid is not a tenant id"),
    ("ce_subject", b"", "header ce_subject is not a conversation id"),
    ("ce_turn", b"-1", "header ce_turn is not a count"),
    ("ce_turn", b"99999999999999999999", "header ce_turn is not a count"),
    ("ce_agentversion", b"", "header ce_agentversion is not a version"),
    (
        "ce_traceparent",
        b"00-" + b"0" * 32 + b"-" + b"1" * 16 + b"-01",
        "header ce_traceparent is not a W3C trace context",
    ),
    ("ce_traceparent", b"garbage", "header ce_traceparent is not a W3C trace context"),
]
_REQUIRED = (
    "ce_id",
    "ce_type",
    "ce_dataschema",
    "ce_time",
    "ce_tenantid",
    "ce_subject",
    "ce_turn",
    "ce_agentversion",
    "ce_traceparent",
)
_WRONG_PAYLOADS: list[tuple[str, bytes | None, str]] = [
    ("tombstone", None, "the record has no payload"),
    ("empty", b"", "the payload is not a JSON object"),
    ("text", b"hello", "the payload is not a JSON object"),
    ("array", b'[{"a":1}]', "the payload is not a JSON object"),
    ("cut off", b'{"cx.content":"hel', "the payload is not a JSON object"),
    ("text after it", b'{"a":1} and more', "the payload is not a JSON object"),
    ("two objects", b'{"a":1}{"b":2}', "the payload is not a JSON object"),
    ("two objects, comma", b'{"a":1},{"b":2}', "the payload is not a JSON object"),
    ("closes a wrap", b'{"a":1}]', "the payload is not a JSON object"),
    ("closes another wrap", b'{"a":1}}', "the payload is not a JSON object"),
    ("a key after it", b'{"a":1},"b":2', "the payload is not a JSON object"),
    ("not UTF-8", b'{"a":"\xff\xfe"}', "the payload is not UTF-8"),
    ("control character", b'{"a":"\x01"}', "the payload is not a JSON object"),
]


def broken_records(sequence: str) -> list[Broken]:
    """One record for each way of being broken, each of another event."""
    made: list[Broken] = []

    def fresh() -> RawRecord:
        return record(event(sequence, 1 + 2 * len(made)))

    for name, value, reason in _WRONG_VALUES:
        made.append(Broken(f"{name}={value!r:.40}", reason, with_header(fresh(), name, value)))
    made.extend(
        Broken(
            f"no {name}", f"header {name} is missing", without_header(record(event(sequence, number)), name)
        )
        for number, name in enumerate(_REQUIRED, start=1_000)
    )
    for name, payload, reason in _WRONG_PAYLOADS:
        made.append(Broken(name, reason, fresh()._replace(value=payload)))
    experiments: Headers = [*without_header(fresh(), "ce_experiments").headers, ("ce_experiments", b"[]")]
    made.append(
        Broken(
            "experiments", "header ce_experiments is not a JSON object", fresh()._replace(headers=experiments)
        )
    )
    made.append(Broken("no headers", "the record has no headers", fresh()._replace(headers=[])))
    made.append(Broken("nothing at all", "the record has no headers", RawRecord(None, [])))
    return made
