"""Events of evaluations in the lake, and conversations read back from it (spec G4)."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.expressions import BooleanExpression

from analytics.evals.cases import Suite
from analytics.evals.results import Source, append
from analytics.evals.running import Held
from analytics.evals.tables import EVAL_EVENTS
from pipelines.facts import table_facts
from streaming.contract.cloudevents import Record, decode, encode
from streaming.contract.events import AgentEvent
from streaming.contract.header_text import decode_headers, encode_headers
from streaming.errors import MalformedEventError


class Logged(Struct, frozen=True, kw_only=True):
    """A conversation as the lake has it; run, case and trial are None where customers held it."""

    conversation_id: str
    events: list[AgentEvent]
    run_id: str | None = None
    case_id: str | None = None
    trial: int | None = None


def write_events(catalog: SqlCatalog, suite: Suite, run_id: str, held: Iterable[Held]) -> Source:
    """Adds what a run emitted to ``bronze.eval_events``, in one commit."""
    now = datetime.now(UTC)
    rows = [
        {**_row(event), **_whose(suite, run_id, one), "written_at": now}
        for one in held
        for event in one.events
    ]
    return Source(table=EVAL_EVENTS.name, snapshot_id=append(catalog, EVAL_EVENTS, rows))


def read_conversations(
    catalog: SqlCatalog, name: str, where: BooleanExpression
) -> tuple[list[Logged], Source]:
    """Conversations of ``bronze.events`` or ``bronze.eval_events``, and the snapshot that has them.

    Records that are no events are left to the dead letters.
    """
    table = catalog.load_table(name)
    whose = ("run_id", "case_id", "trial") if name == EVAL_EVENTS.name else ()
    columns = (*whose, "conversation_id", "record_value", "headers")
    rows = table.scan(where, selected_fields=columns).to_arrow().to_pylist()
    told = defaultdict[tuple[Any, ...], list[AgentEvent]](list)
    for row in rows:
        key = tuple(row.get(column) for column in ("run_id", "case_id", "trial", "conversation_id"))
        with suppress(MalformedEventError):
            told[key].append(_event(row))
    found = [
        Logged(run_id=run, case_id=case, trial=trial, conversation_id=conversation, events=events)
        for (run, case, trial, conversation), events in told.items()
    ]
    return found, Source(table=name, snapshot_id=table_facts(table).snapshot_id or 0)


def _whose(suite: Suite, run_id: str, held: Held) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "suite": suite.name,
        "suite_version": suite.version,
        "case_id": held.case.case_id,
        "trial": held.trial,
        "conversation_id": held.conversation_id,
    }


def _row(event: AgentEvent) -> dict[str, Any]:
    record = encode(event)
    return {
        "event_id": event.id,
        "event_type": event.type,
        "event_time": datetime.fromtimestamp(event.time_ns // 1_000 / 1e6, UTC),
        "record_value": record.value,
        "headers": encode_headers(record.headers),
    }


def _event(row: dict[str, Any]) -> AgentEvent:
    headers = [(name, value or b"") for name, value in decode_headers(row["headers"])]
    return decode(Record(key=b"", value=row["record_value"], headers=headers))
