"""The fixtures of Kayenta's metric classifier, judged by ours (M2).

Kayenta asks Mann and Whitney's test, with a tolerance of 10 % of control, at 95 %; we ask Welch's interval
the same. A canary's latency is judged otherwise here, as a share (docs/canary.md): there is no such
classifier in the product.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from analytics.statistics.differences import welch
from analytics.statistics.samples import Sample

FIXTURES = json.loads(Path(__file__).with_name("kayenta.json").read_text())
"""Of ClassifierSuite, https://github.com/spinnaker/kayenta."""


def sample(values: list[float]) -> Sample:
    x = np.array(values)
    return Sample.of_sums(len(x), x.sum(), x @ x)


def classified(control: list[float], canary: list[float]) -> str:
    low, high = welch(sample(control), sample(canary)).interval()
    tolerance = 0.1 * float(np.mean(control))
    return "High" if low > tolerance else "Low" if high < -tolerance else "Pass"


@pytest.mark.spec("M2")
@pytest.mark.parametrize(
    ("control", "canary", "theirs"),
    [
        ("control", "canary", "Pass"),
        ("control", "slow_canary", "High"),
        ("slow_control", "canary", "Low"),
    ],
)
def test_our_intervals_classify_kayentas_fixtures_as_it_does(control: str, canary: str, theirs: str) -> None:
    assert classified(FIXTURES[control], FIXTURES[canary]) == theirs
    rank_p = mannwhitneyu(FIXTURES[canary], FIXTURES[control]).pvalue
    ours = welch(sample(FIXTURES[control]), sample(FIXTURES[canary])).p_value
    assert (ours < 0.05) == (rank_p < 0.05), "and without the tolerance, the two tests agree"
