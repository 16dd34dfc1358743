"""How far a build of the conversations got: told by the commit that it made (ADR 011)."""

import hashlib
from functools import cache
from typing import Final

from msgspec import Struct
from pyiceberg.table import Table
from pyiceberg.table.snapshots import ancestors_of

from pipelines.pii.rules import masking_rules
from pipelines.queries import query
from pipelines.writing import DATA_THROUGH_PROPERTY

EVENTS_SNAPSHOT: Final = "turnstone.events-snapshot-id"
"""Snapshot property: the snapshot of ``silver.events`` that the rows were computed from."""
RULES: Final = "turnstone.rules"
"""Snapshot property: digest of the SQL that computed the rows, and of what masked them."""

_SQL: Final = ("typed_events", "turns", "complexity_rule", "conversations", "outcome_rule", "recontacts")


class Cursor(Struct, frozen=True, kw_only=True):
    """What the last build of a table was made from."""

    events_snapshot: int
    rules: str
    through_us: int
    """Newest hand-over that it knew of, microseconds since the epoch."""

    def is_at(self, events_snapshot: int) -> bool:
        """Whether a build from that snapshot would say the same."""
        return (self.events_snapshot, self.rules) == (events_snapshot, rules())


def cursor_of(conversations: Table) -> Cursor | None:
    """The newest cursor among the ancestors of the current snapshot; None where none tells.

    Commits that others made since, such as compactions, keep it; a roll-back goes back with it.
    """
    for snapshot in ancestors_of(conversations.current_snapshot(), conversations.metadata):
        summary = snapshot.summary
        if summary is None or summary[EVENTS_SNAPSHOT] is None:
            continue
        return Cursor(
            events_snapshot=int(summary[EVENTS_SNAPSHOT] or 0),
            rules=summary[RULES] or "",
            through_us=int(summary[DATA_THROUGH_PROPERTY] or 0),
        )
    return None


@cache
def rules() -> str:
    """Digest of what turns events into rows and masks them: where it changes, everything is computed anew."""
    told = "\n".join((*(query(name) for name in _SQL), masking_rules()))
    return hashlib.sha256(told.encode()).hexdigest()[:16]
