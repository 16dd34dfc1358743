"""Observations that come in clusters: trials of one task, conversations of one customer."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.statistics.differences import Difference
from analytics.statistics.errors import TooFewError
from analytics.statistics.samples import Sample


def clustered_sample(values: NDArray[np.float64], clusters: Sequence[Hashable]) -> Sample:
    """The mean of all observations with an error that knows the clusters (Liang and Zeger 1986).

    The variance is scaled so that :attr:`Sample.error` is the clustered error, with the
    correction G / (G - 1) for G clusters.

    Raises:
        TooFewError: There are fewer than two clusters.
    """
    index, groups = _groups(clusters)
    mean = float(values.mean())
    residuals = np.bincount(index, weights=values - mean, minlength=groups)
    error_squared = groups / (groups - 1) * float(residuals @ residuals) / len(values) ** 2
    return Sample(len(values), mean, error_squared * len(values))


def clustered_difference(
    control: NDArray[np.float64],
    treatment: NDArray[np.float64],
    control_clusters: Sequence[Hashable],
    treatment_clusters: Sequence[Hashable],
) -> Difference:
    """Treatment minus control where one cluster may be in both (the same task, tried by both).

    What a cluster does to both means cancels out as far as it is the same.

    Raises:
        TooFewError: There are fewer than two clusters.
    """
    index, groups = _groups([*control_clusters, *treatment_clusters])
    influence = np.concatenate(
        [-(control - control.mean()) / len(control), (treatment - treatment.mean()) / len(treatment)]
    )
    totals = np.bincount(index, weights=influence, minlength=groups)
    return Difference(
        estimate=float(treatment.mean() - control.mean()),
        error=float(np.sqrt(groups / (groups - 1) * float(totals @ totals))),
        dof=groups - 1,
    )


def _groups(clusters: Sequence[Hashable]) -> tuple[NDArray[np.intp], int]:
    numbers: dict[Hashable, int] = {}
    index = np.array([numbers.setdefault(one, len(numbers)) for one in clusters], dtype=np.intp)
    if len(numbers) < 2:
        raise TooFewError(f"{len(numbers)} clusters have no variance; two are the least")
    return index, len(numbers)
