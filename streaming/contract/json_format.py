"""CloudEvents 1.0 in the JSON format: an event as one JSON object, for files instead of a broker.

Source: CloudEvents JSON event format 1.0.2.
"""

from typing import Final

import msgspec

from streaming.contract.cloudevents import Record, decode, encode
from streaming.contract.events import AgentEvent
from streaming.errors import MalformedEventError

_PREFIX: Final = "ce_"
_CONTENT_TYPE: Final = "datacontenttype"
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def encode_json(event: AgentEvent) -> bytes:
    """The event as a JSON object of one line: its attributes, then its payload as ``data``."""
    record = encode(event)
    attributes: dict[str, str | msgspec.Raw] = {}
    for name, value in record.headers:
        attributes[name.removeprefix(_PREFIX) if name.startswith(_PREFIX) else _CONTENT_TYPE] = value.decode()
    attributes["data"] = msgspec.Raw(record.value)
    return _encode(attributes)


def decode_json(line: bytes) -> AgentEvent:
    """The event of a line that :func:`encode_json` wrote.

    Raises:
        MalformedEventError: It is no JSON object, or no event.
    """
    try:
        attributes = _decode(line)
        value = bytes(attributes.pop("data"))
        headers = [
            (
                "content-type" if name == _CONTENT_TYPE else _PREFIX + name,
                msgspec.json.decode(text, type=str).encode(),
            )
            for name, text in attributes.items()
        ]
    except (KeyError, msgspec.MsgspecError) as cause:
        raise MalformedEventError(f"no CloudEvent in JSON: {cause}") from cause
    return decode(Record(key=b"", value=value, headers=headers))
