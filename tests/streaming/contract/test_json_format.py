"""Events as JSON objects: spec E2, for files."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids, span_id_of, trace_id_of
from streaming.contract.json_format import decode_json, encode_json
from streaming.contract.payloads import MsgReceived
from streaming.errors import MalformedEventError

pytestmark = pytest.mark.spec("E2")


def event(content: str, experiments: dict[str, str] | None = None) -> AgentEvent:
    time_ns = 1_767_571_200_123_456_789
    trace = trace_id_of("c")
    return AgentEvent(
        id=seeded_ids("c")(time_ns),
        time_ns=time_ns,
        conversation_id="c",
        tenant_id="amber-outfitters",
        turn=2,
        trace_id=trace,
        span_id=span_id_of(trace, 1),
        agent_version="shop-5",
        experiments=experiments or {},
        payload=MsgReceived(content=content),
    )


@given(content=st.text(), experiments=st.dictionaries(st.text(), st.text(), max_size=3))
def test_an_event_comes_back_as_it_was(content: str, experiments: dict[str, str]) -> None:
    line = encode_json(event(content, experiments))
    assert b"\n" not in line
    assert decode_json(line) == event(content, experiments)


def test_the_object_is_a_cloud_event() -> None:
    told = json.loads(encode_json(event("hello")))
    assert told["specversion"] == "1.0"
    assert told["datacontenttype"] == "application/json"
    assert told["type"] == "msg_received"
    assert told["time"] == "2026-01-05T00:00:00.123456789Z"
    assert told["data"] == {"cx.content": "hello"}
    assert "experiments" not in told


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"specversion": "1.0"}', encode_json(event("x"))[:-9]])
def test_what_is_no_event_is_refused(line: bytes) -> None:
    with pytest.raises(MalformedEventError, match="no CloudEvent in JSON"):
        decode_json(line)
