"""All scenarios, in the order of the matrix.

Contention comes while the tables are young: a writer in Python reads all their manifests for each
try of a commit, and beside a stream that commits every two seconds it must be done within these.
"""

from typing import Final

from tests.faults import contention, crashes, disk, records, restarts
from tests.faults.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = (
    *records.FIRST,
    *contention.SCENARIOS,
    *crashes.SCENARIOS,
    *restarts.SCENARIOS,
    *disk.SCENARIOS,
    *records.SCENARIOS,
)
