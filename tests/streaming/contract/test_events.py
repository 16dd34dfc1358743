"""The contract on the wire: spec E1, E2."""

import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.contract import PAYLOADS, AgentEvent, Payload
from streaming.contract.cloudevents import Record, decode, encode, rfc3339, time_ns_of
from streaming.contract.ids import live_event_id, seeded_ids, span_id_of, trace_id_of
from streaming.contract.payloads import (
    AgentMessage,
    ConversationEnded,
    Effect,
    Handover,
    MsgReceived,
    OutcomeRecorded,
    ToolCallEnd,
    ToolCallStart,
)
from streaming.errors import MalformedEventError

REQUIRED_BY_E1 = {
    "msg_received",
    "llm_call_start",
    "llm_call_end",
    "tool_call_start",
    "tool_call_end",
    "retrieval_query",
    "retrieval_result",
    "response_sent",
    "error",
    "guardrail_triggered",
    "reasoning_step",
    "handover",
    "feedback_received",
    "outcome_recorded",
    "experiment_exposure",
    "memory_written",
    "audit_decision",
}
TIMES = st.integers(min_value=0, max_value=4_102_444_800_000_000_000)


@st.composite
def payloads(draw: st.DrawFn) -> Payload:
    kind = draw(st.sampled_from(sorted(PAYLOADS)))
    return draw(st.builds(PAYLOADS[kind], **_json_fields(PAYLOADS[kind])))


def _json_fields(kind: type[Payload]) -> dict[str, st.SearchStrategy[Any]]:
    """Any-typed fields hold JSON, not any Python object; the others follow their types."""
    json = st.dictionaries(st.text(), st.text() | st.integers() | st.booleans() | st.none(), max_size=3)
    special: dict[str, st.SearchStrategy[Any]] = {
        "arguments": json,
        "output": st.lists(json, max_size=2),
        "score": st.floats(allow_nan=False, allow_infinity=False),
        "rating": st.integers(1, 5),
        "cost": st.floats(0, 100),
        "confidence": st.none() | st.floats(0, 1),
        "duration": st.integers(0, 10**15),
        "input_tokens": st.integers(0, 10**6),
        "output_tokens": st.integers(0, 10**6),
        "messages": st.integers(0, 10**6),
        "message_id": st.integers(1, 10**6),
        "turns": st.integers(0, 10**6),
        "steps": st.integers(0, 10**6),
        "results": st.just([]),
        "dropped": st.dictionaries(st.sampled_from(sorted(PAYLOADS)), st.integers(0, 10**9)),
        "sampled": st.dictionaries(st.sampled_from(sorted(PAYLOADS)), st.integers(0, 10**9)),
        "sample_rate": st.floats(0, 1),
    }
    return {name: special[name] for name in kind.__struct_fields__ if name in special}


def event_of(payload: Payload, **changes: Any) -> AgentEvent:
    trace = trace_id_of("conversation-1")
    values: dict[str, Any] = {
        "id": live_event_id(1_700_000_000_123_456_789),
        "time_ns": 1_700_000_000_123_456_789,
        "conversation_id": "conversation-1",
        "tenant_id": "tenant-1",
        "turn": 1,
        "trace_id": trace,
        "span_id": span_id_of(trace, 1),
        "agent_version": "v1",
        "payload": payload,
    }
    return AgentEvent(**{**values, **changes})


@pytest.mark.spec("E1")
def test_every_event_type_of_the_specification_is_in_the_contract() -> None:
    assert set(PAYLOADS) >= REQUIRED_BY_E1


@pytest.mark.spec("E1", "E2")
@given(payload=payloads(), time_ns=TIMES, experiments=st.dictionaries(st.text(), st.text(), max_size=3))
def test_an_event_survives_the_wire(payload: Payload, time_ns: int, experiments: dict[str, str]) -> None:
    event = event_of(payload, time_ns=time_ns, experiments=experiments)
    assert decode(encode(event)) == event


@pytest.mark.spec("E2")
def test_the_envelope_is_in_the_headers_and_only_the_payload_in_the_value() -> None:
    record = encode(event_of(MsgReceived(content="hello")))
    headers = dict(record.headers)
    assert record.value == b'{"cx.content":"hello"}'
    assert record.key == b"conversation-1"
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_type"] == b"msg_received"
    assert headers["ce_time"] == b"2023-11-14T22:13:20.123456789Z"
    assert headers["ce_dataschema"] == b"urn:turnstone:event:msg_received:1"
    assert headers["content-type"] == b"application/json"


@pytest.mark.spec("E4")
def test_a_record_has_the_key_that_it_is_given_and_stays_the_same_event() -> None:
    event = event_of(MsgReceived(content="hello"))
    record = encode(event, b"tenant-1")
    assert record.key == b"tenant-1"
    assert decode(record) == event


@pytest.mark.spec("E2")
@pytest.mark.parametrize(
    "lost", ["ce_id", "ce_type", "ce_time", "ce_subject", "ce_tenantid", "ce_traceparent"]
)
def test_a_record_without_a_header_is_refused_by_the_headers_name(lost: str) -> None:
    record = encode(event_of(MsgReceived(content="hello")))
    broken = Record(record.key, record.value, [pair for pair in record.headers if pair[0] != lost])
    with pytest.raises(MalformedEventError, match=lost):
        decode(broken)


@pytest.mark.spec("E2")
@pytest.mark.parametrize("value", [b"", b"not json", b"[]", b'{"cx.content": 7}', b"\xff\xfe"])
def test_a_record_whose_payload_does_not_fit_is_refused(value: bytes) -> None:
    record = encode(event_of(MsgReceived(content="hello")))
    with pytest.raises(MalformedEventError):
        decode(Record(record.key, value, record.headers))


@given(time_ns=TIMES)
def test_times_keep_their_nanoseconds(time_ns: int) -> None:
    assert time_ns_of(rfc3339(time_ns)) == time_ns


@pytest.mark.spec("E1")
@given(time_ns=TIMES)
def test_ids_are_uuid7_of_their_time(time_ns: int) -> None:
    for event_id in (live_event_id(time_ns), seeded_ids("seed")(time_ns)):
        parsed = uuid.UUID(event_id)
        assert parsed.version == 7
        assert parsed.variant == uuid.RFC_4122
        assert parsed.int >> 80 == time_ns // 1_000_000


@pytest.mark.spec("E1")
def test_seeded_ids_repeat_and_live_ids_do_not() -> None:
    first, again, other = seeded_ids("a"), seeded_ids("a"), seeded_ids("b")
    ids = [first(1) for _ in range(1000)]
    assert ids == [again(1) for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert other(1) not in ids
    assert len({live_event_id(1) for _ in range(1000)}) == 1000


def test_payload_names_are_of_the_conventions_or_ours() -> None:
    for payload in PAYLOADS.values():
        for field in msgspec.structs.fields(payload):
            assert field.encode_name.startswith(("gen_ai.", "error.", "cx.")), (payload, field)


@pytest.mark.spec("E3", "A12")
@pytest.mark.parametrize(
    ("effect", "kept"), [("read", False), ("compute", False), ("write", True), ("terminal", True)]
)
def test_what_a_call_does_to_the_world_is_never_dropped(effect: Effect, kept: bool) -> None:
    start = ToolCallStart(tool="t", call_id="c", arguments={}, effect=effect)
    end = ToolCallEnd(tool="t", call_id="c", effect=effect, ok=False, result="", duration=1)
    assert (start.lossless, end.lossless) == (kept, kept)


@pytest.mark.spec("E3", "A12")
def test_safety_and_ends_are_never_dropped_and_what_is_only_said_may_be() -> None:
    assert Handover(reason="r").lossless
    assert ConversationEnded(outcome="resolved", reason="r", turns=1, steps=1).lossless
    assert OutcomeRecorded(name="reward", score=1.0).lossless
    assert not MsgReceived(content="hi").lossless
    assert not AgentMessage(
        message_id=1, kind="delegate", sender="a", recipient="b", content="do it"
    ).lossless
