"""Repairs and the plan of a replay; production is tested on the real stack."""

from datetime import UTC, datetime

import pytest
from msgspec import structs

from streaming.contract.cloudevents import Record, decode
from streaming.contract.dead_letters import REPLAY_OF, REPLAY_REPAIR, DeadLetter
from streaming.repairs import REPAIRS, UnknownRepairError, has_event_id, repair_of
from streaming.replay import plan
from tests.streaming.flink.records import broken_records, event, record

pytestmark = pytest.mark.spec("E5", "F2")

HANDED_OVER = datetime(2026, 1, 5, 9, 30, 0, 123_000, tzinfo=UTC)


def letter(reason: str = "", *, without: str | None = None, **headers: bytes | None) -> DeadLetter:
    good = record(event("replay", 1))
    kept = {name: value for name, value in good.headers if name != without}
    return DeadLetter(
        topic="agent.events",
        partition=2,
        offset=7,
        broker_time=HANDED_OVER,
        reason=reason or (f"header {without} is missing" if without else "an old job refused it"),
        key=good.key,
        value=good.value,
        headers={**kept, **headers},
    )


def repaired(one: DeadLetter, *names: str) -> DeadLetter:
    made = plan(one, repair_of(names)).record
    assert made is not None
    return made


def test_a_letter_is_replayed_unchanged_but_for_two_headers() -> None:
    one = letter()
    made = repaired(one)
    marks = {REPLAY_OF: b"agent.events/2/7", REPLAY_REPAIR: b"unchanged"}
    assert structs.asdict(made) == {**structs.asdict(one), "headers": {**one.headers, **marks}}


@pytest.mark.parametrize("name", ["add-id", "fix-time", "fix-schema", "fix-trace"])
def test_a_missing_header_is_given_and_the_record_is_of_the_contract_again(name: str) -> None:
    header = {
        "add-id": "ce_id",
        "fix-time": "ce_time",
        "fix-schema": "ce_dataschema",
        "fix-trace": "ce_traceparent",
    }[name]
    made = repaired(letter(without=header), name)
    assert made.value is not None
    assert made.key is not None
    decoded = decode(Record(made.key, made.value, [(n, v or b"") for n, v in made.headers.items()]))
    original = event("replay", 1)
    changed = {"ce_id": "id", "ce_time": "time_ns", "ce_traceparent": "span_id"}.get(header)
    for attribute in ("id", "time_ns", "conversation_id", "trace_id", "span_id", "payload"):
        if attribute != changed:
            assert getattr(decoded, attribute) == getattr(original, attribute), attribute
    if header == "ce_time":
        assert decoded.time_ns == 1_767_605_400_123_000_000


def test_the_id_that_a_letter_gets_is_always_the_same_and_no_other_letters() -> None:
    one = letter(without="ce_id")
    other = structs.replace(one, offset=8)
    ids = [repaired(each, "add-id").headers["ce_id"] for each in (one, one, other)]
    assert ids[0] == ids[1] != ids[2]
    assert has_event_id(repaired(one, "add-id"))


@pytest.mark.parametrize("name", REPAIRS)
def test_a_repair_leaves_alone_what_is_right(name: str) -> None:
    one = letter()
    assert REPAIRS[name](one) == one
    assert plan(one, repair_of([name])).refusal == "the repair changes nothing about it"


def test_repairs_are_applied_in_order_and_noted_by_their_names() -> None:
    repair = repair_of(["add-id", "fix-text"], ["ce_tenantid=acme", "ce_note=a=b"])
    one = structs.replace(letter(without="ce_id", ce_tenantid=b"../"), value=b'{"a":"\xff"}')
    made = plan(one, repair).record
    assert made is not None
    assert (made.headers["ce_tenantid"], made.headers["ce_note"]) == (b"acme", b"a=b")
    assert made.value == '{"a":"�"}'.encode()
    assert repair.name == "add-id, fix-text, set ce_tenantid=acme, set ce_note=a=b"
    assert made.headers[REPLAY_REPAIR] == repair.name.encode()


def test_a_record_without_an_idempotency_key_is_refused() -> None:
    for headers in ({"ce_id": None}, {"ce_id": b"4711"}, {"ce_id": b"\xff"}):
        assert "add-id" in str(plan(letter(**headers), repair_of()).refusal)  # type: ignore[arg-type]


def test_a_replay_of_a_replay_names_the_letter_that_it_is_of() -> None:
    again = structs.replace(repaired(letter()), offset=99)
    assert repaired(again).headers[REPLAY_OF] == b"agent.events/2/99"


def test_every_kind_of_broken_record_can_be_planned() -> None:
    repair = repair_of(REPAIRS)
    for offset, broken in enumerate(broken_records("planned")):
        one = DeadLetter(
            topic="t",
            partition=0,
            offset=offset,
            broker_time=HANDED_OVER,
            reason=broken.reason,
            key=broken.record.key,
            value=broken.record.value,
            headers=dict(broken.record.headers),
        )
        planned = plan(one, repair)
        assert (planned.record is None) != (planned.refusal is None)
        if planned.record is not None:
            assert has_event_id(planned.record)


@pytest.mark.parametrize(
    ("names", "headers", "message"),
    [
        (["fix-all"], [], "no repair 'fix-all'"),
        ([], ["ce_tenantid"], "name=value"),
        ([], ["=x"], "name=value"),
    ],
)
def test_a_repair_that_does_not_exist_is_told(names: list[str], headers: list[str], message: str) -> None:
    with pytest.raises(UnknownRepairError, match=message):
        repair_of(names, headers)
