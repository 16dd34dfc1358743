"""Agreement with the truth beyond chance: Cohen's kappa, with an interval, and what it is made of."""

from collections.abc import Hashable, Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from analytics.statistics.errors import TooFewError

Weights = Literal["none", "quadratic"]
RESAMPLES: Final = 10_000


class Kappa(Struct, frozen=True, kw_only=True):
    """Agreement of two ratings of the same items.

    Attributes:
        value: Kappa; 0 is what chance gives, 1 is perfect.
        low: Lower end of its interval.
        high: Upper end of it.
        percent: Share of the items on which both say the same, 0 to 1.
        n: Items.
    """

    value: float
    low: float
    high: float
    percent: float
    n: int


class Agreement(Struct, frozen=True, kw_only=True):
    """How a judge's verdicts agree with the truth, in all counts that kappa hides.

    Attributes:
        kappa: Agreement beyond chance.
        passed_rightly: Passed by both.
        passed_wrongly: Passed by the judge alone.
        failed_wrongly: Passed by the truth alone.
        failed_rightly: Passed by neither.
    """

    kappa: Kappa
    passed_rightly: int
    passed_wrongly: int
    failed_wrongly: int
    failed_rightly: int

    @property
    def prevalence(self) -> float:
        """Share of the items that pass in truth; far from a half, kappa is low for few errors."""
        return (self.passed_rightly + self.failed_wrongly) / self.kappa.n

    @property
    def judged_prevalence(self) -> float:
        """Share of the items that the judge passes."""
        return (self.passed_rightly + self.passed_wrongly) / self.kappa.n

    @property
    def lenience(self) -> float:
        """How many more the judge passes than the truth, as a share of the items."""
        return self.judged_prevalence - self.prevalence

    @property
    def failures_found(self) -> float | None:
        """Share of the true failures that the judge fails; None where nothing fails."""
        failures = self.failed_rightly + self.passed_wrongly
        return self.failed_rightly / failures if failures else None


def table_of(
    one: Sequence[Hashable], other: Sequence[Hashable], labels: Sequence[Hashable]
) -> NDArray[np.int_]:
    """How often each pair of labels was given: a row a label of one, a column a label of the other.

    Raises:
        ValueError: The sequences differ in length, or have a label that is not listed.
    """
    places = {label: place for place, label in enumerate(labels)}
    if unknown := {*one, *other} - places.keys():
        raise ValueError(f"{sorted(map(str, unknown))} are none of the labels {list(labels)}")
    counts = np.zeros((len(labels), len(labels)), dtype=np.int_)
    for first, second in zip(one, other, strict=True):
        counts[places[first], places[second]] += 1
    return counts


def cohen_kappa(counts: NDArray[np.int_], weights: Weights = "none") -> float:
    """Cohen's kappa of a square table (Cohen 1960; weighted 1968).

    Where both ratings give one and the same label to everything there is nothing beyond chance: 0.

    Args:
        counts: Of :func:`table_of`; labels in the order of the scale where weighted.
        weights: ``quadratic`` counts a disagreement by the square of its distance on the scale.
    """
    return float(_kappas(counts[np.newaxis].astype(np.float64), weights)[0])


def kappa_of(
    one: Sequence[Hashable],
    other: Sequence[Hashable],
    labels: Sequence[Hashable],
    *,
    rng: np.random.Generator,
    weights: Weights = "none",
    alpha: float = 0.05,
) -> Kappa:
    """Kappa with a bootstrap interval: items resampled, percentiles (Efron 1979).

    Args:
        one: One rating of each item; items are independent, one conversation a task.
        other: The other rating, in the same order.
        labels: All labels, in the order of the scale where weighted.
        rng: Where chance comes from.
        weights: See :func:`cohen_kappa`.
        alpha: One minus the coverage.

    Raises:
        TooFewError: There are fewer than two items.
    """
    counts = table_of(one, other, labels)
    n = int(counts.sum())
    if n < 2:
        raise TooFewError(f"{n} items say nothing about agreement; two are the least")
    # drawing items with replacement is drawing the cells of their table
    drawn = rng.multinomial(n, counts.ravel() / n, size=RESAMPLES).reshape(-1, *counts.shape)
    low, high = np.quantile(_kappas(drawn.astype(np.float64), weights), [alpha / 2, 1 - alpha / 2])
    return Kappa(
        value=cohen_kappa(counts, weights),
        low=float(low),
        high=float(high),
        percent=float(np.trace(counts)) / n,
        n=n,
    )


def agreement_with_truth(
    truth: Sequence[bool], judged: Sequence[bool], *, rng: np.random.Generator, alpha: float = 0.05
) -> Agreement:
    """How verdicts agree with the truth on the same items.

    Args:
        truth: Whether each item passes.
        judged: Whether the judge passes it.
        rng: Where chance comes from.
        alpha: One minus the coverage of the interval.

    Raises:
        TooFewError: There are fewer than two items.
    """
    (failed_rightly, passed_wrongly), (failed_wrongly, passed_rightly) = table_of(
        truth, judged, (False, True)
    ).tolist()
    return Agreement(
        kappa=kappa_of(truth, judged, (False, True), rng=rng, alpha=alpha),
        passed_rightly=passed_rightly,
        passed_wrongly=passed_wrongly,
        failed_wrongly=failed_wrongly,
        failed_rightly=failed_rightly,
    )


def fleiss_kappa(counts: NDArray[np.int_]) -> float:
    """Agreement of several ratings of each item with one another (Fleiss 1971); 0 where nothing varies.

    Args:
        counts: A row an item, a column a label: how many ratings gave it; the same number an item.
    """
    ratings = counts[0].sum()
    shares = counts.sum(axis=0) / counts.sum()
    observed = float(((counts**2).sum(axis=1) - ratings).mean() / (ratings * (ratings - 1)))
    expected = float((shares**2).sum())
    return (observed - expected) / (1 - expected) if expected < 1 else 0.0


def _kappas(tables: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    """Kappa of each of several tables."""
    size = tables.shape[1]
    distance = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    cost = (distance**2 if weights == "quadratic" else distance > 0).astype(np.float64)
    n = tables.sum(axis=(1, 2))
    by_chance = np.einsum("ti,tj->tij", tables.sum(axis=2), tables.sum(axis=1)) / n[:, None, None]
    observed, expected = (tables * cost).sum(axis=(1, 2)), (by_chance * cost).sum(axis=(1, 2))
    return np.where(expected > 0, 1 - observed / np.where(expected > 0, expected, 1), 0.0)
