"""Topic ``demo``: seconds from nothing and when set up, events lost and doubled, freshness."""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tests.bench.record import REPOSITORY, Row, decode_report

_OUTER_MAKE: Final = {"ARGS", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEOVERRIDES"}


def rows() -> list[Row]:
    """Clones the last commit into a new folder, and runs ``make demo`` there twice.

    The second run plays the same conversations again: all of them are duplicates then,
    and silver must not grow.
    """
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        checkout = Path(folder) / "turnstone"
        subprocess.run(["git", "clone", "--quiet", REPOSITORY, checkout], check=True)
        cold_s, first = _demo(checkout)
        _make(checkout, "clean")
        warm_s, second = _demo(checkout)
        _, again = _demo(checkout)
        return [
            Row(
                id="demo-cold",
                what="make demo from nothing",
                target=480,
                result=round(cold_s, 1),
                unit="s",
                better="lower",
            ),
            Row(
                id="demo-warm",
                what="make demo when set up",
                target=180,
                result=round(warm_s, 1),
                unit="s",
                better="lower",
            ),
            *_counts(second),
            Row(
                id="F2-replay",
                what="events that a second play of the same conversations added to silver",
                target=0,
                result=again["stations"]["silver"] - second["stations"]["silver"],
                unit="events",
                better="lower",
            ),
            Row(
                id="demo-events",
                what="events of the first run, acknowledged by the broker",
                target=None,
                result=first["stations"]["acked"],
                unit="events",
                better="higher",
            ),
        ]


def _counts(report: dict[str, Any]) -> list[Row]:
    stations = report["stations"]
    found = [
        Row(
            id=f"F4-{name}",
            what=f"events {words}",
            target=0,
            result=stations[name],
            unit="events",
            better="lower",
        )
        for name, words in (
            ("lost", "lost"),
            ("doubled", "doubled"),
            ("offset_gaps", "missing in the log of bronze"),
        )
    ]
    found += [
        Row(
            id=f"{_requirement(each['table_name'])}-{each['table_name']}",
            what=f"freshness of {each['table_name']}, p99",
            target=each["target_s"],
            result=round(each["p99_s"], 1),
            unit="s",
            better="lower",
        )
        for each in report["freshness"]
    ]
    return found


def _requirement(table: str) -> str:
    return {"bronze": "F1", "silver": "F2", "gold": "F3"}[table.partition(".")[0]]


def _demo(checkout: Path) -> tuple[float, dict[str, Any]]:
    started = time.monotonic()
    _make(checkout, "demo")
    return time.monotonic() - started, decode_report(checkout / ".turnstone" / "demo" / "report.json")


def _make(checkout: Path, target: str) -> None:
    recordings = (REPOSITORY / "../shared/data/tau_bench/retail").resolve()
    # Not the outer make's arguments, nor settings of another stack.
    inherited = {k: v for k, v in os.environ.items() if k not in _OUTER_MAKE and "TURNSTONE" not in k}
    environment = {**inherited, "TURNSTONE_RUNTIME_RECORDINGS": str(recordings)}
    subprocess.run(["make", target], cwd=checkout, check=True, env=environment, stdin=subprocess.DEVNULL)
