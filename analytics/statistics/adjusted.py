"""Samples with something taken into account: a covariate (CUPED), or a denominator (delta method)."""

from analytics.statistics.errors import BadParameterError
from analytics.statistics.samples import PairedSums, Sample


def cuped(control: PairedSums, treatment: PairedSums) -> tuple[Sample, Sample]:
    """Both samples less what a covariate from before the experiment explains (Deng et al. 2013).

    Args:
        control: x the value, y the covariate, of each unit.
        treatment: The same.

    Returns:
        Samples whose difference of means is unbiased for that of x, with less variance.
    """
    joint = control + treatment
    # within the groups: what the treatment does must not pass for what the covariate explains
    explained = (control.n - 1) * control.covariance + (treatment.n - 1) * treatment.covariance
    varies = (control.n - 1) * control.second.variance + (treatment.n - 1) * treatment.second.variance
    slope = explained / varies if varies > 0 else 0.0
    centre = joint.y / joint.n
    return _residual(control, slope, centre), _residual(treatment, slope, centre)


def _residual(sums: PairedSums, slope: float, centre: float) -> Sample:
    value, covariate = sums.first, sums.second
    variance = value.variance + slope**2 * covariate.variance - 2 * slope * sums.covariance
    return Sample(sums.n, value.mean - slope * (covariate.mean - centre), max(variance, 0.0))


def ratio(sums: PairedSums) -> Sample:
    """A ratio of two sums over units, x by y, with the variance of the delta method (Deng et al. 2018).

    Raises:
        BadParameterError: The denominators add up to 0.
    """
    if sums.y == 0:
        raise BadParameterError("a ratio needs a denominator that is not 0")
    above, below = sums.first, sums.second
    share = above.mean / below.mean
    variance = above.variance + share**2 * below.variance - 2 * share * sums.covariance
    return Sample(sums.n, share, max(variance, 0.0) / below.mean**2)
