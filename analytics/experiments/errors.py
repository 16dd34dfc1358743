"""What can be wrong with an experiment before its numbers are looked at."""


class ExperimentError(Exception):
    """Root of the errors of this package."""


class TerminalError(ExperimentError):
    """Trying again will not help."""


class TransientError(ExperimentError):
    """Trying again may help."""


class PlanError(TerminalError):
    """A plan that cannot be carried out."""


class PeekingRefusedError(TransientError):
    """A test that holds at one look only was asked for before that look."""
