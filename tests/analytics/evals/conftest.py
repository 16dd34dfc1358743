"""A lake of its own, small suites, and agents that are better or worse by known amounts."""

from pathlib import Path

import pytest

from analytics.evals.golden import golden_suite
from analytics.evals.ground_truth import find_faults
from analytics.evals.suites import Loaded


@pytest.fixture(scope="module")
def golden() -> Loaded:
    suite, world = golden_suite(count=200)
    return Loaded(suite, world, find_faults(suite, world))


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    return tmp_path / "absent"
