"""Judges that know nothing: no table of judges without them."""

import numpy as np

from analytics.judge.interface import Score, scored
from analytics.judge.rubric import Rubric
from analytics.judge.transcripts import Transcript


class AlwaysPasses:
    """Gives everything the best score; implements ``Scorer``."""

    name = "always pass"

    async def score(self, transcript: Transcript, rubric: Rubric) -> Score:
        """See :class:`~analytics.judge.interface.Scorer`."""
        return scored(transcript, self.name, rubric, 5)


class ShorterPasses:
    """Passes what is shorter than most: trouble takes words. Implements ``Scorer``.

    Args:
        words: The length that still passes.
    """

    name = "shorter than the median"

    def __init__(self, words: float) -> None:
        self._words = words

    async def score(self, transcript: Transcript, rubric: Rubric) -> Score:
        """See :class:`~analytics.judge.interface.Scorer`."""
        return scored(transcript, self.name, rubric, 5 if transcript.words <= self._words else 1)


class CoinFlips:
    """Passes a share of all, whatever they are; implements ``Scorer``.

    Args:
        share: Of what it passes, 0 to 1.
        rng: Where chance comes from.
    """

    name = "a coin"

    def __init__(self, share: float, rng: np.random.Generator) -> None:
        self._share = share
        self._rng = rng

    async def score(self, transcript: Transcript, rubric: Rubric) -> Score:
        """See :class:`~analytics.judge.interface.Scorer`."""
        return scored(transcript, self.name, rubric, 5 if self._rng.random() < self._share else 1)
