"""Counts a canary and its control from the tables, at the same time (spec M1, M2)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import duckdb
import pyarrow as pa
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog

from analytics.delivery.effects import reversible_tools
from analytics.delivery.evidence import Counts, Observed, Pair, standardised
from analytics.delivery.history import Canary
from analytics.delivery.stages import DELAYED, LATENCY_LIMIT, LATENCY_MARGIN_MS, TRIGGERS
from pipelines.catalog import ensure_tables
from pipelines.derived_tables import CONVERSATIONS, TURNS
from pipelines.facts import table_facts
from pipelines.tables import SILVER
from pipelines.views import refresh

_SQL: Final = files("analytics.delivery").joinpath("sql")
_MONEY_MOVED, _SERVED, _CASES, _COUNTS, _RISKED = (
    _SQL.joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for name in ("money_moved", "served", "cases", "counts", "risked")
)
_SOURCES: Final = (SILVER.name, TURNS.name, CONVERSATIONS.name)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SPANS: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("trigger_name", "span")),
        ("stage", pa.int32()),
        *((name, pa.timestamp("us", "UTC")) for name in ("began_from", "began_before", "occurred_after")),
    ]
)

Found = Mapping[tuple[str, str], Mapping[int, Pair]]
"""Both versions by trigger and span, then by the stage in which the conversations began."""


class Counted(Struct, frozen=True, kw_only=True):
    """What was counted, and from what.

    Attributes:
        observed: What a decision is made from.
        unpriced: Actions of the canary in this stage of which no rule says how much they moved.
        snapshots: Snapshot by table that was read; None where nothing was ever written.
        through: Through when the tables were taken to be complete.
    """

    observed: Observed
    unpriced: int
    snapshots: Mapping[str, int | None]
    through: datetime


def count(
    connection: duckdb.DuckDBPyConnection, catalog: SqlCatalog, canary: Canary, *, through: datetime
) -> Counted:
    """Counts what a decision about a canary is made from, anew each time.

    Nothing here minds a duplicate (conversations and turns have none, effects count once under their
    key) or a late event (all of it is computed from the tables as they are, by the events' own times).

    Args:
        connection: A connection in UTC with the lake's views.
        catalog: The lake's catalog.
        canary: Which, and in which stage.
        through: What happened later is left out.
    """
    ensure_tables(catalog, (TURNS, CONVERSATIONS))
    refresh(connection, catalog)
    snapshots = {name: table_facts(catalog.load_table(name)).snapshot_id for name in _SOURCES}
    _set(connection, canary, through)
    connection.execute(_MONEY_MOVED)
    for name, asked in (
        ("asked_spans", pa.Table.from_pylist(_spans(canary, through), _SPANS)),
        ("asked_reversible", pa.table({"tool": pa.array(reversible_tools(), pa.string())})),
    ):
        connection.register(name, asked)
    try:
        connection.execute(_SERVED)
        connection.execute(_CASES)
        found = _found(connection.execute(_COUNTS).fetchall())
        [(money, irreversible, unpriced)] = connection.execute(_RISKED).fetchall()
    finally:
        for name in ("asked_spans", "asked_reversible"):
            connection.unregister(name)
        for name in ("cases", "served"):
            connection.execute(f"drop table if exists temp.{name}")
    observed = Observed(
        minutes=max(0, int((through - canary.stage_began_at) / timedelta(minutes=1))),
        windows=_pairs(found, "window", (one.name for one in TRIGGERS)),
        stage=_pairs(found, "stage", (one.name for one in TRIGGERS)),
        delayed=_pairs(found, "delayed", (one.name for one in DELAYED)),
        money_usd=float(money),
        irreversible=int(irreversible),
    )
    return Counted(observed=observed, unpriced=int(unpriced), snapshots=snapshots, through=through)


def _set(connection: duckdb.DuckDBPyConnection, canary: Canary, through: datetime) -> None:
    times = {
        "canary_began_at": canary.began_at,
        "stage_began_at": canary.stage_began_at,
        "counted_through": through,
    }
    for name, at in times.items():
        connection.execute(f"set variable {name} = cast(? as timestamptz)", [at])
    told = {
        "canary": canary.canary,
        "control": canary.control,
        "latency_quantile": 1 - LATENCY_LIMIT,
        "latency_margin_ms": LATENCY_MARGIN_MS,
    }
    for name, value in told.items():
        connection.execute(f"set variable {name} = ?", [value])


def _spans(canary: Canary, through: datetime) -> list[dict[str, Any]]:
    """The spans of every trigger: its last minutes, the stage; of a delayed one, each stage so far."""
    after = through + timedelta(microseconds=1)
    stage = {"stage": len(canary.stages), "began_from": canary.stage_began_at, "began_before": after}
    spans: list[dict[str, Any]] = []
    for one in TRIGGERS:
        window = through - timedelta(minutes=one.window_min)
        spans += [
            {"trigger_name": one.name, "span": "window", **stage, "occurred_after": window},
            {"trigger_name": one.name, "span": "stage", **stage, "occurred_after": _EVER},
        ]
    began = [*(one.began_at for one in canary.stages), after]
    spans += [
        {
            "trigger_name": one.name,
            "span": "delayed",
            "stage": place,
            "began_from": began[place - 1],
            "began_before": began[place],
            "occurred_after": _EVER,
        }
        for one in DELAYED
        for place in range(1, len(began))
    ]
    return spans


def _found(rows: Sequence[tuple[Any, ...]]) -> Found:
    found: dict[tuple[str, str], dict[int, Pair]] = {}
    for trigger, span, stage, control_n, control_bad, canary_n, canary_bad in rows:
        pair = Pair(Counts(control_n, control_bad), Counts(canary_n, canary_bad))
        found.setdefault((trigger, span), {})[stage] = pair
    return found


def _pairs(found: Found, span: str, names: Iterable[str]) -> dict[str, Pair]:
    return {name: standardised(list(found.get((name, span), {}).values())) for name in names}
