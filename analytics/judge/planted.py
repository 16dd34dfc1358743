"""Judges whose bias is known because it was planted: what the measures find is held against it."""

from collections.abc import Mapping
from math import exp
from typing import Final

import numpy as np
from msgspec import Struct

from analytics.judge.families import Families
from analytics.judge.interface import Choice, Score, scored
from analytics.judge.rubric import Rubric
from analytics.judge.transcripts import Transcript

AGENTS: Final = ("gpt-4o", "claude-sonnet-4")


class Taste(Struct, frozen=True, kw_only=True):
    """What a planted judge goes by.

    Attributes:
        quality: Log odds of choosing what is better by one; 0 for a judge that cannot tell.
        position: Log odds for standing first.
        length: Log odds for being twice as long.
        family: Log odds for being by the judge's own family where the other is not.
        lenience: Points that every score is too high.
        length_points: Points for being twice as long as the conversations on average.
        noise: Standard deviation of a score, points.
    """

    quality: float = 4.0
    position: float = 0.0
    length: float = 0.0
    family: float = 0.0
    lenience: float = 0.0
    length_points: float = 0.0
    noise: float = 0.4


PLANTED: Final[dict[str, Taste]] = {
    "fair": Taste(),
    "prefers the first": Taste(position=1.0),
    "prefers the longer": Taste(length=0.7, length_points=0.3),
    "prefers its own family": Taste(family=0.8),
    "random": Taste(quality=0.0),
    "lenient": Taste(lenience=0.7),
}
"""One judge a bias."""


def true_score(quality: float) -> float:
    """The score that a quality from 0 to 1 deserves: 2 to 4, so that the ends of the scale hide no bias."""
    return 2 + 2 * quality


class MadePairs(Struct, frozen=True, kw_only=True):
    """Made-up pairs of conversations of one task, with the truth.

    Attributes:
        pairs: Ids.
        transcripts: By id.
        quality: True quality by id, 0 to 1.
    """

    pairs: list[tuple[str, str]]
    transcripts: dict[str, Transcript]
    quality: dict[str, float]


class PlantedJudge:
    """Chooses and scores by its taste; implements ``Scorer`` and ``Comparer``.

    Args:
        name: A model's name, of which its family follows.
        taste: What it goes by.
        quality: The true quality of every conversation by id, 0 to 1.
        mean_doublings: Length that is neither long nor short, log2 of words.
        rng: Where chance comes from.
    """

    def __init__(
        self,
        name: str,
        taste: Taste,
        quality: Mapping[str, float],
        mean_doublings: float,
        rng: np.random.Generator,
    ) -> None:
        self.name = name
        self._taste = taste
        self._quality = quality
        self._mean_doublings = mean_doublings
        self._rng = rng
        families = Families()
        self._own = {agent: float(families.of(agent) == families.of(name)) for agent in AGENTS}

    async def score(self, transcript: Transcript, rubric: Rubric) -> Score:
        """See :class:`~analytics.judge.interface.Scorer`."""
        taste = self._taste
        if not taste.quality:
            return scored(transcript, self.name, rubric, int(self._rng.integers(1, 6)))
        points = (
            true_score(self._quality[transcript.id])
            + taste.lenience
            + taste.length_points * (transcript.doublings - self._mean_doublings)
            + self._rng.normal(0, taste.noise)
        )
        return scored(transcript, self.name, rubric, int(np.clip(round(points), 1, 5)))

    async def prefer(self, first: Transcript, second: Transcript, rubric: Rubric) -> Choice:  # noqa: ARG002
        """See :class:`~analytics.judge.interface.Comparer`; whatever the rubric."""
        taste = self._taste
        log_odds = (
            taste.position
            + taste.quality * (self._quality[first.id] - self._quality[second.id])
            + taste.length * (first.doublings - second.doublings)
            + taste.family * (self._own[first.agent_model] - self._own[second.agent_model])
        )
        return "first" if self._rng.random() < 1 / (1 + exp(-log_odds)) else "second"


def made_pairs(count: int, rng: np.random.Generator) -> MadePairs:
    """Pairs whose conversations differ in quality, length and agent, each independently.

    Args:
        count: How many.
        rng: Where chance comes from.
    """
    transcripts = dict[str, Transcript]()
    for number in range(2 * count):
        name, agent = f"made-{number}", AGENTS[int(rng.integers(len(AGENTS)))]
        words = int(2 ** rng.uniform(5, 8))
        transcripts[name] = Transcript(id=name, agent_model=agent, text="word " * words)
    return MadePairs(
        pairs=[(f"made-{2 * number}", f"made-{2 * number + 1}") for number in range(count)],
        transcripts=transcripts,
        quality={name: float(rng.uniform()) for name in transcripts},
    )
