"""Novelty: whether the difference fades (or grows) with the time that users have known the treatment (H3)."""

from collections.abc import Sequence
from math import hypot

from msgspec import Struct

from analytics.experiments.log import AgeSums
from analytics.statistics.differences import Difference, welch


class Novelty(Struct, frozen=True, kw_only=True):
    """The difference in the users' first days beside their later ones.

    Attributes:
        early: Mean daily difference of the first days.
        late: Mean daily difference of the rest.
        change: Late minus early. Its error takes days of one user as independent, which days that
            go together make smaller in truth: the test misses rather than invents.
        early_days: How many days are early.
    """

    early: Difference
    late: Difference
    change: Difference
    early_days: int


def novelty(ages: Sequence[AgeSums], metric: str, control: str, treatment: str) -> Novelty | None:
    """Compares the first half of the days since the first exposure with the rest, 1 to 7 days.

    Args:
        ages: Of the log.
        metric: Which metric.
        control: Name of the control.
        treatment: Name of the treatment.

    Returns:
        None where fewer than two days of both variants are known.
    """
    samples = {(one.variant, one.age): one.sample for one in ages if one.metric == metric}
    days = [
        welch(samples[control, age], samples[treatment, age])
        for age in sorted({age for _, age in samples})
        if (control, age) in samples and (treatment, age) in samples
    ]
    if len(days) < 2:
        return None
    early_days = min(len(days) // 2, 7)
    early, late = _mean(days[:early_days]), _mean(days[early_days:])
    change = Difference(estimate=late.estimate - early.estimate, error=hypot(early.error, late.error))
    return Novelty(early=early, late=late, change=change, early_days=early_days)


def _mean(days: Sequence[Difference]) -> Difference:
    return Difference(
        estimate=sum(one.estimate for one in days) / len(days),
        error=hypot(*(one.error for one in days)) / len(days),
    )
