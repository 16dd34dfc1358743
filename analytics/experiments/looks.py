"""Which looks a design has so far, how wide each is, and whether one decided (spec H2).

Everything follows from the cumulative numbers by day, so a read-out that is made again from a
corrected log, or twice a day, finds the same looks.
"""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from analytics.experiments.errors import PeekingRefusedError
from analytics.experiments.plan import AlwaysValid, Design, FixedHorizon, GroupSequential
from analytics.statistics.differences import Difference
from analytics.statistics.group_sequential import spending_bounds
from analytics.statistics.sequential import (
    LEAST_UNITS,
    always_valid_p,
    mixing_variance,
    sequence_critical,
)


class Standing(Struct, frozen=True, kw_only=True):
    """Two variants at the end of a day.

    Attributes:
        day: The day.
        difference: Treatment minus control of all users whose window has passed.
        control_n: Such users of the control.
        treatment_n: Such users of the treatment.
    """

    day: date
    difference: Difference
    control_n: int
    treatment_n: int

    @property
    def units(self) -> int:
        """Users of the smaller variant."""
        return min(self.control_n, self.treatment_n)


class Look(Struct, frozen=True, kw_only=True):
    """A standing that the design allows to test.

    Attributes:
        standing: What was looked at.
        critical: Standard errors on either side of the estimate that the interval is wide.
        p_value: Valid at this look; None where the design has bounds instead.
        last: Whether the design ends here.
    """

    standing: Standing
    critical: float
    p_value: float | None
    last: bool

    @property
    def interval(self) -> tuple[float, float]:
        """Covers the true difference at all looks of the design together."""
        return self.standing.difference.within(self.critical)

    @property
    def crossed(self) -> bool:
        """Whether the interval excludes no difference."""
        low, high = self.interval
        return low > 0 or high < 0


def looks_of(design: Design, standings: Sequence[Standing], alpha: float) -> list[Look]:
    """The looks up to the one that decides, or all that the design has had so far.

    Args:
        design: The plan's.
        standings: By day, oldest first; those that do not vary left out.
        alpha: Two-sided level of one comparison.
    """
    match design:
        case FixedHorizon():
            looks = _fixed(design, standings, alpha)
        case AlwaysValid():
            looks = _always_valid(design, standings, alpha)
        case GroupSequential():
            looks = _group_sequential(design, standings, alpha)
    decided = next((place for place, look in enumerate(looks, start=1) if look.crossed or look.last), None)
    return looks[:decided]


def fixed_look(design: FixedHorizon, standing: Standing, alpha: float) -> Look:
    """The one look of a fixed horizon.

    Raises:
        PeekingRefusedError: The planned users are not there yet.
    """
    if standing.units < design.units:
        raise PeekingRefusedError(
            f"{standing.units} of {design.units} users a variant on {standing.day}: a plain test holds at the"
            " planned number only; wait, or plan an always-valid design"
        )
    difference = standing.difference
    critical = difference.critical(alpha)
    return Look(standing=standing, critical=critical, p_value=difference.p_value, last=True)


def _fixed(design: FixedHorizon, standings: Sequence[Standing], alpha: float) -> list[Look]:
    reached = next((one for one in standings if one.units >= design.units), None)
    return [] if reached is None else [fixed_look(design, reached, alpha)]


def _always_valid(design: AlwaysValid, standings: Sequence[Standing], alpha: float) -> list[Look]:
    looks, p = list[Look](), 1.0
    trusted = [one for one in standings if one.units >= LEAST_UNITS]
    if not trusted:
        return []
    # fixed at the first look: a mixture that follows the data would not be one
    planned = trusted[0].difference.error * (trusted[0].units / design.units) ** 0.5
    mixing = mixing_variance(planned, alpha)
    for one in trusted:
        p = min(p, always_valid_p(one.difference, mixing))
        critical = sequence_critical(one.difference.error, mixing, alpha)
        looks.append(Look(standing=one, critical=critical, p_value=p, last=one.units >= design.units))
    return looks


def _group_sequential(design: GroupSequential, standings: Sequence[Standing], alpha: float) -> list[Look]:
    reached = list[tuple[float, Standing]]()
    for share in design.shares:
        found = next((one for one in standings if one.units >= share * design.units), None)
        if found is not None and (not reached or found.day > reached[-1][1].day):
            reached.append((min(1.0, found.units / design.units), found))
    shares = tuple(share for share, _ in reached)
    bounds = spending_bounds(shares, design.spending, alpha) if reached else ()
    return [
        Look(standing=one, critical=bound, p_value=None, last=share >= 1)
        for (share, one), bound in zip(reached, bounds, strict=True)
    ]
