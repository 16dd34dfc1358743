"""What can be wrong with what a statistic is asked for."""


class StatisticsError(Exception):
    """Root of the errors of this package."""


class TooFewError(StatisticsError):
    """There are too few observations for any statement."""


class BadParameterError(StatisticsError):
    """A level, share or plan that makes no sense."""
