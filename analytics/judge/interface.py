"""What a judge does: score a conversation from 1 to 5, or prefer one of two."""

from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

from analytics.judge.rubric import Rubric
from analytics.judge.transcripts import Transcript

Choice = Literal["first", "second", "tie"]
Value = Annotated[int, Meta(ge=1, le=5)]


class Score(Struct, frozen=True, kw_only=True):
    """A judge's score of a conversation.

    Attributes:
        transcript_id: Which conversation.
        agent_model: The model that was judged.
        judge: The judging model.
        rubric: The wording that it was asked, see :attr:`Rubric.id`.
        value: 1 to 5.
        passed: Whether that is enough by the rubric.
        reason: Why, in the judge's words.
    """

    transcript_id: str
    agent_model: str
    judge: str
    rubric: str
    value: Value
    passed: bool
    reason: str = ""


class Scorer(Protocol):
    """Scores conversations.

    Attributes:
        name: The judging model.
    """

    name: str

    async def score(self, transcript: Transcript, rubric: Rubric) -> Score:
        """The score of a conversation.

        Raises:
            JudgeError: There is none.
        """
        ...


class Comparer(Protocol):
    """Compares conversations.

    Attributes:
        name: The judging model.
    """

    name: str

    async def prefer(self, first: Transcript, second: Transcript, rubric: Rubric) -> Choice:
        """Which of two is better, shown in this order.

        Raises:
            JudgeError: There is no answer.
        """
        ...


def scored(transcript: Transcript, judge: str, rubric: Rubric, value: int, reason: str = "") -> Score:
    """A score with all that it has to name."""
    return Score(
        transcript_id=transcript.id,
        agent_model=transcript.agent_model,
        judge=judge,
        rubric=rubric.id,
        value=value,
        passed=value >= rubric.pass_at,
        reason=reason,
    )
