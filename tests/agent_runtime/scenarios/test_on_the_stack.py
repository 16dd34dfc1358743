"""Weeks that are long over, in the running stack: each event on its own day, the truth joins: spec A10."""

from pathlib import Path

import pytest
from rich.console import Console

from agent_runtime.scenarios import Load
from agent_runtime.scenarios.running import TRUTH, run_load
from tests.agent_runtime.scenarios.conftest import thinned
from tests.stack import StackUnderTest

pytestmark = [pytest.mark.stack, pytest.mark.spec("A10", "F2")]


def test_weeks_that_are_over_land_on_their_days_and_the_truth_joins(
    stack: StackUnderTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stack.environment.items():
        monkeypatch.setenv(name, value)
    load = Load(scenario=thinned("new_failure", customers=60), seed=23, total=60)
    ran = run_load(load, to="stack", folder=tmp_path / "load", workers=1, console=Console(quiet=True))
    truth = f"read_parquet('{tmp_path / 'load' / TRUTH}')"
    mine = f"from silver.events semi join {truth} as truth using (conversation_id)"
    count = f"select count(*), count(distinct event_id) {mine}"
    stack.wait_for("all events in silver", lambda: stack.query(count)[0][0] >= ran.events, timeout_s=300)
    assert stack.query(count) == [(ran.events, ran.events)]
    first = load.scenario.first_day
    [(began, ended, days)] = stack.query(
        f"select min(event_time)::date, max(event_time)::date, count(distinct event_time::date) {mine}"
    )
    assert began >= first
    assert (ended - first).days < load.scenario.days + 6
    assert days > 15
    started = stack.query(
        "select count(*), count(distinct truth.conversation_id) "
        f"from silver.events as event inner join {truth} as truth using (conversation_id) "
        "where event_type = 'conversation_started' and event.tenant_id = truth.tenant_id "
        "and event_time_ns between started_at_ns and started_at_ns + 1000000 "
        "and event.agent_version = truth.agent_version"
    )
    assert started == [(ran.conversations, ran.conversations)]
