"""What can be wrong with a canary before anybody looks at its numbers."""


class DeliveryError(Exception):
    """Root of the errors of this package."""


class TerminalError(DeliveryError):
    """Trying again will not help."""


class TransientError(DeliveryError):
    """Trying again may help."""


class NoCanaryError(TerminalError):
    """No canary runs."""


class CanaryRunsError(TerminalError):
    """A canary runs already, and one is enough."""


class SameVersionError(TerminalError):
    """A version is no canary beside itself."""


class DecidedMeanwhileError(TransientError):
    """Somebody else decided about the canary while this was computed; nothing was written."""
