"""Topic ``backbone``, deduplication: what an event id costs while ever more of them are remembered.

``DedupeCurve.java`` runs the stream job's own operator in a cluster of one process; beside it one entry of
the state backend for each id, as SQL's ``row_number()`` keeps it.
"""

import os
import tempfile
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from tests.bench.java_programs import output_of
from tests.bench.record import Row

IDS: Final = int(os.environ.get("TURNSTONE_BENCH_IDS", "50000000"))
PEER_IDS: Final = IDS // 10
STEPS: Final = 10


class Step(Struct, frozen=True):
    """A part of the way: ids so far, seconds of this part, microseconds of CPU an id, state on disk in MB."""

    ids: int
    seconds: float
    cpu_us: float
    disk_mb: float


class Passed(Struct, frozen=True):
    """How many rows passed, and how many had to."""

    passed: int
    expected: int


def rows() -> list[Row]:
    """Measures both, the peer with a tenth of the ids."""
    ours, peer = curve("chunks", IDS), curve("entries", PEER_IDS)
    # The first step has the start of the process in it.
    early, late = ours[1], ours[-1]
    return [
        Row(
            id="E5-dedupe-flat",
            what=f"CPU of an id with {late.ids:,} remembered, as a share of that with {early.ids:,}",
            target=None,
            result=round(late.cpu_us / early.cpu_us, 3),
            unit="ratio",
            better="lower",
        ),
        Row(
            id="E5-dedupe-bytes",
            what=f"an id on disk in the state backend, with {late.ids:,} remembered",
            target=None,
            result=round(1e6 * late.disk_mb / late.ids, 1),
            unit="bytes",
            better="lower",
        ),
        *(
            Row(
                id=f"E5-dedupe-{step.ids // 1_000_000}M",
                what=f"CPU of an id, its making and the shuffle included, up to {step.ids:,} remembered; "
                f"{step.disk_mb:,.0f} MB on disk",
                target=None,
                result=round(step.cpu_us, 2),
                unit="us",
                better="lower",
                peers={f"an entry for each id, up to {PEER_IDS:,}": round(peer[-1].cpu_us, 2)}
                if step is late
                else {},
            )
            for step in ours[1:]
        ),
    ]


def curve(kind: str, ids: int) -> list[Step]:
    """The way to so many ids in some steps; fails where not each id passed exactly once."""
    with tempfile.TemporaryDirectory(prefix="turnstone-dedupe-") as folder:
        state = Path(folder) / "state"
        state.mkdir()
        *steps, end = output_of("DedupeCurve", "1500m", (kind, ids, ids // STEPS, state), Path(folder))
    passed = msgspec.json.decode(end, type=Passed)
    assert passed.passed == passed.expected, f"{passed.passed} ids passed, not {passed.expected}"
    return [msgspec.json.decode(step, type=Step) for step in steps]
