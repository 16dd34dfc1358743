"""The suites run by inspect-ai give the grades that we give, and a log that its viewer reads: spec G1."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("inspect_ai", reason="the group inspect is not installed")

WHAT = """
import sys
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from analytics.evals.inspect_tasks import golden

[log] = eval(golden(agent=sys.argv[1]), model="none", limit=8, epochs=2, log_dir=sys.argv[2], display="none")
read = read_eval_log(log.location)
assert read.status == "success", read.error
print(read.results.scores[0].metrics["mean"].value, len(read.samples), len(read.samples[0].messages))
"""


@pytest.mark.spec("G1")
@pytest.mark.parametrize(("agent", "mean"), [("gold", 1.0), ("harmful", 0.0)])
def test_inspect_holds_our_cases_and_scores_by_our_graders(agent: str, mean: float, tmp_path: Path) -> None:
    """In a process of its own: importing inspect-ai takes seconds and patches what it finds."""
    run = subprocess.run(
        [sys.executable, "-c", WHAT, agent, str(tmp_path)], capture_output=True, text=True, check=True
    )
    told, samples, messages = run.stdout.split()[-3:]
    assert (float(told), int(samples)) == (mean, 16)
    assert int(messages) > 1
