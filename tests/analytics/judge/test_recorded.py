"""456 recorded verdicts as a judge, against execution: spec G2."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from analytics.judge.agreement import table_of
from analytics.judge.errors import JudgeRecordError, NotQualifiedError
from analytics.judge.page import markdown
from analytics.judge.qualification import judged_gate
from analytics.judge.recorded import judged_conversations, recorded_judges
from analytics.judge.report import JudgeReport, judge_report
from analytics.judge.settings import JudgeSettings
from tests.analytics.judge.made import RUBRIC, made

PAGE = Path(__file__).parents[3] / "docs" / "judge.md"


@pytest.fixture(scope="module")
def report(recorded_settings: JudgeSettings) -> JudgeReport:
    return asyncio.run(judge_report(recorded_settings))


@pytest.mark.spec("G2")
async def test_all_recorded_verdicts_are_replayed_and_kappa_is_that_of_statsmodels(
    recorded_settings: JudgeSettings,
) -> None:
    conversations = judged_conversations(recorded_settings.verdicts)
    judges = recorded_judges(recorded_settings.verdicts)
    truth = [each.passed for each in conversations]
    agreed = dict[str, int]()
    for judge in judges:
        verdicts = [(await judge.score(each.transcript, judge.rubric)).passed for each in conversations]
        counts = table_of(truth, verdicts, (False, True))
        agreed[judge.prompt] = int(np.trace(counts))
        assert cohens_kappa(counts).kappa < 0.25
    assert agreed == {
        "quick_triage_v1": 70,
        "customer_outcome_v1": 73,
        "policy_conversation_v1": 70,
        "policy_chain_of_thought_v1": 71,
    }, "68 in the record: it leaves the words for a pass other than pass and satisfied undecided"


@pytest.mark.spec("G2")
async def test_no_recorded_judge_may_gate(report: JudgeReport, recorded_settings: JudgeSettings) -> None:
    for row in report.judges:
        assert not row.qualification.may_gate
    judge = recorded_judges(recorded_settings.verdicts)[0]
    scores = [
        await judge.score(each.transcript, judge.rubric)
        for each in judged_conversations(recorded_settings.verdicts)
    ]
    with pytest.raises(NotQualifiedError, match=r"kappa 0\.05 .* judge and agent are both of openai"):
        judged_gate(scores, scores, report.judges[0].qualification)


@pytest.mark.spec("G2")
def test_the_page_is_what_the_command_writes(report: JudgeReport) -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(report), "run the command that the page names"


async def test_what_was_not_recorded_is_not_answered(recorded_settings: JudgeSettings) -> None:
    judge = recorded_judges(recorded_settings.verdicts)[0]
    with pytest.raises(JudgeRecordError, match="quick_triage_v1 has no verdict on c-1"):
        await judge.score(made("c-1"), judge.rubric)
    known = judged_conversations(recorded_settings.verdicts)[0].transcript
    with pytest.raises(JudgeRecordError, match="by retail_outcome"):
        await judge.score(known, RUBRIC)


def test_absent_records_say_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(JudgeRecordError, match="TURNSTONE_JUDGE_VERDICTS"):
        judged_conversations(tmp_path)
