"""The stream job on the real stack: what reaches bronze, silver and dead letters."""

import json
from collections import Counter

import pytest

from streaming.contract.cloudevents import SCHEMA_PREFIX
from streaming.contract.header_text import decode_headers
from streaming.contract.payloads import MsgReceived
from tests.stack import Coordinates, RawRecord, StackUnderTest
from tests.streaming.flink.mask_examples import MASKED, UNTOUCHED
from tests.streaming.flink.records import broken_records, event, record, records, with_header

pytestmark = pytest.mark.stack


@pytest.mark.spec("F1", "F2")
def test_every_record_is_in_bronze_and_every_event_once_in_silver(stack: StackUnderTest) -> None:
    once = list(records("once", 3_000))
    sent = [*once, *once[:700], *once[200:400]]

    coordinates = stack.send(sent)
    stack.wait_until_in_bronze(coordinates)

    bronze = stack.query(
        "select kafka_partition, kafka_offset, record_key, record_value, headers from bronze.events"
        " where conversation_id like 'once-%'"
    )
    assert Counter((p, o) for p, o, *_ in bronze) == Counter(coordinates)
    by_place = {
        Coordinates(p, o): RawRecord(value, decode_headers(headers), key)
        for p, o, key, value, headers in bronze
    }
    for place, original in zip(coordinates, sent, strict=True):
        assert by_place[place].value == original.value
        assert by_place[place].key == original.key
        assert by_place[place].headers == original.headers
    silver = stack.query("select event_id from silver.events where conversation_id like 'once-%'")
    assert Counter(silver) == Counter((event("once", n).id,) for n in range(3_000))


@pytest.mark.spec("E2", "F2")
def test_the_columns_of_silver_are_the_envelope_of_the_event(stack: StackUnderTest) -> None:
    sent = [event("columns", number) for number in range(2_000)]

    stack.wait_until_in_bronze(stack.send(map(record, sent)))

    rows = stack.query(
        "select event_id, event_type, schema_version, epoch_us(event_time), event_time_ns, tenant_id,"
        " conversation_id, turn, agent_version, experiments, trace_id, span_id, payload"
        " from silver.events where conversation_id like 'columns-%' order by event_time_ns"
    )
    for row, one in zip(rows, sent, strict=True):
        *envelope, payload = row
        assert envelope == [
            one.id,
            one.type,
            one.payload.VERSION,
            one.time_ns // 1_000,
            one.time_ns,
            one.tenant_id,
            one.conversation_id,
            one.turn,
            one.agent_version,
            json.dumps(one.experiments, separators=(",", ":")),
            one.trace_id,
            one.span_id,
        ]
        assert payload.encode() == record(one).value


@pytest.mark.spec("F2")
def test_a_broken_record_becomes_a_dead_letter_that_says_why(stack: StackUnderTest) -> None:
    broken = broken_records("broken")

    coordinates = stack.send(one.record for one in broken)
    stack.wait_until_in_bronze(coordinates)

    letters = {
        Coordinates(p, o): (reason, value, decode_headers(headers))
        for p, o, reason, value, headers in stack.query(
            "select kafka_partition, kafka_offset, reason, record_value, headers from silver.dead_letters"
        )
    }
    found = {
        one.name: letters.get(place, ("no dead letter",))[0]
        for one, place in zip(broken, coordinates, strict=True)
    }
    assert found == {one.name: one.reason for one in broken}
    for one, place in zip(broken, coordinates, strict=True):
        assert letters[place][1:] == (one.record.value, one.record.headers)
    places = {(c.partition, c.offset) for c in coordinates}
    assert not places & set(stack.query("select kafka_partition, kafka_offset from silver.events"))
    assert places <= set(stack.query("select kafka_partition, kafka_offset from bronze.events"))


@pytest.mark.spec("E1", "F2")
def test_unknown_types_newer_versions_and_leap_days_are_kept(stack: StackUnderTest) -> None:
    newer = record(event("future", 1))
    newer = with_header(newer, "ce_dataschema", f"{SCHEMA_PREFIX}msg_received:7".encode())
    unknown = with_header(record(event("future", 3)), "ce_type", b"voice_heard")
    unknown = with_header(unknown, "ce_dataschema", f"{SCHEMA_PREFIX}voice_heard:1".encode())
    leap_day = with_header(record(event("future", 5)), "ce_time", b"2096-02-29T23:59:59.999999999Z")

    stack.wait_until_in_bronze(stack.send([newer, unknown, leap_day]))

    rows = stack.query(
        "select event_type, schema_version, event_time_ns from silver.events"
        " where conversation_id like 'future-%' order by all"
    )
    assert rows == [
        ("msg_received", 1, 3_981_398_399_999_999_999),
        ("msg_received", 7, event("future", 1).time_ns),
        ("voice_heard", 1, event("future", 3).time_ns),
    ]


@pytest.mark.spec("F2")
def test_personal_data_is_masked_in_silver_and_kept_in_bronze(stack: StackUnderTest) -> None:
    said = [*MASKED, *UNTOUCHED]
    expected = [*MASKED.values(), *UNTOUCHED]
    sent = [record(event("pii", n, MsgReceived(content=text))) for n, text in enumerate(said)]

    stack.wait_until_in_bronze(stack.send(sent))

    silver = stack.query(
        "select payload from silver.events where conversation_id like 'pii-%' order by event_time_ns"
    )
    assert [json.loads(payload)["cx.content"] for (payload,) in silver] == expected
    bronze = stack.query("select record_value from bronze.events where conversation_id like 'pii-%'")
    assert Counter(bronze) == Counter((one.value,) for one in sent)
