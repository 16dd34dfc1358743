from itertools import islice

import pytest
from msgspec.structs import replace

from pipelines.tables import BRONZE, SILVER
from streaming.contract.cloudevents import encode
from streaming.contract.header_text import decode_headers
from streaming.contract.payloads import MsgReceived
from tests.bench.peers.rows import Record, bronze_rows, silver_rows
from tests.bench.stream import events

EVENT = replace(
    next(islice(events(), 7, None)),
    payload=MsgReceived(content="mail me at a@b.example"),
    experiments={"tone": "warm"},
)
PRODUCED = encode(EVENT)
RECORD = Record(
    topic="agent.events",
    partition=2,
    offset=41,
    broker_time_ms=1_795_000_000_123,
    read_at=1_795_000_000.5,
    key=PRODUCED.key,
    value=PRODUCED.value,
    headers=PRODUCED.headers,
)


def test_bronze_has_a_record_as_it_came() -> None:
    (row,) = bronze_rows([RECORD], BRONZE.schema.as_arrow()).to_pylist()

    assert (row["record_key"], row["record_value"]) == (PRODUCED.key, PRODUCED.value)
    assert decode_headers(row["headers"]) == PRODUCED.headers
    assert (row["topic"], row["kafka_partition"], row["kafka_offset"]) == ("agent.events", 2, 41)
    assert row["broker_time"].timestamp() == 1_795_000_000.123
    assert (row["event_id"], row["tenant_id"]) == (EVENT.id, EVENT.tenant_id)


def test_silver_has_the_envelope_in_columns_and_the_payload_masked() -> None:
    (row,) = silver_rows([RECORD], SILVER.schema.as_arrow()).to_pylist()

    assert row["payload"] == '{"cx.content":"mail me at [EMAIL]"}'
    assert row["event_time_ns"] == EVENT.time_ns
    assert row["event_time"].timestamp() == EVENT.time_ns // 1_000 / 1_000_000
    assert (row["event_type"], row["schema_version"], row["turn"]) == ("msg_received", 1, EVENT.turn)
    assert (row["trace_id"], row["span_id"]) == (EVENT.trace_id, EVENT.span_id)
    assert row["experiments"] == '{"tone":"warm"}'


@pytest.mark.parametrize("value", [None, b"", b"[]", b'"text"', b"{", b'{"a":"\xff"}'], ids=repr)
def test_what_is_no_object_is_no_event(value: bytes | None) -> None:
    assert RECORD.is_event
    assert not RECORD._replace(value=value).is_event


@pytest.mark.parametrize("name", ["ce_id", "ce_time", "ce_traceparent"])
def test_a_record_without_its_envelope_is_no_event(name: str) -> None:
    assert not RECORD._replace(headers=[header for header in RECORD.headers if header[0] != name]).is_event
