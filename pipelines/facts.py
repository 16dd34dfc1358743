"""What a table's current snapshot says about itself, without reading data."""

from datetime import UTC, datetime

from msgspec import Struct
from pyiceberg.table import Table


class TableFacts(Struct, frozen=True, kw_only=True):
    """Size and age of a table; snapshot and commit are None where nothing was ever written."""

    rows: int = 0
    files: int = 0
    size_bytes: int = 0
    snapshot_id: int | None = None
    committed_at: datetime | None = None


def table_facts(table: Table) -> TableFacts:
    """The facts of a table, from the summary of its current snapshot."""
    snapshot = table.current_snapshot()
    if snapshot is None or snapshot.summary is None:
        return TableFacts()
    summary = snapshot.summary
    return TableFacts(
        rows=int(summary["total-records"] or 0),
        files=int(summary["total-data-files"] or 0),
        size_bytes=int(summary["total-files-size"] or 0),
        snapshot_id=snapshot.snapshot_id,
        committed_at=datetime.fromtimestamp(snapshot.timestamp_ms / 1_000, UTC),
    )
