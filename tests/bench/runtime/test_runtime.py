"""What the topic measures is what runs: short forms of it."""

import os
from pathlib import Path

import pytest

from tests.bench.runtime import crowd, frameworks, team
from tests.bench.runtime.steps import step_ms


@pytest.mark.spec("A11")
def test_a_step_is_measured_with_ledger_guards_and_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.runtime.steps.ROUNDS", 1)
    monkeypatch.setattr("tests.bench.runtime.steps.STEPS", 100)
    assert all(0 < took < 50 for took in step_ms([10, 20]).values())


@pytest.mark.spec("A1")
async def test_a_crowd_keeps_the_order_of_every_conversation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(crowd, "CONVERSATIONS", 50)
    monkeypatch.setattr(crowd, "THINKS_S", 0.01)
    measured = await crowd.measure(tmp_path)
    assert measured.disordered == 0
    assert measured.steps == 50 * crowd.STEPS


@pytest.mark.spec("A9")
def test_a_delegation_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "ROUNDS", 1)
    monkeypatch.setattr(team, "CONVERSATIONS", 5)
    alone, delegating = team.conversation_ms(0), team.conversation_ms(10)
    assert 0 < alone < delegating


def test_frameworks_that_are_not_set_up_are_left_out_with_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(frameworks, "PYTHON", frameworks.REPOSITORY / f"no-such-{os.getpid()}")
    assert frameworks.step_ms_of_frameworks([10]) == {}
    assert "make frameworks" in capsys.readouterr().err
