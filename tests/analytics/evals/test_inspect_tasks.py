"""The suites run by inspect-ai give the grades that we give, and a log that can be read: spec G1."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from analytics.evals.agents import agent_of
from analytics.evals.suites import Loaded
from tests.analytics.evals.graded import graded

pytest.importorskip("inspect_ai", reason="the group inspect is not installed")

AGENTS = ("gold", "scripted-2")
CASES, TRIALS = 20, 2
RUN = """
import json, sys
from inspect_ai import eval
from inspect_ai.log import read_eval_log
from analytics.evals.inspect_tasks import golden

cases, trials, folder, *agents = sys.argv[1:]
tasks = [golden(agent=agent) for agent in agents]
logs = eval(tasks, model="none", limit=int(cases), epochs=int(trials), log_dir=folder, display="none")
for log in map(read_eval_log, [one.location for one in logs]):
    assert log.status == "success", log.error
    scores = {f"{one.id}/{one.epoch - 1}": one.scores["_graded"].value for one in log.samples}
    print(json.dumps([log.eval.metadata["agent"], scores, min(len(one.messages) for one in log.samples)]))
"""


@pytest.mark.spec("G1")
async def test_inspect_holds_our_cases_and_scores_by_our_graders(golden: Loaded, tmp_path: Path) -> None:
    """In a process of its own: importing inspect-ai takes seconds."""
    command = [sys.executable, "-c", RUN, str(CASES), str(TRIALS), str(tmp_path), *AGENTS]
    run = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("[")]
    assert [agent for agent, *_ in told] == list(AGENTS)
    for agent, scores, fewest_messages in told:
        ours = await graded(golden.suite.first(CASES), golden.world, agent_of(agent), trials=TRIALS)
        assert sorted(scores.values()) == sorted(grade.score for *_, grade in ours)
        assert len(scores) == CASES * TRIALS
        assert fewest_messages > 1
    assert told[1][1] != told[0][1]
