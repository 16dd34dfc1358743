"""What may be said of each metric, with interval, power, and the data it came from (spec H2, H3)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from analytics.experiments.log import ExperimentLog
from analytics.experiments.looks import Look, Standing, looks_of
from analytics.experiments.novelty import Novelty, novelty
from analytics.experiments.plan import AlwaysValid, FixedHorizon, GroupSequential, Metric, Plan
from analytics.experiments.standings import standings, strata_of
from analytics.statistics.mismatch import SUSPICIOUS, always_valid_ratio_p, sample_ratio_p
from analytics.statistics.power import detectable_effect, power_of
from analytics.statistics.strata import Reversal, Stratum, find_reversal

Decision = Literal["better", "worse", "inconclusive", "waiting", "invalid"]
_MOST_MIXED = 0.01
"""Share of users with several variants above which the assignment is broken."""


class DataOrigin(Struct, frozen=True, kw_only=True):
    """The data that a verdict came from.

    Attributes:
        snapshots: Snapshot by table, as far as the tables have any.
        complete_through: Through which time the log was taken to be complete.
        units: Users exposed, by variant.
        mixed: Users left out because they met several variants.
        plan: Fingerprint of the plan.
    """

    snapshots: Mapping[str, int | None]
    complete_through: datetime
    units: Mapping[str, int]
    mixed: int
    plan: str


class Verdict(Struct, frozen=True, kw_only=True):
    """What may be said of one metric of one treatment.

    Attributes:
        experiment: Which experiment.
        metric: Which metric.
        role: Of the metric.
        control: The variant that it is compared with.
        treatment: The variant.
        decision: ``better`` and ``worse`` mean the metric's own direction. ``waiting``: the design
            goes on. ``inconclusive``: it ended, or the numbers contradict each other.
        reasons: Why, in words.
        method: How the interval was made.
        confidence: Of the interval, at all looks together.
        looks: How many looks the design has had.
        estimate: Treatment minus control; None before the first look, as all that follow.
        low: Lower end of the interval.
        high: Upper end of the interval.
        p_value: Two-sided, valid at this look; None where the design has bounds instead.
        power: Probability that the look sees the metric's minimum effect; None where it has none.
        detectable: The effect that it sees with the planned power.
        control_n: Users of the control at the look.
        treatment_n: Users of the treatment at the look.
        novelty: The same in the users' first days and later, where the window is long enough.
        dimensions: Dimensions whose strata were compared for a contradiction.
        origin: The data.
    """

    experiment: str
    metric: str
    role: str
    control: str
    treatment: str
    decision: Decision
    reasons: tuple[str, ...]
    method: str
    confidence: float
    looks: int
    origin: DataOrigin
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    power: float | None = None
    detectable: float | None = None
    control_n: int = 0
    treatment_n: int = 0
    novelty: Novelty | None = None
    dimensions: tuple[str, ...] = ()


class Comparison(Struct, frozen=True, kw_only=True):
    """A verdict with what led to it: its looks, and at the last one the strata by dimension."""

    verdict: Verdict
    looks: Sequence[Look]
    strata: Mapping[str, Sequence[Stratum]]


def judge(plan: Plan, log: ExperimentLog, snapshots: Mapping[str, int | None]) -> list[Comparison]:
    """Judges every metric of every treatment.

    Args:
        plan: The pre-registration.
        log: What happened.
        snapshots: Snapshot by table that the log was read from.
    """
    origin = DataOrigin(
        snapshots=snapshots,
        complete_through=log.complete_through,
        units=log.units,
        mixed=log.mixed,
        plan=plan.fingerprint,
    )
    broken = tuple(_broken(plan, log))
    comparisons = [
        _compare(plan, metric, treatment, log=log, origin=origin, broken=broken)
        for treatment in plan.treatments
        for metric in plan.metrics
    ]
    return [_guarded(one, comparisons) for one in comparisons]


def _broken(plan: Plan, log: ExperimentLog) -> Iterator[str]:
    """Why no number of the experiment can be trusted."""
    if log.first_exposure is not None and log.first_exposure < plan.registered_at:
        yield f"the plan was registered after the first exposure ({log.first_exposure:%Y-%m-%d %H:%M} UTC)"
    if unknown := log.units.keys() - plan.shares.keys():
        yield f"users met variants that are not in the plan: {', '.join(sorted(unknown))}"
    counts = [log.units.get(variant, 0) for variant in plan.shares]
    # a design of one look is judged there; in the others every read-out looks, and each could alarm by chance
    ratio_p = sample_ratio_p if isinstance(plan.design, FixedHorizon) else always_valid_ratio_p
    p = ratio_p(counts, list(plan.shares.values()))
    if p < SUSPICIOUS:
        yield f"sample-ratio mismatch: {' against '.join(f'{n:,}' for n in counts)} users, p {p:.2g}"
    if log.mixed > _MOST_MIXED * max(sum(counts), 1):
        yield f"{log.mixed:,} users met several variants"


def _compare(
    plan: Plan,
    metric: Metric,
    treatment: str,
    *,
    log: ExperimentLog,
    origin: DataOrigin,
    broken: tuple[str, ...],
) -> Comparison:
    alpha = plan.level(metric.role)
    way = standings(metric, log.sums, plan.control, treatment)
    looks = looks_of(plan.design, way, alpha)
    verdict = Verdict(
        experiment=plan.experiment,
        metric=metric.name,
        role=metric.role,
        control=plan.control,
        treatment=treatment,
        decision="waiting",
        reasons=(_waiting(plan, way),),
        method=_method(plan, metric),
        confidence=1 - alpha,
        looks=len(looks),
        origin=origin,
        novelty=novelty(log.ages, metric.name, plan.control, treatment) if looks else None,
    )
    strata = dict[str, list[Stratum]]()
    if looks:
        found = strata_of(metric, log.sums, plan.control, treatment, looks[-1].standing.day)
        strata = {dimension: each for dimension, each in found.items() if len(each) > 1}
        verdict = replace(_decided(verdict, plan, metric, looks[-1]), dimensions=tuple(strata))
        if looks[-1].crossed and (reversal := find_reversal(looks[-1].standing.difference, strata)):
            reasons = (*verdict.reasons, _contradiction(reversal))
            verdict = replace(verdict, decision="inconclusive", reasons=reasons)
    if broken:
        verdict = replace(verdict, decision="invalid", reasons=broken)
    return Comparison(verdict=verdict, looks=looks, strata=strata)


def _decided(verdict: Verdict, plan: Plan, metric: Metric, look: Look) -> Verdict:
    difference, (low, high), least = look.standing.difference, look.interval, metric.minimum_effect
    decision, reason = verdict.decision, verdict.reasons[0]
    if look.crossed:
        decision = "better" if difference.estimate * metric.sign > 0 else "worse"
        reason = f"the interval excludes no difference, on {look.standing.day}"
    elif look.last:
        decision, reason = "inconclusive", "the design ended and the interval includes no difference"
    return replace(
        verdict,
        decision=decision,
        reasons=(reason,),
        estimate=difference.estimate,
        low=low,
        high=high,
        p_value=look.p_value,
        power=None if least is None else power_of(least, difference.error, look.critical),
        detectable=detectable_effect(difference.error, look.critical, plan.power),
        control_n=look.standing.control_n,
        treatment_n=look.standing.treatment_n,
    )


def _guarded(one: Comparison, all_of_them: Sequence[Comparison]) -> Comparison:
    """A primary metric is not better for nothing: a guardrail that became worse holds it."""
    hurt = [
        other.verdict.metric
        for other in all_of_them
        if other.verdict.role == "guardrail"
        and other.verdict.treatment == one.verdict.treatment
        and other.verdict.decision == "worse"
    ]
    if one.verdict.role != "primary" or one.verdict.decision != "better" or not hurt:
        return one
    reasons = (*one.verdict.reasons, f"guardrails became worse: {', '.join(hurt)}")
    return replace(one, verdict=replace(one.verdict, decision="inconclusive", reasons=reasons))


def _waiting(plan: Plan, way: Sequence[Standing]) -> str:
    units = way[-1].units if way else 0
    return f"{units:,} of {plan.design.planned:,} planned users a variant"


def _method(plan: Plan, metric: Metric) -> str:
    kind = "ratio of sums (delta method)" if metric.per else "mean, CUPED" if metric.covariate_h else "mean"
    match plan.design:
        case FixedHorizon():
            return f"{kind}; Welch, one look"
        case GroupSequential(spending=spending):
            return f"{kind}; group-sequential, {spending} spending"
        case AlwaysValid():
            return f"{kind}; confidence sequence"


def _contradiction(found: Reversal) -> str:
    return (
        f"Simpson's paradox: all users {found.pooled.estimate:+.4g}, but the opposite in {found.dimension}"
        f" {', '.join(found.strata)}; weighted alike {found.adjusted.estimate:+.4g}"
    )
