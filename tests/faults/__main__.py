"""``python -m tests.faults``: does every fault to a stack of its own, and publishes the matrix."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.bench import record
from tests.faults import matrix
from tests.faults.scenario import Outcome, Scenario, run
from tests.faults.scenarios import SCENARIOS
from tests.stack import start_stack


def main() -> int:
    """Runs the scenarios that were asked for; all of them unless some are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", help="parts of names; all faults where none is given")
    parser.add_argument("--runs", type=int, default=3, help="times that each fault is done")
    parser.add_argument("--per-second", type=float, default=1_000, help="events a second meanwhile")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    given = parser.parse_args()
    chosen = [s for s in SCENARIOS if not given.faults or any(part in s.name for part in given.faults)]
    if given.list or not chosen:
        sys.stdout.writelines(f"{scenario.name}: {scenario.what}\n" for scenario in SCENARIOS)
        return 0 if given.list else 2
    console = Console(stderr=True)
    outcomes, complaints = _run_all(chosen, given.runs, given.per_second, console)
    found = matrix.lines(outcomes, chosen)
    console.print(matrix.table(found))
    if len(chosen) == len(SCENARIOS):
        sys.stdout.write(f"{matrix.write_page(found, 2.0)}\n")
        sys.stdout.write(f"{record.write('faults', matrix.rows(found), command='make faults')}\n")
    for complaint in complaints:
        console.print(complaint, style="red")
    return 1 if complaints else 0


def _run_all(
    scenarios: Sequence[Scenario], runs: int, per_second: float, console: Console
) -> tuple[list[Outcome], list[str]]:
    outcomes: list[Outcome] = []
    complaints: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="turnstone-faults-") as folder,
        start_stack(Path(folder)) as stack,
    ):
        for scenario in scenarios:
            for number in range(1, runs + 1):
                outcome = run(scenario, stack, per_second)
                found = outcome.complaints(scenario)
                console.print(
                    f"{scenario.name} {number}/{runs}: {outcome.acked:,} acked, {outcome.lost} lost, "
                    f"{outcome.doubled} doubled, {outcome.recovery_s:.1f} s"
                )
                outcomes.append(outcome)
                complaints += [f"{scenario.name} {number}: {one}" for one in found]
    return outcomes, complaints


if __name__ == "__main__":
    sys.exit(main())
