"""The commands of judges and of the audit, as a user meets them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from analytics.judge.cli import app as judging
from analytics.judge.settings import JudgeSettings
from analytics.reward_audit.cli import app as auditing


def test_without_verdicts_the_command_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TURNSTONE_JUDGE_VERDICTS", str(tmp_path))
    result = CliRunner().invoke(judging)
    assert result.exit_code == 1
    assert "set TURNSTONE_JUDGE_VERDICTS" in result.output


def test_without_runs_the_audit_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNSTONE_RUNTIME_RECORDINGS", str(tmp_path / "none"))
    monkeypatch.setenv("TURNSTONE_REWARDS_TAU2_BENCH", str(tmp_path / "neither"))
    result = CliRunner().invoke(auditing)
    assert result.exit_code == 1
    assert "set TURNSTONE_RUNTIME_RECORDINGS" in result.output


@pytest.mark.spec("G2")
def test_the_command_tells_who_may_gate(recorded_settings: JudgeSettings) -> None:
    result = CliRunner().invoke(judging)
    assert result.exit_code == 0
    assert "policy_conversation_v1" in result.output
    assert "always pass" in result.output
