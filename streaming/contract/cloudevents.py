"""CloudEvents 1.0 in binary mode on Kafka (spec E2).

The envelope travels in the record's headers and the payload in its value, so that
routing, deduplication and bronze need no look into the payload.
Source: CloudEvents core 1.0.2, Kafka protocol binding 1.0.2, distributed tracing extension.
"""

import calendar
import time
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import Struct

from streaming.contract.events import AgentEvent
from streaming.contract.payloads import PAYLOADS
from streaming.errors import MalformedEventError

Headers = list[tuple[str, bytes]]

SOURCE: Final = b"/turnstone/agent_runtime"
SCHEMA_PREFIX: Final = "urn:turnstone:event:"
_NANOS: Final = 1_000_000_000

_encode = msgspec.json.Encoder().encode
_decoders = {name: msgspec.json.Decoder(payload) for name, payload in PAYLOADS.items()}
_fixed: dict[str, Headers] = {
    name: [
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_source", SOURCE),
        ("ce_type", name.encode()),
        ("ce_dataschema", f"{SCHEMA_PREFIX}{name}:{payload.VERSION}".encode()),
    ]
    for name, payload in PAYLOADS.items()
}


class Record(Struct, frozen=True, gc=False):
    """A Kafka record before it leaves or after it came: key, value and headers."""

    key: bytes
    value: bytes
    headers: Headers


def encode(event: AgentEvent, key: bytes | None = None) -> Record:
    """The Kafka record of an event.

    Args:
        event: The event.
        key: Decides the partition; the conversation where none is given.
    """
    payload = event.payload
    conversation = event.conversation_id.encode()
    headers = [
        *_fixed[payload.TYPE],
        ("ce_id", event.id.encode()),
        ("ce_time", _rfc3339(event.time_ns)),
        ("ce_subject", conversation),
        ("ce_tenantid", event.tenant_id.encode()),
        ("ce_turn", b"%d" % event.turn),
        ("ce_traceparent", f"00-{event.trace_id}-{event.span_id}-01".encode()),
        ("ce_agentversion", event.agent_version.encode()),
    ]
    if event.experiments:
        headers.append(("ce_experiments", _encode(event.experiments)))
    return Record(key=key or conversation, value=_encode(payload), headers=headers)


def decode(record: Record) -> AgentEvent:
    """The event of a Kafka record.

    Raises:
        MalformedEventError: A header is missing or unreadable, the type is unknown,
            or the payload does not fit its type.
    """
    envelope = dict(record.headers)
    try:
        event_type = envelope["ce_type"].decode()
        _, trace_id, span_id, _ = envelope["ce_traceparent"].decode().split("-")
        experiments = envelope.get("ce_experiments", b"{}")
        return AgentEvent(
            id=envelope["ce_id"].decode(),
            time_ns=time_ns_of(envelope["ce_time"].decode()),
            conversation_id=envelope["ce_subject"].decode(),
            tenant_id=envelope["ce_tenantid"].decode(),
            turn=int(envelope["ce_turn"]),
            trace_id=trace_id,
            span_id=span_id,
            agent_version=envelope["ce_agentversion"].decode(),
            experiments=msgspec.json.decode(experiments, type=dict[str, str]),
            payload=_decoders[event_type].decode(record.value),
        )
    except KeyError as missing:
        message = f"header or event type {missing} is not known; headers: {sorted(envelope)}"
        raise MalformedEventError(message) from missing
    except (ValueError, msgspec.MsgspecError) as cause:
        raise MalformedEventError(f"event {envelope.get('ce_id')!r}: {cause}") from cause


def rfc3339(time_ns: int) -> str:
    """A time in ns since the epoch as RFC 3339 in UTC with nine decimals."""
    return _rfc3339(time_ns).decode()


def _rfc3339(time_ns: int) -> bytes:
    seconds = time_ns // _NANOS
    return b"%b%09dZ" % (_second(seconds), time_ns - seconds * _NANOS)


@lru_cache(maxsize=1024)
def _second(seconds: int) -> bytes:
    # Events come in the order of time, and thousands of them share a second.
    return time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(seconds)).encode()


def time_ns_of(text: str) -> int:
    """The ns since the epoch of a time that :func:`rfc3339` wrote."""
    seconds, nanos = text.removesuffix("Z").split(".")
    return calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * _NANOS + int(nanos)
