"""What can be wrong with an evaluation before anybody looks at its numbers."""


class EvalError(Exception):
    """Root of the errors of this package."""


class TerminalError(EvalError):
    """Trying again will not help."""


class TransientError(EvalError):
    """Trying again may help."""


class UnknownNameError(TerminalError):
    """No suite, agent, grader or run has this name; says which there are."""


class NotComparableError(TerminalError):
    """Two sets of results are not of the same cases, grader or trials."""


class NothingHeldError(TerminalError):
    """An agent can hold none of the cases that it was to be tried on."""


class OtherDataError(TerminalError):
    """A public file is not the version that something here was written for."""
