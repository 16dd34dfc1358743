"""Strata: an estimate within groups of like units, and the paradox that a sum of groups can hide."""

from collections.abc import Mapping, Sequence
from math import sqrt

from msgspec import Struct
from scipy.stats import norm

from analytics.statistics.differences import Difference, welch
from analytics.statistics.errors import TooFewError
from analytics.statistics.samples import Sample


class Stratum(Struct, frozen=True, kw_only=True):
    """Both variants in one stratum."""

    name: str
    control: Sample
    treatment: Sample

    @property
    def units(self) -> int:
        """Units of both variants."""
        return self.control.n + self.treatment.n

    @property
    def difference(self) -> Difference:
        """Treatment minus control within the stratum."""
        return welch(self.control, self.treatment)


def stratified(strata: Sequence[Stratum]) -> Difference:
    """The difference with every stratum weighted by its share of all units, in both variants alike.

    Raises:
        TooFewError: There is no stratum.
    """
    total = sum(stratum.units for stratum in strata)
    if not total:
        raise TooFewError("there is no stratum with units of both variants")
    weighted = [(stratum.units / total, stratum.difference) for stratum in strata]
    return Difference(
        estimate=sum(weight * one.estimate for weight, one in weighted),
        error=sqrt(sum((weight * one.error) ** 2 for weight, one in weighted)),
    )


class Reversal(Struct, frozen=True, kw_only=True):
    """Simpson's paradox: what all units together say, and what these strata say against it.

    Attributes:
        dimension: What the strata are values of.
        strata: Names of the strata that say the opposite, the surest first.
        pooled: All units together.
        adjusted: The same, strata weighted alike in both variants.
    """

    dimension: str
    strata: tuple[str, ...]
    pooled: Difference
    adjusted: Difference


def find_reversal(
    pooled: Difference, dimensions: Mapping[str, Sequence[Stratum]], *, alpha: float = 0.05
) -> Reversal | None:
    """The first dimension whose strata contradict the pooled difference, None where none does.

    A contradiction is a pooled difference that is significant while the adjusted one is
    significant the other way (the mix of the strata made it), or while a stratum is
    significant the other way after correction for all strata (the treatment hurts some).

    Args:
        pooled: All units together.
        dimensions: Strata by dimension; those with too few units left out by the caller.
        alpha: Two-sided level of both tests.
    """
    if pooled.p_value >= alpha:
        return None
    compared = {name: strata for name, strata in dimensions.items() if len(strata) > 1}
    tested = sum(len(strata) for strata in compared.values())
    for dimension, strata in compared.items():
        adjusted = stratified(strata)
        against = [one for one in strata if _opposed(one.difference, pooled)]
        against.sort(key=lambda one: one.difference.p_value)
        proven = [one for one in against if one.difference.p_value < alpha / tested]
        turned = _opposed(adjusted, pooled) and abs(adjusted.statistic) > norm.isf(alpha / 2)
        if proven or turned:
            names = tuple(one.name for one in (against if turned else proven))
            return Reversal(dimension=dimension, strata=names, pooled=pooled, adjusted=adjusted)
    return None


def _opposed(one: Difference, other: Difference) -> bool:
    return one.estimate * other.estimate < 0
