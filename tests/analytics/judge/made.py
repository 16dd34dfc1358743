"""Conversations and scores for tests of judges."""

from analytics.judge.agreement import Agreement, Kappa
from analytics.judge.interface import Score, scored
from analytics.judge.qualification import Bar, Qualification
from analytics.judge.rubric import load_rubric
from analytics.judge.transcripts import Transcript

RUBRIC = load_rubric("retail_outcome", 1)[0]
JUDGE = "claude-sonnet-4"


def made(name: str, text: str = "1. Customer: hi", agent: str = "gpt-4.1") -> Transcript:
    return Transcript(id=name, agent_model=agent, text=text)


def scores(*values: int, judge: str = JUDGE, agent: str = "gpt-4.1") -> list[Score]:
    return [scored(made(f"c-{n}", agent=agent), judge, RUBRIC, value) for n, value in enumerate(values)]


def qualification(
    *, value: float = 0.8, low: float = 0.7, n: int = 114, judge: str = JUDGE, judge_family: str = "anthropic"
) -> Qualification:
    kappa = Kappa(value=value, low=low, high=0.9, percent=0.9, n=n)
    return Qualification(
        judge=judge,
        rubric=RUBRIC.id,
        agent_families=("openai",),
        judge_family=judge_family,
        agreement=Agreement(
            kappa=kappa, passed_rightly=n, passed_wrongly=0, failed_wrongly=0, failed_rightly=0
        ),
        truth="execution",
        bar=Bar(),
    )
