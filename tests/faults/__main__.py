"""``python -m tests.faults``: does every fault to a stack of its own, and publishes the matrix."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
from rich.console import Console

from tests.bench import record
from tests.faults import disk, matrix
from tests.faults.scenario import Outcome, Scenario, run
from tests.faults.scenarios import SCENARIOS
from tests.stack import StackUnderTest, start_stack


def main() -> int:
    """Runs the scenarios that were asked for; all of them unless some are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faults", nargs="*", help="parts of names; all faults where none is given")
    parser.add_argument("--runs", type=int, default=3, help="times that each fault is done")
    parser.add_argument("--per-second", type=float, default=1_000, help="events a second meanwhile")
    parser.add_argument("--log", type=Path, help="append outcomes to a file, and count those that it has")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # what was started ends as well
    chosen = [s for s in SCENARIOS if not given.faults or any(part in s.name for part in given.faults)]
    if given.list or not chosen:
        sys.stdout.writelines(f"{scenario.name}: {scenario.what}\n" for scenario in SCENARIOS)
        return 0 if given.list else 2
    console = Console(stderr=True)
    done = _Done(console, given.log)
    for small_disk in (False, True):
        some = [scenario for scenario in chosen if scenario.on_small_disk == small_disk]
        done.run_all(some, given.runs, given.per_second, small_disk=small_disk)
    found = matrix.lines(done.outcomes, SCENARIOS)
    console.print(matrix.table(found))
    if len(found) + len(done.left_out) == len(SCENARIOS):
        sys.stdout.write(f"{matrix.write_page(found, [*done.left_out, *done.complaints], 2.0)}\n")
        sys.stdout.write(f"{record.write('faults', matrix.rows(found), command='make faults')}\n")
    for complaint in done.complaints:
        console.print(complaint, style="red")
    return 1 if done.complaints else 0


class _Done:
    """What was done so far, and what it came to."""

    def __init__(self, console: Console, log: Path | None) -> None:
        self.outcomes: list[Outcome] = []
        if log is not None and log.exists():
            self.outcomes = [
                msgspec.json.decode(line, type=Outcome) for line in log.read_bytes().splitlines()
            ]
        self._log = log
        self.complaints: list[str] = []
        self.left_out: list[str] = []
        self._console = console

    def run_all(
        self, scenarios: Sequence[Scenario], runs: int, per_second: float, *, small_disk: bool
    ) -> None:
        """Runs scenarios on one stack."""
        if not scenarios:
            return
        with tempfile.TemporaryDirectory(prefix="turnstone-faults-") as folder, ExitStack() as around:
            if small_disk:
                try:
                    around.enter_context(disk.small_disk(Path(folder) / "warehouse"))
                except disk.MountRefusedError as refused:
                    self.left_out += [f"{scenario.name}: {refused}" for scenario in scenarios]
                    return
            stack = around.enter_context(start_stack(Path(folder)))
            for scenario in scenarios:
                for number in range(1, 2 if scenario.once else runs + 1):
                    self._run(scenario, stack, per_second, number)

    def _run(self, scenario: Scenario, stack: StackUnderTest, per_second: float, number: int) -> None:
        try:
            outcome = run(scenario, stack, per_second)
        except AssertionError as failed:
            self.complaints.append(f"{scenario.name} {number}: {failed}")
            self._console.print(self.complaints[-1], style="red")
            return
        found = outcome.complaints(scenario)
        self._console.print(
            f"{scenario.name}, run {number}: {outcome.acked:,} acked, {outcome.lost} lost, "
            f"{outcome.doubled} doubled, {outcome.recovery_s:.1f} s {'; '.join(found)}"
        )
        self.outcomes.append(outcome)
        if self._log is not None:
            with self._log.open("ab") as log:
                log.write(msgspec.json.encode(outcome) + b"\n")
        self.complaints += [f"{scenario.name} {number}: {one}" for one in found]


if __name__ == "__main__":
    sys.exit(main())
