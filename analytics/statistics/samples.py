"""A sample as its sums: what a database can add up, and what every test needs."""

from math import sqrt

from msgspec import Struct

from analytics.statistics.errors import TooFewError


class Sample(Struct, frozen=True):
    """The values of some independent units, as sums.

    Attributes:
        n: Units.
        mean: Their mean.
        variance: Their sample variance (divided by n - 1); for a ratio, n times that of the estimate.
    """

    n: int
    mean: float
    variance: float

    @classmethod
    def of_sums(cls, n: int, total: float, squares: float) -> "Sample":
        """From the sum of the values and of their squares.

        Raises:
            TooFewError: There are fewer than two units.
        """
        if n < 2:
            raise TooFewError(f"{n} units have no variance; two are the least")
        return cls(n, total / n, max(squares - total**2 / n, 0.0) / (n - 1))

    @classmethod
    def of_successes(cls, successes: float, n: int) -> "Sample":
        """From the count of units that succeeded."""
        return cls.of_sums(n, successes, successes)

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return sqrt(self.variance / self.n)


class PairedSums(Struct, frozen=True, kw_only=True):
    """Sums of two values x and y of each of n units: a ratio's parts, or a value and its covariate."""

    n: int
    x: float
    xx: float
    y: float
    yy: float
    xy: float

    def __add__(self, other: "PairedSums") -> "PairedSums":
        """The sums of both groups of units together."""
        return PairedSums(
            n=self.n + other.n,
            x=self.x + other.x,
            xx=self.xx + other.xx,
            y=self.y + other.y,
            yy=self.yy + other.yy,
            xy=self.xy + other.xy,
        )

    @property
    def first(self) -> Sample:
        """The x alone."""
        return Sample.of_sums(self.n, self.x, self.xx)

    @property
    def second(self) -> Sample:
        """The y alone."""
        return Sample.of_sums(self.n, self.y, self.yy)

    @property
    def covariance(self) -> float:
        """Sample covariance of x and y.

        Raises:
            TooFewError: There are fewer than two units.
        """
        if self.n < 2:
            raise TooFewError(f"{self.n} units have no covariance; two are the least")
        return (self.xy - self.x * self.y / self.n) / (self.n - 1)
