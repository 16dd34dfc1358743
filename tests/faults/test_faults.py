"""The short form of ``make faults``: one run of what is cheap, on a stack of its own."""

from collections.abc import Iterator

import pytest

from tests.faults.scenario import Scenario, run
from tests.faults.scenarios import SCENARIOS
from tests.stack import StackUnderTest, start_stack

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackUnderTest]:
    """A stack whose every record has a receipt, so that its books can be closed."""
    with start_stack(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.mark.spec("E3", "E5", "F4")
@pytest.mark.parametrize(
    "scenario", [pytest.param(s, id=s.name.replace(" ", "-")) for s in SCENARIOS if s.in_short]
)
def test_nothing_is_lost_or_doubled(faulty: StackUnderTest, scenario: Scenario) -> None:
    outcome = run(scenario, faulty)

    assert outcome.complaints(scenario) == []
