"""Topic ``runtime``, scenario generator: conversations a minute, processor time, memory."""

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from rich.console import Console

from agent_runtime.scenarios import Load, read_scenario
from agent_runtime.scenarios.running import run_load
from tests.bench.memory import sampled_peak
from tests.bench.record import REPOSITORY, Row

CONVERSATIONS: Final = int(os.environ.get("TURNSTONE_BENCH_SCENARIO", "4000"))
SCENARIO: Final = "regression"
TARGET: Final = 2_000.0


def rows() -> list[Row]:
    """Generates the same load by one process and by two, each in a fresh one."""
    found = list[Row]()
    for workers in (1, 2):
        run = _measured(workers)
        by = "one process" if workers == 1 else f"{workers} processes"
        what = f"scenario {SCENARIO}, {run['conversations']:,.0f} conversations to JSON lines by {by}: "
        found += [
            _row(f"rate-{workers}", f"{what}conversations a minute", run["a_minute"], "a minute", TARGET),
            _row(
                f"cpu-{workers}",
                f"{what}processor time of one, making the shop included",
                run["cpu_ms"],
                "ms",
            ),
            _row(f"memory-{workers}", f"{what}peak memory, all processes", run["peak_mib"], "MiB"),
        ]
    found.append(_row("load", "load average of the machine", os.getloadavg()[0], "processes"))
    return found


def _row(name: str, what: str, result: float, unit: str, target: float | None = None) -> Row:
    return Row(
        id=f"A10-scenarios-{name}",
        what=what,
        target=target,
        result=round(result, 1),
        unit=unit,
        better="higher" if name.startswith("rate") else "lower",
    )


def _measured(workers: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.scenarios", str(workers)]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    measured: dict[str, float] = json.loads(ran.stdout)
    return measured


def measure(workers: int, folder: Path) -> dict[str, float]:
    """Generates the load into a folder."""
    load = Load(scenario=read_scenario(SCENARIO), total=CONVERSATIONS)
    with sampled_peak() as peak:
        ran = run_load(load, to="jsonl", folder=folder, workers=workers, console=Console(quiet=True))
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu_s = sum(each.ru_utime + each.ru_stime for each in used)
    return {
        "conversations": ran.conversations,
        "a_minute": ran.a_minute,
        "cpu_ms": 1e3 * cpu_s / ran.conversations,
        "peak_mib": peak.mib,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as scratch:
        sys.stdout.write(json.dumps(measure(int(sys.argv[1]), Path(scratch))))
