"""All scenarios, in the order of the matrix."""

from typing import Final

from tests.faults import crashes
from tests.faults.scenario import Scenario

SCENARIOS: Final[tuple[Scenario, ...]] = crashes.SCENARIOS
