"""Adds up the days: how two variants stand at the end of each, and how their strata do."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from analytics.experiments.log import DaySums
from analytics.experiments.looks import Standing
from analytics.experiments.plan import Metric
from analytics.statistics.adjusted import cuped, ratio
from analytics.statistics.differences import welch
from analytics.statistics.samples import Sample
from analytics.statistics.strata import Stratum

LEAST_IN_STRATUM = 50
"""Users of each variant that a stratum needs to be tested."""


def samples_of(metric: Metric, control: DaySums, treatment: DaySums) -> tuple[Sample, Sample]:
    """Both variants as the metric counts: a mean, a ratio, or a mean less what a covariate explains."""
    if metric.per:
        return ratio(control.parts), ratio(treatment.parts)
    if metric.covariate_h:
        return cuped(control.covariate, treatment.covariate)
    return control.parts.first, treatment.parts.first


def standings(metric: Metric, sums: Sequence[DaySums], control: str, treatment: str) -> list[Standing]:
    """The variants at the end of each day on which users became old enough, as far as they vary."""
    found, totals = list[Standing](), dict[str, DaySums]()
    rows = [one for one in sums if one.metric == metric.name and not one.dimension]
    for day in sorted({one.day for one in rows}):
        for one in rows:
            if one.day == day and one.variant in {control, treatment}:
                totals[one.variant] = _added(totals.get(one.variant), one)
        if _testable(metric, totals.get(control), totals.get(treatment)):
            a, b = samples_of(metric, totals[control], totals[treatment])
            difference = welch(a, b)
            if difference.error > 0:
                found.append(Standing(day=day, difference=difference, control_n=a.n, treatment_n=b.n))
    return found


def strata_of(
    metric: Metric, sums: Sequence[DaySums], control: str, treatment: str, through: date
) -> dict[str, list[Stratum]]:
    """Strata by dimension up to a day, those with too few users left out."""
    totals = defaultdict[str, dict[str, dict[str, DaySums]]](lambda: defaultdict(dict))
    for one in sums:
        if one.metric == metric.name and one.dimension and one.day <= through:
            variants = totals[one.dimension][one.stratum]
            variants[one.variant] = _added(variants.get(one.variant), one)
    found = dict[str, list[Stratum]]()
    for dimension, strata in totals.items():
        for name, variants in strata.items():
            a, b = variants.get(control), variants.get(treatment)
            if a and b and min(a.parts.n, b.parts.n) >= LEAST_IN_STRATUM and _testable(metric, a, b):
                control_sample, treatment_sample = samples_of(metric, a, b)
                stratum = Stratum(name=name, control=control_sample, treatment=treatment_sample)
                found.setdefault(dimension, []).append(stratum)
    return found


def _testable(metric: Metric, control: DaySums | None, treatment: DaySums | None) -> bool:
    return all(
        one is not None and one.parts.n >= 2 and (not metric.per or one.parts.y > 0)
        for one in (control, treatment)
    )


def _added(total: DaySums | None, one: DaySums) -> DaySums:
    if total is None:
        return one
    return DaySums(
        metric=one.metric,
        variant=one.variant,
        day=one.day,
        dimension=one.dimension,
        stratum=one.stratum,
        parts=total.parts + one.parts,
        covariate=total.covariate + one.covariate,
    )
