"""The canaries and their decisions, out of ``gold.canary_decisions`` and into it (spec M1)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec
import pyarrow as pa
from msgspec import Struct
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import AlwaysFalse
from pyiceberg.table import Table

from analytics.delivery.decision import Decision
from analytics.delivery.errors import DecidedMeanwhileError
from analytics.delivery.evidence import Counts, Observed, Pair
from analytics.delivery.stages import STAGES, Stage
from analytics.delivery.tables import CANARY_DECISIONS
from pipelines.catalog import ensure_tables
from pipelines.writing import append_rows

Action = Literal["start", "hold", "promote", "roll_back"]
_NAMES: Final = [one.name for one in STAGES]


class Found(Struct, frozen=True, kw_only=True):
    """One trigger in a row of ``gold.canary_decisions``: see its column docs."""

    trigger: str
    delayed: bool
    state: str
    why: str
    harm: float
    low: float
    high: float
    detectable: float
    control_n: int
    control_bad: int
    canary_n: int
    canary_bad: int
    window_control_n: int | None
    window_control_bad: int | None
    window_canary_n: int | None
    window_canary_bad: int | None

    @property
    def whole(self) -> Pair:
        """The counts of the stage, or of the conversations that are old enough."""
        return Pair(Counts(self.control_n, self.control_bad), Counts(self.canary_n, self.canary_bad))

    @property
    def window(self) -> Pair:
        """The counts of the trigger's last minutes."""
        return Pair(
            Counts(self.window_control_n or 0, self.window_control_bad or 0),
            Counts(self.window_canary_n or 0, self.window_canary_bad or 0),
        )


class Row(Struct, frozen=True, kw_only=True):
    """A row of ``gold.canary_decisions``: see its column docs."""

    canary_id: str
    canary: str
    control: str
    action: Action
    stage: str
    stage_began_at: datetime
    next_stage: str | None
    share: float
    admits: bool
    reasons: list[str]
    minutes: int
    findings: list[Found]
    money_usd: float
    irreversible: int
    unpriced: int
    snapshots: str
    complete_through: datetime | None
    code_commit: str
    decided_at: datetime

    def observed(self) -> Observed:
        """The counts, as they were decided from: :func:`~.decision.decide` gives the same again."""
        now = [one for one in self.findings if not one.delayed]
        return Observed(
            minutes=self.minutes,
            windows={one.trigger: one.window for one in now},
            stage={one.trigger: one.whole for one in now},
            delayed={one.trigger: one.whole for one in self.findings if one.delayed},
            money_usd=self.money_usd,
            irreversible=self.irreversible,
        )


class Begun(Struct, frozen=True):
    """A stage and when it began."""

    stage: Stage
    began_at: datetime


class Canary(Struct, frozen=True, kw_only=True):
    """A version beside another one, as the decisions about it have left it.

    Attributes:
        canary_id: Its name among all canaries.
        canary: The version that is tried.
        control: The version that it is compared with.
        stages: The stages so far, the present one last.
        state: Whether it runs, and how it ended.
        decisions: How many there were, the start included.
        decided_at: When the last one was made.
        share: Of new conversations that it is to get.
    """

    canary_id: str
    canary: str
    control: str
    stages: tuple[Begun, ...]
    state: Literal["runs", "rolled back", "promoted"]
    decisions: int
    decided_at: datetime
    share: float

    @property
    def stage(self) -> Stage:
        """The present stage, or the last one."""
        return self.stages[-1].stage

    @property
    def began_at(self) -> datetime:
        """When the first stage began."""
        return self.stages[0].began_at

    @property
    def stage_began_at(self) -> datetime:
        """When the present stage began."""
        return self.stages[-1].began_at


def canary_of(rows: Sequence[Row]) -> Canary:
    """What the decisions about one canary come to.

    Args:
        rows: All of them, in the order in which they were made.
    """
    stages = list[Begun]()
    for one in rows:
        if one.next_stage and (not stages or one.next_stage != stages[-1].stage.name):
            stages.append(Begun(STAGES[_NAMES.index(one.next_stage)], one.decided_at))
    last = rows[-1]
    ended = {"roll_back": "rolled back", "promote": "promoted"}
    return msgspec.convert(
        {
            "canary_id": last.canary_id,
            "canary": last.canary,
            "control": last.control,
            "stages": tuple(stages),
            "state": "runs" if last.next_stage else ended[last.action],
            "decisions": len(rows),
            "decided_at": last.decided_at,
            "share": last.share,
        },
        Canary,
    )


def read_rows(catalog: SqlCatalog) -> dict[str, list[Row]]:
    """Every decision by canary, in the order in which they were made; canaries in that of their start."""
    rows = msgspec.convert(table_of(catalog).scan().to_arrow().to_pylist(), list[Row])
    found: dict[str, list[Row]] = {}
    for one in sorted(rows, key=lambda row: row.decided_at):
        found.setdefault(one.canary_id, []).append(one)
    return found


def read_canaries(catalog: SqlCatalog) -> list[Canary]:
    """Every canary, in the order of their start."""
    return [canary_of(rows) for rows in read_rows(catalog).values()]


def table_of(catalog: SqlCatalog) -> Table:
    """The table, made where it is missing."""
    ensure_tables(catalog, (CANARY_DECISIONS,))
    return catalog.load_table(CANARY_DECISIONS.name)


def append(table: Table, row: Row) -> None:
    """Adds a decision to the table as it was when the canary was read from it.

    Raises:
        DecidedMeanwhileError: Somebody else was faster; nothing was written.
    """
    made = pa.Table.from_pylist(
        [msgspec.to_builtins(row, builtin_types=(datetime,))], table.schema().as_arrow()
    )
    reader = pa.RecordBatchReader.from_batches(made.schema, made.to_batches())
    try:
        append_rows(table, reader, delete=AlwaysFalse())
    except (CommitFailedException, ValidationException) as cause:
        raise DecidedMeanwhileError(f"{row.canary}: decided about meanwhile; decide again") from cause


def findings_of(decision: Decision, windows: Mapping[str, Pair]) -> list[Found]:
    """The findings of a decision with the counts that they were made from."""
    return [
        Found(
            trigger=one.trigger,
            delayed=delayed,
            state=one.state,
            why=one.why,
            harm=one.harm,
            low=one.low,
            high=one.high,
            detectable=one.detectable,
            control_n=one.control.n,
            control_bad=one.control.bad,
            canary_n=one.canary.n,
            canary_bad=one.canary.bad,
            window_control_n=window.control.n if window else None,
            window_control_bad=window.control.bad if window else None,
            window_canary_n=window.canary.n if window else None,
            window_canary_bad=window.canary.bad if window else None,
        )
        for delayed, findings in ((False, decision.findings), (True, decision.delayed))
        for one in findings
        for window in [None if delayed else windows.get(one.trigger)]
    ]
