"""Which commit brought which rows: the history that a table's snapshots tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot

from pipelines.writing import DATA_THROUGH_PROPERTY

EPOCH: Final = datetime.fromtimestamp(0, UTC)


class AppendedFile(Struct, frozen=True, kw_only=True):
    """A live data file, and when the commit came that added its rows."""

    location: str
    committed_at: datetime


class Build(Struct, frozen=True, kw_only=True):
    """A commit that wrote a computed table anew, and the newest broker_time that it knew of."""

    through: datetime
    committed_at: datetime


def appended_files(table: Table, since: datetime) -> Iterator[AppendedFile]:
    """The live files that were appended since then; files that were rewritten have lost their commit."""
    snapshots = {
        s.snapshot_id: committed(s)
        for s in table.snapshots()
        if committed(s) >= since and (s.summary is None or s.summary.operation == Operation.APPEND)
    }
    current = table.current_snapshot()
    for manifest in current.manifests(table.io) if current else ():
        for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=True):
            if entry.snapshot_id in snapshots:
                yield AppendedFile(
                    location=entry.data_file.file_path, committed_at=snapshots[entry.snapshot_id]
                )


def builds(table: Table) -> list[Build]:
    """The builds of a computed table, oldest first."""
    found = (
        Build(through=EPOCH + timedelta(microseconds=int(text)), committed_at=committed(s))
        for s in table.snapshots()
        if (text := s.summary[DATA_THROUGH_PROPERTY] if s.summary else None)
    )
    return sorted(found, key=lambda build: build.committed_at)


def committed(snapshot: Snapshot) -> datetime:
    """When a snapshot was committed."""
    return EPOCH + timedelta(milliseconds=snapshot.timestamp_ms)
