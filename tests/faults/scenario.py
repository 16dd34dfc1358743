"""A fault on a running stack, and what the books say afterwards."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import Struct

from pipelines.accounting import Totals
from tests.faults import books
from tests.faults.load import Load, load
from tests.stack import StackUnderTest

Inject = Callable[[StackUnderTest, Load], datetime]
"""Does it; returns when the stack was free to recover: the moment of a kill, the end of an outage."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A fault that the stack must survive with balanced books.

    Attributes:
        name: Its name in the matrix.
        what: What is done, in words.
        inject: Does it.
        unacked: Records without a receipt that it may leave in bronze; None for any number.
        duplicates: Records whose event silver already has that it must leave.
        dead_letters: Records that are no events that it must leave.
        in_short: Whether the tests run it, or ``make faults`` alone.
        seconds: How long the load lasts at least.
        load: Arguments of the load beside its length and rate.
        prepare: What is done before the load starts.
        once: Whether a stack can go through it only once, right at its start.
        on_small_disk: Whether it needs a stack of its own whose warehouse is on a small disk.
    """

    name: str
    what: str
    inject: Inject
    unacked: int | None = 0
    duplicates: int = 0
    dead_letters: int = 0
    in_short: bool = True
    seconds: float = 15.0
    load: tuple[str, ...] = ()
    prepare: Callable[[StackUnderTest], None] | None = None
    once: bool = False
    on_small_disk: bool = False


class Outcome(Struct, frozen=True, kw_only=True):
    """What one run of a scenario came to, in events and seconds."""

    fault: str
    acked: int
    bronze: int
    silver: int
    duplicates: int
    dead_letters: int
    unacked: int
    lost: int
    doubled: int
    offset_gaps: int
    recovery_s: float

    def complaints(self, scenario: Scenario) -> list[str]:
        """What is not as it must be."""
        must = {
            "lost": 0,
            "doubled": 0,
            "offset_gaps": 0,
            "duplicates": scenario.duplicates,
            "dead_letters": scenario.dead_letters,
        }
        if scenario.unacked is not None:
            must["unacked"] = scenario.unacked
        found = [
            f"{name} {getattr(self, name)}, not {n}" for name, n in must.items() if getattr(self, name) != n
        ]
        if self.bronze != self.acked + self.unacked:
            found.append(f"bronze {self.bronze} is not acked {self.acked} + unacked {self.unacked}")
        if self.bronze != self.silver + self.duplicates + self.dead_letters:
            found.append(f"bronze {self.bronze} is not silver {self.silver} + duplicates + dead letters")
        if not self.acked:
            found.append("nothing was acknowledged: there was no load")
        return found


def run(scenario: Scenario, stack: StackUnderTest, per_second: float = 500.0) -> Outcome:
    """Runs a scenario under load on a healthy stack, to the end of the accounting."""
    stack.wait_until_healthy()
    before = books.totals(stack)
    if scenario.prepare:
        scenario.prepare(stack)
    started = datetime.now(UTC)
    with load(stack.environment, "--per-second", str(per_second), *scenario.load) as running:
        books.wait_for_newer(stack, started)
        free_at = scenario.inject(stack, running)
        recovery_s = books.wait_for_newer(stack, free_at)
        time.sleep(max(0.0, scenario.seconds - (datetime.now(UTC) - started).total_seconds()))
        running.end()
    books.drain(stack)
    stack.wait_until_healthy()
    return _outcome(scenario.name, before, books.totals(stack), recovery_s)


def _outcome(fault: str, before: Totals, after: Totals, recovery_s: float) -> Outcome:
    fields = (
        "acked",
        "bronze",
        "silver",
        "duplicates",
        "dead_letters",
        "unacked",
        "lost",
        "doubled",
        "offset_gaps",
    )
    changes = {name: getattr(after, name) - getattr(before, name) for name in fields}
    return Outcome(fault=fault, recovery_s=round(recovery_s, 2), **changes)
