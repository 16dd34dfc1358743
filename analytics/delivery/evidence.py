"""What is counted of the canary and of control, as sums: cases, and how many of them went wrong."""

from collections.abc import Mapping, Sequence
from math import sqrt

from msgspec import Struct


class Counts(Struct, frozen=True):
    """Cases and how many of them went wrong."""

    n: int
    bad: int

    @property
    def share(self) -> float:
        """Share that went wrong; 0 where there is no case."""
        return self.bad / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """Of the share, with half a case more on either side: none of few is not none."""
        share = (self.bad + 0.5) / (self.n + 1)
        return share * (1 - share) / max(self.n, 1)


class Pair(Struct, frozen=True):
    """Both versions over one span of time."""

    control: Counts
    canary: Counts

    @property
    def harm(self) -> float:
        """How much larger the canary's share of wrong cases is; negative where it is better."""
        return self.canary.share - self.control.share

    @property
    def error(self) -> float:
        """Standard error of the harm."""
        return sqrt(self.control.variance + self.canary.variance)


class Observed(Struct, frozen=True, kw_only=True):
    """All that a decision is made from.

    Attributes:
        minutes: Minutes since the stage began.
        windows: By trigger, the last minutes that the trigger looks at.
        stage: By trigger, since the stage began.
        delayed: By trigger, the conversations of the canary's whole time that are old enough for
            their delayed outcome to be known.
        money_usd: What the canary's actions moved in this stage, US dollars.
        irreversible: Actions of the canary in this stage that cannot be taken back.
    """

    minutes: int
    windows: Mapping[str, Pair]
    stage: Mapping[str, Pair]
    delayed: Mapping[str, Pair]
    money_usd: float = 0.0
    irreversible: int = 0


def standardised(pairs: Sequence[Pair]) -> Pair:
    """Several spans as one in which control has the canary's mix of them.

    The canary's share differs by stage, and so may the hour and the day: pooled as they are, a canary
    that got more of the bad hours would look worse. Control's share is therefore the mean of its
    shares, weighted by the canary's cases, and counts as many cases as give that mean its variance
    (Kish 1965). A span in which either version has no case compares nothing and is left out; where
    all are so, they are added up as they are.
    """
    both = [one for one in pairs if one.canary.n and one.control.n]
    if len(both) <= 1:
        [one] = both or [_added(pairs)]
        return one
    canary = _added(both).canary
    weights = [one.canary.n / canary.n for one in both]
    share = sum(w * one.control.share for w, one in zip(weights, both, strict=True))
    cases = int(1 / sum(w**2 / one.control.n for w, one in zip(weights, both, strict=True)))
    return Pair(Counts(cases, round(share * cases)), canary)


def _added(pairs: Sequence[Pair]) -> Pair:
    control, canary = (
        Counts(sum(one.n for one in side), sum(one.bad for one in side))
        for side in ([one.control for one in pairs], [one.canary for one in pairs])
    )
    return Pair(control, canary)
