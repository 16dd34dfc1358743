"""Starts a canary, decides about it by the tables, stops it; every decision is a row (spec M1, M2)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import duckdb
import msgspec
from pyiceberg.catalog.sql import SqlCatalog

from analytics.delivery.counting import Counted, count
from analytics.delivery.decision import Decision, decide
from analytics.delivery.errors import CanaryRunsError, NoCanaryError, SameVersionError
from analytics.delivery.history import (
    Action,
    Begun,
    Canary,
    Row,
    append,
    findings_of,
    read_canaries,
    table_of,
)
from analytics.delivery.stages import STAGES, Stage
from analytics.evals.provenance import code
from pipelines.catalog import ensure_tables
from pipelines.derived_tables import CONVERSATIONS
from pipelines.facts import table_facts
from pipelines.freshness import TARGETS_S

_LATE: Final = timedelta(seconds=TARGETS_S["silver"])
"""What happened so long before the conversations were built is taken to be in them."""


def start(catalog: SqlCatalog, canary: str, control: str, *, now: datetime) -> Row:
    """Starts a canary in the first stage.

    Args:
        catalog: The lake's catalog.
        canary: The agent version that is tried.
        control: The agent version that it is compared with.
        now: When it starts.

    Raises:
        SameVersionError: Both are the same version.
        CanaryRunsError: Another canary runs.
    """
    if canary == control:
        raise SameVersionError(f"{canary} is no canary beside itself: name the version in production")
    table = table_of(catalog)
    for one in read_canaries(catalog):
        if one.state == "runs":
            raise CanaryRunsError(f"{one.canary} runs at {one.stage.name}: stop it, or let it end, before")
    first = STAGES[0]
    row = _told(
        f"{canary}/{now:%Y%m%dT%H%M%S}",
        canary,
        control,
        action="start",
        stage=Begun(first, now),
        after=first,
        now=now,
    )
    append(table, row)
    return row


def decide_by_tables(
    connection: duckdb.DuckDBPyConnection,
    catalog: SqlCatalog,
    *,
    now: datetime,
    through: datetime | None = None,
) -> Row:
    """Decides about the canary that runs, by the lake as it is, and keeps the decision.

    Args:
        connection: A connection with the lake's views.
        catalog: The lake's catalog.
        now: The time of the decision.
        through: What happened later is left out; as far as the conversations are built unless said.

    Raises:
        NoCanaryError: None runs.
        DecidedMeanwhileError: Somebody else decided meanwhile.
    """
    table, canary = table_of(catalog), running(catalog)
    counted = count(connection, catalog, canary, through=through or complete_through(catalog, now=now))
    row = row_of(canary, counted, decide(canary.stage, counted.observed), now=now)
    append(table, row)
    return row


def stop(catalog: SqlCatalog, why: str, *, now: datetime) -> Row:
    """Rolls the canary back because a person says so.

    Raises:
        NoCanaryError: None runs.
    """
    table, canary = table_of(catalog), running(catalog)
    row = _told(
        canary.canary_id,
        canary.canary,
        canary.control,
        action="roll_back",
        stage=canary.stages[-1],
        after=None,
        reasons=[f"by hand: {why}"],
        now=now,
    )
    append(table, row)
    return row


def running(catalog: SqlCatalog) -> Canary:
    """The canary that runs.

    Raises:
        NoCanaryError: None does.
    """
    for one in read_canaries(catalog):
        if one.state == "runs":
            return one
    raise NoCanaryError("no canary runs: turnstone canary start VERSION --control VERSION")


def complete_through(catalog: SqlCatalog, *, now: datetime) -> datetime:
    """Through when the conversations are taken to be complete: their last build, less what is late."""
    ensure_tables(catalog, (CONVERSATIONS,))
    return (table_facts(catalog.load_table(CONVERSATIONS.name)).committed_at or now) - _LATE


def row_of(canary: Canary, counted: Counted, decision: Decision, *, now: datetime) -> Row:
    """A decision as a row."""
    stage, observed = canary.stage, counted.observed
    after = _next(stage, decision.action)
    return Row(
        canary_id=canary.canary_id,
        canary=canary.canary,
        control=canary.control,
        action=decision.action,
        stage=stage.name,
        stage_began_at=canary.stage_began_at,
        next_stage=after.name if after else None,
        share=_share(after, decision),
        admits=decision.admits,
        reasons=list(decision.reasons),
        minutes=observed.minutes,
        findings=findings_of(decision, observed.windows),
        money_usd=observed.money_usd,
        irreversible=observed.irreversible,
        unpriced=counted.unpriced,
        snapshots=msgspec.json.encode(counted.snapshots).decode(),
        complete_through=counted.through,
        code_commit=code().commit,
        decided_at=now,
    )


def _told(
    canary_id: str,
    canary: str,
    control: str,
    *,
    action: Action,
    stage: Begun,
    after: Stage | None,
    now: datetime,
    reasons: Sequence[str] = (),
) -> Row:
    """A decision that was made from no counts."""
    return Row(
        canary_id=canary_id,
        canary=canary,
        control=control,
        action=action,
        stage=stage.stage.name,
        stage_began_at=stage.began_at,
        next_stage=after.name if after else None,
        share=after.share if after else 0.0,
        admits=after is not None,
        reasons=list(reasons),
        minutes=0,
        findings=[],
        money_usd=0.0,
        irreversible=0,
        unpriced=0,
        snapshots="{}",
        complete_through=None,
        code_commit=code().commit,
        decided_at=now,
    )


def _next(stage: Stage, action: str, stages: Sequence[Stage] = STAGES) -> Stage | None:
    match action:
        case "hold":
            return stage
        case "promote":
            place = stages.index(stage) + 1
            return stages[place] if place < len(stages) else None
        case _:
            return None


def _share(after: Stage | None, decision: Decision) -> float:
    if not decision.admits:
        return 0.0
    return after.share if after else 1.0
