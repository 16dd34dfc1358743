"""The stream job's verdicts and masks, in Java, against the contract and the patterns, in Python."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streaming.contract.header_text import decode_headers, encode_headers
from streaming.contract.payloads import MsgReceived
from tests.streaming.flink.judge import Judge, judge
from tests.streaming.flink.mask_examples import MASKED, TOUCHING, UNTOUCHED, UNTOUCHED_JSON
from tests.streaming.flink.masking import masked
from tests.streaming.flink.records import Broken, broken_records, event, record, with_header

GOOD = record(event("judged", 1))
often = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@pytest.fixture(scope="module")
def verdict() -> Iterator[Judge]:
    with judge() as running:
        yield running


@pytest.mark.spec("F2")
@pytest.mark.parametrize("broken", broken_records("judged"), ids=lambda one: one.name)
def test_a_broken_record_is_refused_for_the_first_thing_that_is_wrong(verdict: Judge, broken: Broken) -> None:
    said = verdict(broken.record)
    assert said == {"reason": broken.reason, "headers": said["headers"]}, "nothing for silver"


@pytest.mark.spec("E1", "E2", "F2")
@given(number=st.integers(0, 10_000), content=st.text(max_size=60))
@often
def test_every_event_of_the_contract_is_valid_and_read_as_it_was_written(
    verdict: Judge, number: int, content: str
) -> None:
    one = event("judged", number, MsgReceived(content=content))

    said = verdict(record(one))

    assert said.pop("payload") == masked((record(one).value or b"").decode())
    assert decode_headers(said.pop("headers")) == record(one).headers
    assert said == {
        "reason": None,
        "event_id": one.id,
        "event_type": one.type,
        "schema_version": one.payload.VERSION,
        "event_time_ns": one.time_ns,
        "tenant_id": one.tenant_id,
        "conversation_id": one.conversation_id,
        "turn": one.turn,
        "agent_version": one.agent_version,
        "experiments": json.dumps(one.experiments, separators=(",", ":")),
        "trace_id": one.trace_id,
        "span_id": one.span_id,
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.spec("F2")
@given(
    document=st.dictionaries(st.text(), _JSON, max_size=5),
    ascii_only=st.booleans(),
    indent=st.none() | st.integers(0, 2),
)
@often
def test_every_json_object_is_a_payload(
    verdict: Judge, document: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    try:
        payload = text.encode()
    except UnicodeEncodeError:
        payload = json.dumps(document, indent=indent).encode()
    assert verdict(GOOD._replace(value=payload))["reason"] is None


@pytest.mark.spec("F2")
@given(
    document=st.dictionaries(st.text(), _JSON, min_size=1, max_size=3),
    at=st.integers(0, 10_000),
    change=st.sampled_from([b"", b",", b"}", b"]", b"{", b'"', b"\\", b"0", b"-", b"x", b"\x01", b"\xff"]),
)
@often
def test_a_payload_is_accepted_where_python_reads_an_object_and_nowhere_else(
    verdict: Judge, document: dict[str, object], at: int, change: bytes
) -> None:
    whole = json.dumps(document).encode()
    at %= len(whole)
    payload = whole[:at] + change + whole[at + 1 :]

    assert (verdict(GOOD._replace(value=payload))["reason"] is None) == _is_object(payload)


def test_a_payload_may_be_a_thousand_levels_deep_and_no_more(verdict: Judge) -> None:
    def nested(levels: int) -> bytes:
        return b'{"a":' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"

    assert verdict(GOOD._replace(value=nested(1_000)))["reason"] is None
    assert verdict(GOOD._replace(value=nested(1_001)))["reason"] == "the payload is not a JSON object"


def test_a_header_that_comes_twice_counts_as_its_last_one_says(verdict: Judge) -> None:
    twice = GOOD._replace(headers=[("ce_turn", b"none"), *GOOD.headers])
    assert verdict(twice)["reason"] is None


_NAMES = st.sampled_from(["ce_id", "ce_id ", 'a "b\\\\c"', "\t\0", "naïve", ""]) | st.text()


@pytest.mark.spec("F1")
@given(headers=st.lists(st.tuples(_NAMES, st.none() | st.binary() | st.text().map(str.encode))))
@often
def test_headers_are_kept_byte_for_byte(verdict: Judge, headers: list[tuple[str, bytes | None]]) -> None:
    kept = verdict(GOOD._replace(headers=headers))["headers"]

    assert decode_headers(kept) == headers
    assert decode_headers(encode_headers(headers)) == headers


@pytest.mark.parametrize("payload", [b"\xef\xbb\xbf{}", b"{\x00}\x00", b'{"a":NaN}', b'{"a":01}'])
def test_what_only_some_readers_take_for_json_is_refused(verdict: Judge, payload: bytes) -> None:
    assert verdict(GOOD._replace(value=payload))["reason"] == "the payload is not a JSON object"


_WIDE = st.sampled_from(["é", "–", "😀", "\u0080", "\uffff"])


@given(text=st.text() | st.lists(_WIDE).map("".join), cut=st.integers(0, 3))
@often
def test_bytes_that_python_cannot_decode_are_not_utf_8(verdict: Judge, text: str, cut: int) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    payload = b'{"a":"' + raw[: len(raw) - cut] + b'"'  # never an object: it is not closed
    try:
        payload.decode()
        expected = "the payload is not a JSON object"
    except UnicodeDecodeError:
        expected = "the payload is not UTF-8"
    assert verdict(GOOD._replace(value=payload))["reason"] == expected


def test_unknown_types_and_newer_versions_are_events(verdict: Judge) -> None:
    unknown = with_header(GOOD, "ce_type", b"voice_heard")
    unknown = with_header(unknown, "ce_dataschema", b"urn:turnstone:event:voice_heard:12")
    said = verdict(unknown)
    assert (said["event_type"], said["schema_version"]) == ("voice_heard", 12)


_PARTS = st.sampled_from(
    [
        *MASKED,
        *TOUCHING,
        *UNTOUCHED,
        *UNTOUCHED_JSON,
        *("+", "(", ")", "-", ".", " ", "0", "00", "1", "12", "123", "1234", "+1", "GB", "DE89", "@", "a.b"),
        *("\n", "\t", '"', "\\", "é", "_ns", ":", "x", "/"),
    ]
)


@pytest.mark.spec("F2")
@given(parts=st.lists(_PARTS, max_size=14), ascii_only=st.booleans())
@settings(parent=often, max_examples=1_500)
def test_java_masks_what_the_patterns_mask(verdict: Judge, parts: list[str], ascii_only: bool) -> None:
    payload = json.dumps({"cx.content": "".join(parts)}, ensure_ascii=ascii_only).encode()
    assert verdict(GOOD._replace(value=payload))["payload"] == masked(payload.decode())


@pytest.mark.spec("F2")
@pytest.mark.parametrize(("text", "expected"), TOUCHING.items())
def test_numbers_that_touch_are_all_masked(verdict: Judge, text: str, expected: str) -> None:
    said = verdict(GOOD._replace(value=json.dumps({"cx.content": text}).encode()))
    assert json.loads(said["payload"]) == {"cx.content": expected}


def _is_object(payload: bytes) -> bool:
    def refuse(constant: str) -> object:
        raise ValueError(constant)

    try:
        return isinstance(json.loads(payload.decode(), parse_constant=refuse), dict)
    except ValueError:
        return False
