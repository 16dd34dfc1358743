"""How much a verdict hangs on the wording of the rubric."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from analytics.judge.agreement import fleiss_kappa
from analytics.judge.interface import Score, Scorer
from analytics.judge.rubric import Rubric
from analytics.judge.transcripts import Transcript
from analytics.statistics.errors import TooFewError


class Sensitivity(Struct, frozen=True, kw_only=True):
    """The spread of the same conversations' scores over wordings.

    Attributes:
        wordings: How many.
        conversations: How many.
        spread: Mean over conversations of the standard deviation of their scores, points of the scale.
        flipped: Share of the conversations that pass by one wording and fail by another.
        least_passed: Least share of the conversations that a wording passes.
        most_passed: Most of them.
        agreement: Fleiss' kappa of pass and fail over wordings.
    """

    wordings: int
    conversations: int
    spread: float
    flipped: float
    least_passed: float
    most_passed: float
    agreement: float


async def scores_by_wording(
    judge: Scorer, transcripts: Sequence[Transcript], wordings: Sequence[Rubric]
) -> list[list[Score]]:
    """Every conversation scored by every wording: a row a conversation, in the order of the wordings.

    Raises:
        JudgeError: A score is missing.
    """
    return [[await judge.score(each, wording) for wording in wordings] for each in transcripts]


def sensitivity(scores: Sequence[Sequence[Score]]) -> Sensitivity:
    """The spread over wordings.

    Args:
        scores: A row a conversation, in it a score a wording.

    Raises:
        TooFewError: There are fewer than two wordings, or no conversation.
    """
    values = np.array([[each.value for each in row] for row in scores], dtype=np.float64)
    passed = np.array([[each.passed for each in row] for row in scores], dtype=np.bool_)
    if values.ndim != 2 or values.shape[1] < 2:
        raise TooFewError("one wording, or no conversation, has no spread: two wordings are the least")
    by_wording: NDArray[np.float64] = passed.mean(axis=0)
    passes = passed.sum(axis=1)
    return Sensitivity(
        wordings=values.shape[1],
        conversations=values.shape[0],
        spread=float(values.std(axis=1, ddof=1).mean()),
        flipped=float(((passes > 0) & (passes < values.shape[1])).mean()),
        least_passed=float(by_wording.min()),
        most_passed=float(by_wording.max()),
        agreement=fleiss_kappa(np.column_stack([values.shape[1] - passes, passes])),
    )
