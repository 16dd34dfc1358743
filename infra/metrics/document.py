"""The backbone's state as JSON, for scripts."""

from typing import Any

import msgspec

from infra.metrics.backbone import Backbone, StreamState
from streaming.published import PublishedState


def document(backbone: Backbone) -> bytes:
    """One line of JSON: all fields of :class:`Backbone`, and the sums that people ask for."""
    return msgspec.json.encode(
        {
            "at": backbone.at,
            "topic": backbone.topic,
            "broker_answers": backbone.broker_answers,
            "producers": [_producer(state, backbone.at) for state in backbone.producers],
            "streams": [_stream(stream, backbone.at) for stream in backbone.streams],
        }
    )


def _producer(state: PublishedState, now: float) -> dict[str, Any]:
    return {**_fields(state), "presence": state.presence(now)}


def _stream(stream: StreamState, now: float) -> dict[str, Any]:
    load = stream.load
    return {
        **_fields(stream),
        "unread": stream.unread,
        "uncommitted": stream.uncommitted,
        "checkpoint_age_s": load and load.checkpoint_age_s(now),
        "watermark_delay_s": load and load.watermark_delay_s(now),
    }


def _fields(state: PublishedState | StreamState) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(state, str_keys=True)
    return fields
