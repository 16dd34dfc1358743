"""What can be repaired about a dead letter, by name. Pure: the same letter gives the same record."""

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct, structs

from streaming.contract.cloudevents import SCHEMA_PREFIX, rfc3339
from streaming.contract.dead_letters import DeadLetter
from streaming.contract.ids import span_id_of, trace_id_of, uuid7_from
from streaming.contract.payloads import PAYLOADS
from streaming.errors import TerminalError

Apply = Callable[[DeadLetter], DeadLetter]

_EVENT_ID: Final = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class UnknownRepairError(TerminalError):
    """A repair that has no such name, or a header that cannot be set."""


class Repair(Struct, frozen=True):
    """A repair and the name under which it is noted."""

    name: str
    apply: Apply


def has_event_id(letter: DeadLetter) -> bool:
    """Whether it carries an idempotency key, by which silver tells a second replay from the first."""
    return _EVENT_ID.fullmatch(letter.headers.get("ce_id") or b"") is not None


def repair_of(names: Iterable[str] = (), headers: Iterable[str] = ()) -> Repair:
    """The repair that applies others in order.

    Args:
        names: Names of :data:`REPAIRS`.
        headers: Headers to set, each ``name=value``.

    Raises:
        UnknownRepairError: There is no such repair, or a header lacks its value.
    """
    steps: dict[str, Apply] = {}
    for name in names:
        if name not in REPAIRS:
            raise UnknownRepairError(
                f"no repair {name!r}; there are {', '.join(REPAIRS)}, and --set name=value"
            )
        steps[name] = REPAIRS[name]
    for header in headers:
        name, equals, value = header.partition("=")
        if not (name and equals):
            raise UnknownRepairError(f"cannot set header {header!r}; write it as name=value")
        steps[f"set {header}"] = _setting(name, value.encode())
    return Repair(", ".join(steps) or UNCHANGED, lambda letter: _in_order(steps.values(), letter))


UNCHANGED: Final = "unchanged"
"""Name of the repair that repairs nothing: for letters that the stream would now accept."""


def _in_order(steps: Iterable[Apply], letter: DeadLetter) -> DeadLetter:
    for apply in steps:
        letter = apply(letter)
    return letter


def _with(letter: DeadLetter, **headers: bytes) -> DeadLetter:
    return structs.replace(letter, headers={**letter.headers, **headers})


def _setting(name: str, value: bytes) -> Apply:
    return lambda letter: _with(letter, **{name: value})


def _add_id(letter: DeadLetter) -> DeadLetter:
    """An id that follows from the coordinates: every replay of the letter has the same."""
    if has_event_id(letter):
        return letter
    entropy = hashlib.sha256(letter.place.encode()).digest()
    return _with(letter, ce_id=uuid7_from(_handed_over_ns(letter), entropy).encode())


def _fix_time(letter: DeadLetter) -> DeadLetter:
    """The time of the hand-over, where the event's own is missing or unreadable."""
    if not _is_wrong(letter, "ce_time"):
        return letter
    return _with(letter, ce_time=rfc3339(_handed_over_ns(letter)).encode())


def _fix_schema(letter: DeadLetter) -> DeadLetter:
    """The schema of the event's type, in the version that the contract has."""
    payload = PAYLOADS.get((letter.headers.get("ce_type") or b"").decode(errors="replace"))
    if payload is None or not _is_wrong(letter, "ce_dataschema"):
        return letter
    return _with(letter, ce_dataschema=f"{SCHEMA_PREFIX}{payload.TYPE}:{payload.VERSION}".encode())


def _fix_trace(letter: DeadLetter) -> DeadLetter:
    """The trace of the conversation, and a span that no other event has."""
    conversation = letter.headers.get("ce_subject")
    if not conversation or not _is_wrong(letter, "ce_traceparent"):
        return letter
    trace = trace_id_of(conversation.decode(errors="replace"))
    span = span_id_of(letter.place, 0)
    return _with(letter, ce_traceparent=f"00-{trace}-{span}-01".encode())


def _fix_text(letter: DeadLetter) -> DeadLetter:
    """UTF-8, with a replacement character for what is none."""
    if letter.value is None:
        return letter
    return structs.replace(letter, value=letter.value.decode(errors="replace").encode())


def _is_wrong(letter: DeadLetter, header: str) -> bool:
    """Whether a header is missing, or is what the stream complained about first."""
    return letter.headers.get(header) is None or f"header {header} " in letter.reason


def _handed_over_ns(letter: DeadLetter) -> int:
    return round(letter.broker_time.timestamp() * 1e6) * 1_000


REPAIRS: Final[dict[str, Apply]] = {
    "add-id": _add_id,
    "fix-time": _fix_time,
    "fix-schema": _fix_schema,
    "fix-trace": _fix_trace,
    "fix-text": _fix_text,
}
"""Each changes what its name says where that is wrong, and leaves other letters as they are."""
