"""Pairs, each shown in both orders: a preference that turns with the order is none."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct
from scipy.stats import norm

from analytics.judge.effects import ChoiceEffects, choice_effects
from analytics.judge.families import Families
from analytics.judge.interface import Choice, Comparer
from analytics.judge.rubric import Rubric
from analytics.judge.transcripts import Transcript
from analytics.statistics.clustered import clustered_sample
from analytics.statistics.errors import TooFewError

Winner = Literal["a", "b", "tie"]


class PairVerdict(Struct, frozen=True, kw_only=True):
    """What a judge says of a pair.

    Attributes:
        a: Id of the one conversation.
        b: Id of the other.
        forward: The choice where a stood first.
        backward: The choice where b stood first.
    """

    a: str
    b: str
    forward: Choice
    backward: Choice

    @property
    def winner(self) -> Winner:
        """Who won in both orders; a tie where the orders disagree."""
        if (self.forward, self.backward) == ("first", "second"):
            return "a"
        if (self.forward, self.backward) == ("second", "first"):
            return "b"
        return "tie"

    @property
    def turned(self) -> bool:
        """Whether the same place won in both orders."""
        return self.forward == self.backward != "tie"


class PositionBias(Struct, frozen=True, kw_only=True):
    """How much the place decides.

    Attributes:
        first: Share of the choices that the first place won, ties left out; a half without bias.
        low: Lower end of its interval.
        high: Upper end of it.
        turned: Share of the pairs whose preference turned with the order.
        pairs: Pairs, each shown twice.
    """

    first: float
    low: float
    high: float
    turned: float
    pairs: int


async def compare_both_orders(judge: Comparer, a: Transcript, b: Transcript, rubric: Rubric) -> PairVerdict:
    """Asks twice.

    Args:
        judge: Who is asked.
        a: The one conversation.
        b: The other, of the same task.
        rubric: By what.

    Raises:
        JudgeError: There is no answer.
    """
    forward = await judge.prefer(a, b, rubric)
    backward = await judge.prefer(b, a, rubric)
    return PairVerdict(a=a.id, b=b.id, forward=forward, backward=backward)


def position_bias(verdicts: Sequence[PairVerdict], alpha: float = 0.05) -> PositionBias:
    """The bias of the place over pairs; the two orders cancel out what the conversations are.

    The two choices of a pair are a cluster: where quality decides, each place wins one of them.

    Args:
        verdicts: Of one judge.
        alpha: One minus the coverage of the interval.

    Raises:
        TooFewError: Choices were made in fewer than two pairs.
    """
    choices = [
        (place, choice)
        for place, each in enumerate(verdicts)
        for choice in (each.forward, each.backward)
        if choice != "tie"
    ]
    if not choices:
        raise TooFewError(f"{len(verdicts)} pairs with no choice have no bias")
    share = clustered_sample(
        np.array([float(choice == "first") for _, choice in choices]), [place for place, _ in choices]
    )
    half = float(norm.isf(alpha / 2)) * share.error
    return PositionBias(
        first=share.mean,
        low=max(share.mean - half, 0.0),
        high=min(share.mean + half, 1.0),
        turned=sum(each.turned for each in verdicts) / len(verdicts),
        pairs=len(verdicts),
    )


def pair_effects(
    verdicts: Sequence[PairVerdict],
    transcripts: Mapping[str, Transcript],
    quality: Mapping[str, float],
    judge: str,
    families: Families,
) -> ChoiceEffects:
    """What moved the choices of pairs: place, length, the judge's own family, and quality beside them.

    Args:
        verdicts: Of one judge.
        transcripts: The conversations by id.
        quality: Their true quality by id.
        judge: The judging model.
        families: Who made which model.

    Raises:
        TooFewError: There are too few choices to tell the effects apart.
    """
    family = families.of(judge)
    own = {key: float(families.of(each.agent_model) == family) for key, each in transcripts.items()}
    long = {key: each.doublings for key, each in transcripts.items()}
    shown = [
        (choice, *order, place)
        for place, each in enumerate(verdicts)
        for choice, order in ((each.forward, (each.a, each.b)), (each.backward, (each.b, each.a)))
        if choice != "tie"
    ]
    return choice_effects(
        [choice == "first" for choice, *_ in shown],
        np.array([quality[first] - quality[second] for _, first, second, _ in shown]),
        np.array([long[first] - long[second] for _, first, second, _ in shown]),
        np.array([own[first] - own[second] for _, first, second, _ in shown]),
        [place for *_, place in shown],
    )
