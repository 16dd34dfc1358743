"""All public runs, audited: which rewards are wrong, and why: spec G1, G4."""

import csv
import io
from pathlib import Path

import pytest

from agent_runtime.settings import RuntimeSettings
from analytics.reward_audit.audit import audit_rewards
from analytics.reward_audit.errors import RewardRecordError
from analytics.reward_audit.findings import AuditedRun, Cause, Standing
from analytics.reward_audit.page import markdown, write_conversations
from analytics.reward_audit.settings import RewardSettings

PAGE = Path(__file__).parents[3] / "docs" / "rewards.md"


@pytest.fixture(scope="module")
def runs() -> list[AuditedRun]:
    recordings, tau2 = RuntimeSettings().recordings, RewardSettings().tau2_bench
    for folder, setting in (
        (recordings, "TURNSTONE_RUNTIME_RECORDINGS"),
        (tau2, "TURNSTONE_REWARDS_TAU2_BENCH"),
    ):
        if not folder.is_dir():
            pytest.skip(f"no public runs at {folder}: set {setting}")
    return audit_rewards(recordings=recordings, tau2_bench=tau2)


@pytest.mark.recordings
@pytest.mark.spec("G1", "G4")
def test_every_reward_of_every_public_run_is_audited_and_every_wrong_one_explained(
    runs: list[AuditedRun],
) -> None:
    rewards = [each for run in runs for each in run.rewards]
    assert (len(runs), len(rewards)) == (21, 1_724)
    assert len({(each.run, each.conversation_id) for each in rewards}) == len(rewards)
    wrong = [each for each in rewards if each.standing is Standing.WRONG]
    assert len(wrong) == 171
    assert all(each.cause is not Cause.UNEXPLAINED and each.evidence for each in wrong)
    replayed = [each for each in wrong if not any("unpublished" in note for note in each.notes)]
    assert sum(each.cause in (Cause.BLIND_SCORER, Cause.SCORED_AGAIN) for each in replayed) == 103, (
        "as many as docs/replay.md explains"
    )


@pytest.mark.recordings
@pytest.mark.spec("G2")
def test_the_truth_that_judges_are_held_against_is_right(runs: list[AuditedRun]) -> None:
    (judged,) = [run for run in runs if run.run.startswith("judge set")]
    assert (len(judged.rewards), judged.count(Standing.RIGHT)) == (114, 114)


@pytest.mark.recordings
@pytest.mark.spec("G3")
def test_every_run_that_can_has_an_agent_that_does_nothing(runs: list[AuditedRun]) -> None:
    without = [run.run for run in runs if run.doing_nothing is None]
    assert without == ["ecommerce_calle__gemma-3-27b-it__run1", "ecommerce_calle__gemma-3-27b-it__run2"]


@pytest.mark.recordings
def test_the_page_and_the_table_are_what_the_command_writes(runs: list[AuditedRun]) -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(runs), "run the command that the page names"
    out = io.StringIO()
    write_conversations(runs, out)
    rows = list(csv.DictReader(io.StringIO(out.getvalue())))
    assert len(rows) == 1_724
    assert {row["standing"] for row in rows} == {each.value for each in Standing}


def test_without_any_data_the_audit_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(RewardRecordError, match="TURNSTONE_RUNTIME_RECORDINGS or"):
        audit_rewards(recordings=tmp_path / "none", tau2_bench=tmp_path / "neither")
