"""The difference of two means: estimate, error, interval, p."""

from math import hypot, inf, isfinite

from msgspec import Struct
from scipy.stats import norm, t

from analytics.statistics.samples import Sample


class Difference(Struct, frozen=True, kw_only=True):
    """Treatment minus control.

    Attributes:
        estimate: The difference, in the unit of the values.
        error: Its standard error.
        dof: Degrees of freedom of the error; infinite where the normal distribution is used.
    """

    estimate: float
    error: float
    dof: float = inf

    @property
    def statistic(self) -> float:
        """The estimate in standard errors; 0 where nothing varies and nothing differs."""
        if self.error == 0:
            return 0.0 if self.estimate == 0 else inf if self.estimate > 0 else -inf
        return self.estimate / self.error

    @property
    def p_value(self) -> float:
        """Two-sided p of no difference."""
        return float(2 * self._tail(abs(self.statistic)))

    @property
    def p_less(self) -> float:
        """One-sided p against a treatment that is lower."""
        return float(self._tail(-self.statistic))

    def critical(self, alpha: float) -> float:
        """Standard errors on either side of the estimate that cover 1 - alpha."""
        return float(t.isf(alpha / 2, self.dof) if isfinite(self.dof) else norm.isf(alpha / 2))

    def interval(self, alpha: float = 0.05) -> tuple[float, float]:
        """Two-sided interval that covers the difference with probability 1 - alpha."""
        return self.within(self.critical(alpha))

    def within(self, errors: float) -> tuple[float, float]:
        """The estimate plus and minus so many standard errors."""
        return self.estimate - errors * self.error, self.estimate + errors * self.error

    def _tail(self, statistic: float) -> float:
        return float(t.sf(statistic, self.dof) if isfinite(self.dof) else norm.sf(statistic))


def welch(control: Sample, treatment: Sample) -> Difference:
    """The difference of two means with variances of their own (Welch 1947)."""
    a, b = control.variance / control.n, treatment.variance / treatment.n
    parts = a**2 / (control.n - 1) + b**2 / (treatment.n - 1)
    return Difference(
        estimate=treatment.mean - control.mean,
        error=hypot(control.error, treatment.error),
        dof=(a + b) ** 2 / parts if parts else inf,
    )
