"""Conversations as OpenTelemetry spans, the way both peers take them: OTLP over HTTP.

Runs in the peers' own environment. A conversation is a trace: a root, and below it a span an
answer, a tool call and a model call. Attributes are named as OpenInference names them; tenant
and version stand on every span, because neither peer joins spans for its users.
"""

import hashlib
import time
from collections.abc import Iterator, Sequence
from itertools import islice

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # type: ignore[import-not-found]
    ExportTraceServiceRequest,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status  # type: ignore[import-not-found]

from tests.bench.tracers.told import Conversation

BATCH = 20
"""Conversations a request: about what an exporter sends at once (512 spans)."""
_BUSY = frozenset({429, 503})


def spans_of(conversation: Conversation) -> Iterator[Span]:
    """The spans of a conversation; the root comes first."""
    root = _Root(conversation)
    yield root.span("conversation", "AGENT", conversation.started_ns, conversation.ended_ns, parent=None)
    for turn in conversation.turns:
        if turn.ms is not None:
            told = {"input.value": turn.message or "", "output.value": turn.answer or ""}
            yield root.span("answer", "CHAIN", turn.started_ns, _after(turn.started_ns, turn.ms), **told)
    at_ns = conversation.started_ns
    for call in conversation.tools:
        span = root.span(call.tool, "TOOL", at_ns, _after(at_ns, call.ms), **{"tool.name": call.tool})
        span.status.code = Status.STATUS_CODE_OK if call.ok else Status.STATUS_CODE_ERROR
        span.status.message = call.error_type or ""
        yield span
        at_ns = _after(at_ns, call.ms)
    for model in conversation.models:
        told_of_model = {
            "llm.model_name": model.model,
            "llm.token_count.prompt": model.input_tokens,
            "llm.token_count.completion": model.output_tokens,
            "cost_usd": model.cost_usd,
        }
        yield root.span("model", "LLM", at_ns, _after(at_ns, model.ms), **told_of_model)
        at_ns = _after(at_ns, model.ms)


def send(conversations: Sequence[Conversation], url: str, headers: dict[str, str]) -> int:
    """Sends all spans of the conversations and returns how many they were; waits while a peer is busy."""
    sent, waiting = 0, iter(conversations)
    with httpx.Client(timeout=120, headers={"Content-Type": "application/x-protobuf", **headers}) as client:
        while batch := list(islice(waiting, BATCH)):
            spans = [span for conversation in batch for span in spans_of(conversation)]
            request = ExportTraceServiceRequest()
            request.resource_spans.add().scope_spans.add().spans.extend(spans)
            while (answer := client.post(url, content=request.SerializeToString())).status_code in _BUSY:
                time.sleep(0.5)
            answer.raise_for_status()
            sent += len(spans)
    return sent


class _Root:
    """Makes the spans of one trace."""

    def __init__(self, conversation: Conversation) -> None:
        digest = hashlib.sha256(conversation.conversation_id.encode()).digest()
        self._trace_id, self._root_id = digest[:16], digest[16:24]
        self._count = 0
        self._always = {
            "conversation_id": conversation.conversation_id,
            "tenant_id": conversation.tenant_id,
            "agent_version": conversation.agent_version,
        }

    def span(
        self,
        name: str,
        kind: str,
        start_ns: int,
        end_ns: int,
        parent: bytes | None = b"root",
        **attributes: str | float,
    ) -> Span:
        self._count += 1
        own = hashlib.sha256(self._root_id + self._count.to_bytes(4)).digest()[:8]
        span = Span(
            trace_id=self._trace_id,
            span_id=own if parent else self._root_id,
            parent_span_id=self._root_id if parent else b"",
            name=name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=start_ns,
            end_time_unix_nano=end_ns,
        )
        tags = {} if parent else {f"mlflow.traceTag.{key}": value for key, value in self._always.items()}
        for key, value in {"openinference.span.kind": kind, **self._always, **tags, **attributes}.items():
            attribute = span.attributes.add(key=key)
            if isinstance(value, str):
                attribute.value.string_value = value
            elif isinstance(value, int):
                attribute.value.int_value = value
            else:
                attribute.value.double_value = value
        return span


def _after(start_ns: int, ms: float) -> int:
    return start_ns + round(ms * 1e6)
