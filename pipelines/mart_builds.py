"""Which days a build of gold is for: those whose conversations changed since the last one (ADR 011)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Summary, ancestors_of

from pipelines.days import Days
from pipelines.derived_tables import CONVERSATIONS
from pipelines.soundness import rows_by_day
from pipelines.table_changes import FileChanges, changes_since

CONVERSATIONS_SNAPSHOT: Final = "turnstone.conversations-snapshot-id"
"""Snapshot property of a mart: the snapshot of ``silver.conversations`` that it was computed from."""
MODELS: Final = "turnstone.models"
"""Snapshot property of a mart: digest of the code that computed it."""

_EPOCH: Final = date(1970, 1, 1)


class MartBuild(Struct, frozen=True, kw_only=True):
    """What a build of gold is made from and for."""

    conversations_snapshot: int | None
    models: str
    days: list[date] | None
    """Days to compute, in order; None for all that there are."""

    @property
    def properties(self) -> dict[str, str]:
        """What a mart's snapshot says of this build."""
        return {CONVERSATIONS_SNAPSHOT: str(self.conversations_snapshot or 0), MODELS: self.models}


def plan_build(
    catalog: SqlCatalog, marts: Sequence[str], models: str, asked: Days | None = None
) -> MartBuild:
    """Plans a build that brings all marts up to date.

    Args:
        catalog: The lake's catalog.
        marts: Layer and name of every mart.
        models: Digest of the code that computes them; another one than last time computes all days.
        asked: Days to compute anew as well, whether their conversations changed or not.
    """
    try:
        conversations = catalog.load_table(CONVERSATIONS.name)
    except NoSuchTableError:
        return MartBuild(conversations_snapshot=None, models=models, days=None)
    days = set[date]()
    for name in marts:
        changed = _changed_days(catalog, name, conversations, models)
        if changed is None:
            days_to_build = None
            break
        days |= changed
    else:
        days_to_build = sorted(days | _days_within(catalog, asked, (CONVERSATIONS.name, *marts)))
    return MartBuild(
        conversations_snapshot=conversations.metadata.current_snapshot_id, models=models, days=days_to_build
    )


def days_behind(catalog: SqlCatalog, mart: str) -> list[date]:
    """The days whose conversations changed since a mart was built, in order; all where that is unknown."""
    conversations = catalog.load_table(CONVERSATIONS.name)
    told = _told(catalog, mart)
    changes = changes_since(conversations, int(told[CONVERSATIONS_SNAPSHOT] or 0)) if told else None
    return sorted(rows_by_day(conversations) if changes is None else _days_of(changes))


def _days_within(catalog: SqlCatalog, asked: Days | None, tables: Sequence[str]) -> set[date]:
    """The days that were asked for and that some table has rows of."""
    if asked is None:
        return set()
    return {day for name in tables for day in rows_by_day(catalog.load_table(name)) if day in asked}


def _changed_days(catalog: SqlCatalog, name: str, conversations: Table, models: str) -> set[date] | None:
    """The days of conversations that a mart does not know as they are; None where all may be."""
    built_from = _built_from(catalog, name, models)
    changes = changes_since(conversations, built_from) if built_from is not None else None
    if changes is None:
        return None
    return _days_of(changes)


def _days_of(changes: FileChanges) -> set[date]:
    return {_EPOCH + timedelta(days=file.partition[0]) for file in (*changes.added, *changes.removed)}


def _built_from(catalog: SqlCatalog, name: str, models: str) -> int | None:
    told = _told(catalog, name)
    return int(told[CONVERSATIONS_SNAPSHOT] or 0) if told and told[MODELS] == models else None


def _told(catalog: SqlCatalog, name: str) -> Summary | None:
    """What the newest build of a mart said of itself."""
    try:
        mart = catalog.load_table(name)
    except NoSuchTableError:
        return None
    for snapshot in ancestors_of(mart.current_snapshot(), mart.metadata):
        if snapshot.summary is not None and snapshot.summary[CONVERSATIONS_SNAPSHOT] is not None:
            return snapshot.summary
    return None
