"""39 real experiments, each judged by every design."""

import pytest

from analytics.experiments.settings import ExperimentSettings
from tests.bench.asos import judged, table

PATH = ExperimentSettings().asos


@pytest.mark.spec("H2")
@pytest.mark.skipif(not PATH.is_file(), reason=f"{PATH} is absent: set TURNSTONE_EXPERIMENTS_ASOS")
def test_real_experiments_are_judged_by_every_design() -> None:
    found = judged(PATH)
    assert len({one.experiment for one in found}) == 39
    sequence = [one for one in found if one.always_valid is not None]
    assert all(one.peeking is not None and one.peeking <= (one.always_valid or 0) for one in sequence), (
        "an interval that is wider at every look crosses later"
    )
    peeked = sum(one.peeking is not None for one in found)
    assert peeked > 2 * sum(one.fixed for one in found) > 2 * len(sequence) > 0
    assert table(found).count("\n") == 2 + 39 + 1
