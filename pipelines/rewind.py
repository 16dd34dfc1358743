"""Takes the stream's tables back to a checkpoint, so that the job can resume from it (spec E5).

A job that resumes from an old state reads again what came after it. So the tables must be
as they were at that state: each goes back to the snapshot that holds the rows of no later
checkpoint. What other writers did since then goes as well, and is done again by them.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.table import Table
from pyiceberg.table.refs import MAIN_BRANCH
from pyiceberg.table.snapshots import Snapshot

from pipelines.errors import NotCommittedError, SnapshotExpiredError
from pipelines.table_definition import TableDefinition
from pipelines.tables import BRONZE, DEAD_LETTERS, FINISHED_CONVERSATIONS, LATE_EVENTS, SILVER

COMMITTED: Final = "flink.max-committed-checkpoint-id"
"""Snapshot property of the Iceberg sink: the checkpoint whose rows the snapshot adds."""


STREAM: Final = (BRONZE, SILVER, DEAD_LETTERS)
"""What the stream job writes."""
SESSIONS: Final = (FINISHED_CONVERSATIONS, LATE_EVENTS)
"""What the session job writes."""


class Rewound(Struct, frozen=True, kw_only=True):
    """Where a table went back to; ``snapshot_id`` is None where it had no rows then."""

    table: str
    snapshot_id: int | None
    checkpoint: int | None
    """The checkpoint of that snapshot; an earlier one than asked for where that had no rows for the table."""
    snapshots_left: int
    """Snapshots that the table went back by."""


def rewind(
    catalog: SqlCatalog, checkpoint: int, definitions: Sequence[TableDefinition] = STREAM
) -> list[Rewound]:
    """Takes the tables of a job back to a checkpoint of that job, which must not run.

    The log must still have what came after it, or those records are lost.

    Args:
        catalog: The lake's catalog.
        checkpoint: Number of the checkpoint or savepoint from which the job will resume.
        definitions: All tables that the job writes.

    Raises:
        SnapshotExpiredError: A table's snapshot of that time is gone; no table was changed.
        NotCommittedError: No table has a commit of that very checkpoint; no table was changed.
    """
    tables = [catalog.load_table(definition.name) for definition in definitions]
    plans = [_plan(table, checkpoint) for table in tables]
    if all(plan.checkpoint != checkpoint for plan in plans):
        raise NotCommittedError(
            f"no table has a commit of checkpoint {checkpoint}: either nothing was read before it, or it is "
            "a savepoint of a job that went on, whose rows were committed with the checkpoint after it and "
            "cannot be told apart. Resume from a checkpoint, or from a savepoint that ended its job"
        )
    for table, plan in zip(tables, plans, strict=True):
        if not plan.snapshots_left:
            continue
        change = table.manage_snapshots()
        if plan.snapshot_id is None:
            change.remove_branch(MAIN_BRANCH).commit()
        else:
            change.rollback_to_snapshot(plan.snapshot_id).commit()
    return plans


def _plan(table: Table, checkpoint: int) -> Rewound:
    left = 0
    snapshot = None
    for snapshot in _ancestors(table):
        number = snapshot.summary.additional_properties.get(COMMITTED) if snapshot.summary else None
        if number is not None and int(number) <= checkpoint:
            return Rewound(
                table=_name(table),
                snapshot_id=snapshot.snapshot_id,
                checkpoint=int(number),
                snapshots_left=left,
            )
        left += 1
    if snapshot is not None and _rows_before(snapshot):
        raise SnapshotExpiredError(
            f"{_name(table)} has no snapshot of checkpoint {checkpoint} or before any more: it was expired. "
            "Resume from a later state, or rebuild the tables from the log (`make clean`)"
        )
    return Rewound(table=_name(table), snapshot_id=None, checkpoint=None, snapshots_left=left)


def _ancestors(table: Table) -> Iterator[Snapshot]:
    snapshot = table.current_snapshot()
    while snapshot is not None:
        yield snapshot
        parent = snapshot.parent_snapshot_id
        snapshot = None if parent is None else table.snapshot_by_id(parent)


def _rows_before(snapshot: Snapshot) -> int:
    # Not by its parent: whoever expires snapshots may leave none.
    summary = snapshot.summary.additional_properties if snapshot.summary else {}
    return int(summary.get("total-records", 0)) - int(summary.get("added-records", 0))


def _name(table: Table) -> str:
    return ".".join(table.name())
