"""What an experiment is for, said before it begins: metrics, sizes, times of looks (spec H2)."""

from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Literal

import msgspec
from msgspec import Struct

from analytics.experiments.errors import PlanError
from analytics.statistics.group_sequential import Spending

Role = Literal["primary", "guardrail", "secondary"]


class Metric(Struct, frozen=True, kw_only=True):
    """A number of each user, from what happened within a time after the first exposure.

    Attributes:
        name: Its name.
        outcome: The outcome whose values are added up, such as ``resolved``.
        per: The outcome that it is divided by, such as ``conversations``; users are then weighted
            by it, and the error follows from the delta method. A mean over users where none is named.
        count: Whether the values are added up, or any value above 0 counts as 1.
        better: Which direction is better.
        role: A primary metric decides, a guardrail must not become worse, a secondary one is told.
        window_h: Hours after the first exposure that count; younger users are not analysed yet.
        covariate_h: Hours before the first exposure whose outcome explains some of the variance
            (CUPED); 0 for none. A metric with ``per`` has none.
        minimum_effect: The least difference that matters, in the metric's unit; a primary metric
            has one.
    """

    name: str
    outcome: str
    per: str | None = None
    count: Literal["sum", "any"] = "sum"
    better: Literal["higher", "lower"] = "higher"
    role: Role = "primary"
    window_h: float = 24.0
    covariate_h: float = 0.0
    minimum_effect: float | None = None

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self.better == "higher" else -1


class FixedHorizon(Struct, frozen=True, kw_only=True, tag="fixed_horizon"):
    """One look, when both variants have the planned users; earlier ones are refused."""

    units: int

    @property
    def planned(self) -> int:
        """Users a variant at the end."""
        return self.units


class AlwaysValid(Struct, frozen=True, kw_only=True, tag="always_valid"):
    """A look every day for as long as one likes; narrowest at the planned users a variant."""

    units: int

    @property
    def planned(self) -> int:
        """Users a variant at which it is given up."""
        return self.units


class GroupSequential(Struct, frozen=True, kw_only=True, tag="group_sequential"):
    """Some looks on the way to a known maximum of users a variant."""

    units: int
    shares: tuple[float, ...]
    spending: Spending = "obrien_fleming"

    @property
    def planned(self) -> int:
        """Users a variant at the last look."""
        return self.units


Design = FixedHorizon | AlwaysValid | GroupSequential


class Plan(Struct, frozen=True, kw_only=True):
    """A pre-registration.

    Attributes:
        experiment: Key of the experiment in the registry.
        hypothesis: What is expected to happen, and why.
        metrics: One primary metric or more, and others.
        design: When it is looked at.
        shares: Meant share of the users by variant; the first one is the control.
        registered_at: When the plan was committed.
        alpha: Two-sided level, for all primary metrics and treatments together.
        power: Probability with which differences are to be seen.

    Raises:
        PlanError: It cannot be carried out; the message says why.
    """

    experiment: str
    hypothesis: str
    metrics: tuple[Metric, ...]
    design: Design
    shares: dict[str, float]
    registered_at: datetime
    alpha: float = 0.05
    power: float = 0.8

    def __post_init__(self) -> None:
        """Refuses what cannot be carried out."""
        for wrong, why in (
            (not any(one.role == "primary" for one in self.metrics), "no metric is primary"),
            (len({one.name for one in self.metrics}) < len(self.metrics), "two metrics have one name"),
            (any(one.per and one.covariate_h for one in self.metrics), "a ratio has no covariate"),
            (any(one.window_h <= 0 for one in self.metrics), "a metric has no window"),
            (len(self.shares) < 2 or min(self.shares.values()) <= 0, "two variants or more are needed"),
            (not _effects_stated(self.metrics), "a primary metric has no minimum effect above 0"),
            (self.design.planned < 2, "nobody is planned"),
            (not _looks_rise(self.design), "the looks do not rise to 1"),
        ):
            if wrong:
                raise PlanError(f"plan of {self.experiment!r}: {why}")

    @property
    def control(self) -> str:
        """The variant that others are compared with."""
        return next(iter(self.shares))

    @property
    def treatments(self) -> tuple[str, ...]:
        """The other variants."""
        return tuple(self.shares)[1:]

    @property
    def fingerprint(self) -> str:
        """What tells whether a verdict was reached by this plan, 12 hexadecimal digits."""
        return sha256(msgspec.json.encode(self)).hexdigest()[:12]

    def level(self, role: Role) -> float:
        """Level of one comparison, so that all of the role together keep alpha (Bonferroni)."""
        return self.alpha / (sum(one.role == role for one in self.metrics) * len(self.treatments))


def _effects_stated(metrics: tuple[Metric, ...]) -> bool:
    return all((one.minimum_effect or 0) > 0 for one in metrics if one.role == "primary")


def _looks_rise(design: Design) -> bool:
    if not isinstance(design, GroupSequential):
        return True
    rises = all(a < b for a, b in pairwise((0.0, *design.shares)))
    return rises and bool(design.shares) and design.shares[-1] == 1
