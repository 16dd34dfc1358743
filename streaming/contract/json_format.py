"""CloudEvents 1.0 in the JSON format: an event as one JSON object, for files instead of a broker.

Source: CloudEvents JSON event format 1.0.2.
"""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from streaming.contract.cloudevents import Record, decode, encode
from streaming.contract.events import AgentEvent
from streaming.errors import MalformedEventError

_CONTENT_TYPE: Final = "content-type"
_PREFIX: Final = "ce_"


class JsonEvent(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The attributes of an event, named as on the wire without their prefix, and its payload as ``data``."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    dataschema: str
    tenantid: str
    turn: str
    traceparent: str
    agentversion: str
    experiments: str | None = None
    data: Raw


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(JsonEvent).decode


def encode_json(event: AgentEvent) -> bytes:
    """The event as a JSON object of one line."""
    record = encode(event)
    attributes = {
        "datacontenttype" if name == _CONTENT_TYPE else name.removeprefix(_PREFIX): value.decode()
        for name, value in record.headers
    }
    return _encode(JsonEvent(data=Raw(record.value), **attributes))


def decode_json(line: bytes) -> AgentEvent:
    """The event of a line that :func:`encode_json` wrote.

    Raises:
        MalformedEventError: It is no JSON object, or no event.
    """
    try:
        told = _decode(line)
    except msgspec.MsgspecError as cause:
        raise MalformedEventError(f"no CloudEvent in JSON: {cause}") from cause
    headers = [
        (_CONTENT_TYPE if name == "datacontenttype" else _PREFIX + name, value.encode())
        for name in JsonEvent.__struct_fields__
        if isinstance(value := getattr(told, name), str)
    ]
    return decode(Record(key=told.subject.encode(), value=bytes(told.data), headers=headers))
