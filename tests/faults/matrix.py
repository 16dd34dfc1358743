"""The matrix of faults, for the terminal, for ``docs/`` and as rows of a benchmark."""

import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

from msgspec import Struct
from rich.table import Table

from tests.bench.record import REPOSITORY, Row, machine
from tests.faults.scenario import Outcome, Scenario

PAGE: Final = REPOSITORY / "docs" / "faults.md"
_HEAD: Final = """# Faults

Written by `make faults`. Each fault is done to the real stack (broker, stream engine, catalog) while a
producer process emits; then the stream is drained and every record followed by its identity from
the producer's receipts through bronze, silver and dead letters (`pipelines/accounting.py`).
Recovery is the time from the fault (a kill, or the end of an outage that we made) until bronze shows
a record that was handed to the broker later than that; it includes the wait for the next checkpoint.
"""


class Line(Struct, frozen=True, kw_only=True):
    """All runs of one fault."""

    fault: str
    what: str
    runs: int
    acked: int
    unacked: int
    lost: int
    doubled: int
    p50_s: float
    p99_s: float


def lines(outcomes: Sequence[Outcome], scenarios: Sequence[Scenario]) -> list[Line]:
    """One line a fault, in the order of the scenarios."""
    said = {scenario.name: scenario for scenario in scenarios}
    order = list(said)
    ordered = sorted(outcomes, key=lambda outcome: order.index(outcome.fault))
    return [_line(said[fault], list(runs)) for fault, runs in groupby(ordered, key=lambda o: o.fault)]


def _line(scenario: Scenario, runs: list[Outcome]) -> Line:
    seconds = sorted(run.recovery_s for run in runs)
    return Line(
        fault=scenario.name,
        what=scenario.what,
        runs=len(runs),
        acked=sum(run.acked for run in runs),
        unacked=sum(run.unacked for run in runs),
        lost=sum(run.lost + run.offset_gaps for run in runs),
        doubled=sum(run.doubled for run in runs),
        p50_s=statistics.median(seconds),
        p99_s=seconds[min(len(seconds) - 1, int(0.99 * len(seconds)))],
    )


def table(found: Sequence[Line]) -> Table:
    """For the terminal."""
    shown = Table(title="faults", caption="recovery in seconds")
    for name in ("fault", "runs", "acked", "no receipt", "lost", "doubled", "p50", "p99"):
        shown.add_column(name, justify="left" if name == "fault" else "right")
    for line in found:
        bad = "red" if line.lost or line.doubled else None
        shown.add_row(*_cells(line), style=bad)
    return shown


def page(found: Sequence[Line], left_out: Sequence[str], checkpoint_interval_s: float) -> str:
    """For ``docs/``."""
    titles = ("fault", "runs", "events acked", "no receipt", "lost", "doubled", "recovery p50, s", "p99, s")
    rows = [titles, ("---", *("---:",) * (len(titles) - 1)), *map(_cells, found)]
    return "\n".join(
        [
            _HEAD,
            f"{datetime.now(UTC):%Y-%m-%d}, {machine()}, checkpoints every {checkpoint_interval_s:g} s.",
            "",
            *("| " + " | ".join(cells) + " |" for cells in rows),
            "",
            "What is done:",
            "",
            *(f"- **{line.fault}**: {line.what}." for line in found),
            *(["", "Not done, or not as it must be, where this ran:", ""] if left_out else []),
            *(f"- {reason}" for reason in left_out),
            "",
        ]
    )


def write_page(found: Sequence[Line], left_out: Sequence[str], checkpoint_interval_s: float) -> Path:
    """Writes ``docs/faults.md``."""
    PAGE.write_text(page(found, left_out, checkpoint_interval_s), encoding="utf-8")
    return PAGE


def rows(found: Sequence[Line]) -> list[Row]:
    """As figures of the topic ``faults``."""
    made: list[Row] = []
    for line in found:
        slug = "E5-" + "-".join(line.fault.replace(",", "").split())
        for what, result in (("lost", line.lost), ("doubled", line.doubled)):
            made.append(
                Row(id=f"{slug}-{what}", what=f"{line.fault}: events {what} of {line.acked:,}",
                    target=0, result=result, unit="events", better="lower")
            )  # fmt: skip
        made.append(
            Row(id=f"{slug}-recovery", what=f"{line.fault}: recovery p99 of {line.runs} runs",
                target=None, result=round(line.p99_s, 1), unit="s", better="lower")
        )  # fmt: skip
    return made


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.fault,
        str(line.runs),
        f"{line.acked:,}",
        f"{line.unacked:,}",
        f"{line.lost:,}",
        f"{line.doubled:,}",
        f"{line.p50_s:.1f}",
        f"{line.p99_s:.1f}",
    )
