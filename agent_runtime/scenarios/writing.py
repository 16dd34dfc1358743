"""Where generated traffic goes: a file, or a sink such as the producer; the truth beside it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, Self

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from agent_runtime.emitter import EventSink
from agent_runtime.scenarios.truth import SCHEMA, Truth, truth_table
from streaming.contract.events import AgentEvent
from streaming.contract.json_format import encode_json

EVENTS_SCHEMA: Final = pa.schema(
    [
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("event_type", pa.string(), nullable=False),
        pa.field("event_time", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("event_time_ns", pa.int64(), nullable=False),
        pa.field("tenant_id", pa.string(), nullable=False),
        pa.field("conversation_id", pa.string(), nullable=False),
        pa.field("turn", pa.int32(), nullable=False),
        pa.field("agent_version", pa.string(), nullable=False),
        pa.field("trace_id", pa.string(), nullable=False),
        pa.field("span_id", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
    ]
)
"""Columns as ``silver.events`` has them, of those that are known without a broker."""
_GROUP: Final = 100_000
"""Rows of a row group."""


class EventsOut(Protocol):
    """Takes events in the order of their time."""

    def write(self, events: Sequence[AgentEvent]) -> None:
        """Takes some more."""
        ...

    def close(self) -> None:
        """Ends it; nothing may come afterwards."""
        ...


class JsonLines:
    """Events as CloudEvents in the JSON format, one a line.

    Args:
        path: The file; written anew.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, events: Sequence[AgentEvent]) -> None:
        """See :class:`EventsOut`."""
        self._file.writelines(encode_json(event) + b"\n" for event in events)

    def close(self) -> None:
        """See :class:`EventsOut`."""
        self._file.close()


class Rows:
    """Rows into a Parquet file, a row group at a time.

    Args:
        path: The file; written anew.
        schema: Its columns.
        table: Makes a table of rows.
    """

    def __init__(self, path: Path, schema: pa.Schema, table: Callable[[list[Any]], pa.Table]) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="zstd")
        self._table = table
        self._rows: list[Any] = []

    def write(self, rows: Sequence[Any]) -> None:
        """Takes some more."""
        self._rows += rows
        if len(self._rows) >= _GROUP:
            self._flush()

    def close(self) -> None:
        """Ends it."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        self._writer.write_table(self._table(self._rows))
        self._rows = []


class Emitted:
    """Events into a sink.

    Args:
        sink: Takes them.
    """

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink

    def write(self, events: Sequence[AgentEvent]) -> None:
        """See :class:`EventsOut`."""
        for event in events:
            self._sink(event)

    def close(self) -> None:
        """See :class:`EventsOut`."""


class Output:
    """Events and the truth of them, written together.

    Args:
        events: Where events go.
        truth: The file of the truth, in Parquet.
    """

    def __init__(self, events: EventsOut, truth: Path) -> None:
        self.events = 0
        self.conversations = 0
        self._events = events
        self._truth = Rows(truth, SCHEMA, truth_table)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends both files; what was written stays readable, whatever happened."""
        try:
            self._events.close()
        finally:
            self._truth.close()

    def write(self, events: Sequence[AgentEvent], truths: Sequence[Truth]) -> None:
        """Takes events in the order of their time, and the truth of some conversations."""
        self._events.write(events)
        self._truth.write(truths)
        self.events += len(events)
        self.conversations += len(truths)


def parquet_events(path: Path) -> Rows:
    """Events into a Parquet file."""
    return Rows(path, EVENTS_SCHEMA, _events_table)


def _events_table(events: list[AgentEvent]) -> pa.Table:
    columns = {
        "event_id": [event.id for event in events],
        "event_type": [event.type for event in events],
        "event_time": pa.array([event.time_ns // 1_000 for event in events], pa.timestamp("us", "UTC")),
        "event_time_ns": [event.time_ns for event in events],
        "tenant_id": [event.tenant_id for event in events],
        "conversation_id": [event.conversation_id for event in events],
        "turn": [event.turn for event in events],
        "agent_version": [event.agent_version for event in events],
        "trace_id": [event.trace_id for event in events],
        "span_id": [event.span_id for event in events],
        "payload": [msgspec.json.encode(event.payload).decode() for event in events],
    }
    return pa.table(columns, schema=EVENTS_SCHEMA)
