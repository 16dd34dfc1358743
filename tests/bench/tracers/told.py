"""What the benchmark and a peer tell each other; read by the peers' own environment as well."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

QUESTIONS: Final = ("volume", "latency", "tool_errors", "cost", "worst")
"""By day and version; p95 by tenant; error rate by tool; cost by version; the ten worst conversations."""
TIMES: Final = 3
"""How often each question is asked; the median counts."""
WORST: Final = 10

Answer = Sequence[Sequence[Any]]
"""Rows: what they are about, then the number; the worst conversations in their order."""


class Answered(Struct, frozen=True):
    """A turn: what was said, and how long the answer took."""

    message: str | None
    answer: str | None
    started_ns: int
    ms: float | None


class ToolCall(Struct, frozen=True):
    """A tool call."""

    tool: str
    ok: bool
    error_type: str | None
    ms: float


class ModelCall(Struct, frozen=True):
    """A model call."""

    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: float
    ms: float


class Conversation(Struct, frozen=True):
    """A conversation as silver has it."""

    conversation_id: str
    tenant_id: str
    agent_version: str
    started_ns: int
    ended_ns: int
    turns: list[Answered]
    tools: list[ToolCall]
    models: list[ModelCall]


class Told(Struct, frozen=True, kw_only=True):
    """What a peer did.

    Attributes:
        spans: Spans that it holds.
        start_s: From the start of its server to the first answer of it.
        load_s: From the first span sent to the last one visible.
        disk_bytes: What it keeps of them.
        seconds: Of each question, the median.
        answers: To each question.
    """

    spans: int
    start_s: float
    load_s: float
    disk_bytes: int
    seconds: dict[str, float]
    answers: dict[str, list[list[Any]]]


def read_conversations(lines: bytes) -> list[Conversation]:
    """Conversations, one a line of JSON."""
    return msgspec.json.Decoder(Conversation).decode_lines(lines)
