"""Conversations of two versions whose truth is known, and a lake that the real builder makes of them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection
from msgspec import structs
from pyiceberg.catalog.sql import SqlCatalog

from analytics.delivery.history import Begun, Canary
from analytics.delivery.stages import STAGES, Stage
from pipelines.catalog import ensure_tables, open_catalog
from pipelines.conversations import rebuild_conversations
from pipelines.settings import LakeSettings
from pipelines.tables import SILVER
from pipelines.views import connect
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids
from tests.pipelines.made_events import conversation
from tests.pipelines.made_stream import Delivery, append, deliver, silver_row

NEW, OLD = "v8", "v7"
NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """So many minutes after noon, when the canary begins."""
    return NOON + timedelta(minutes=minutes)


def talk(
    number: int,
    version: str,
    ends: float,
    *,
    began: float | None = None,
    outcome: p.Outcome | None = "resolved",
    customer: str | None = None,
    answer_ms: float = 2_000.0,
    later: Sequence[tuple[float, p.Payload]] = (),
) -> list[AgentEvent]:
    """A conversation of one message that ends so many minutes after noon.

    Args:
        number: Which.
        version: Who serves.
        ends: Minutes after noon.
        began: Likewise; a minute before the end unless said.
        outcome: How it ends; None where it runs.
        customer: Who talks.
        answer_ms: How long the answer takes.
        later: What else is told, by minutes after noon.
    """
    start_ns = _ns(ends - 1 if began is None else began)
    events = conversation(
        number,
        tenant="acme",
        version=version,
        start_ns=start_ns,
        turns=1,
        tool_calls=0,
        outcome=outcome or "resolved",
        reward=None,
        customer=customer or f"customer-{number}",
    )
    made = list[AgentEvent]()
    for event in events:
        match event.payload:
            case p.LlmCallStart() | p.LlmCallEnd():
                pass  # nothing is counted of them
            case p.ConversationEnded():
                made += [structs.replace(event, time_ns=_ns(ends))] if outcome else []
            case p.ResponseSent():
                payload = structs.replace(event.payload, duration=round(answer_ms * 1e6))
                made.append(structs.replace(event, payload=payload))
            case _:
                made.append(event)
    ids = seeded_ids(f"later-{number}")
    made += [
        structs.replace(events[-1], id=ids(_ns(minutes)), time_ns=_ns(minutes), payload=payload)
        for minutes, payload in later
    ]
    return made


def write(
    tool: str,
    key: str,
    *,
    answer: str = "{}",
    state: p.EffectState | None = "succeeded",
    from_ledger: bool = False,
) -> tuple[p.ToolCallStart, p.ToolCallEnd]:
    """A call that writes, and its end."""
    start = p.ToolCallStart(
        tool=tool, call_id=f"call-{key}", arguments={}, effect="write", idempotency_key=key
    )
    end = p.ToolCallEnd(
        tool=tool,
        call_id=f"call-{key}",
        effect="write",
        ok=state == "succeeded",
        result=answer,
        duration=1,
        idempotency_key=key,
        state=state,
        from_ledger=from_ledger,
    )
    return start, end


def canary(*stages: tuple[Stage, float]) -> Canary:
    """A canary in the last of some stages, each by when it began; in the first one unless said."""
    begun = tuple(Begun(stage, at(minutes)) for stage, minutes in stages or ((STAGES[0], 0.0),))
    return Canary(
        canary_id="made",
        canary=NEW,
        control=OLD,
        stages=begun,
        state="runs",
        decisions=1,
        decided_at=begun[-1].began_at,
        share=begun[-1].stage.share,
    )


class Lake:
    """Silver, built of what was delivered so far."""

    def __init__(self, connection: DuckDBPyConnection, catalog: SqlCatalog) -> None:
        self.connection, self.catalog = connection, catalog

    def hold(self, *events: Iterable[AgentEvent]) -> None:
        """Adds events as one commit, and builds turns and conversations."""
        self.take(deliver([one for each in events for one in each]))

    def take(self, deliveries: Iterable[Delivery]) -> None:
        """Adds deliveries as they are, and builds."""
        append(self.catalog, SILVER.name, [silver_row(one) for one in deliveries])
        rebuild_conversations(self.connection, self.catalog, mask=_unmasked)


@contextmanager
def open_lake(folder: Path) -> Iterator[Lake]:
    """A new lake in a folder."""
    catalog = open_catalog(
        LakeSettings(catalog_uri=f"sqlite:///{folder}/catalog.db", warehouse=str(folder / "warehouse"))
    )
    ensure_tables(catalog)
    with connect(catalog) as connection:
        yield Lake(connection, catalog)
    catalog.close()


def _unmasked(texts: pa.Table, columns: Sequence[str]) -> pa.Table:
    """Nobody's name is in these texts, and no test here is about masks."""
    return texts.select(["place", *columns])


def _ns(minutes: float) -> int:
    return int(at(minutes).timestamp() * 1e6) * 1_000
