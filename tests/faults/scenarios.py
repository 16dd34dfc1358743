"""All scenarios, in the order of the matrix."""

from typing import Final

from tests.faults import contention, crashes, disk, records, restarts
from tests.faults.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    *records.FIRST,
    *crashes.SCENARIOS,
    *restarts.SCENARIOS,
    *contention.SCENARIOS,
    *disk.SCENARIOS,
    *records.SCENARIOS,
)
