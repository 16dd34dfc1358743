"""What can go wrong while assets are observed and materialized."""


class DagsterProjectError(Exception):
    """Root of the errors of this package."""


class TransientError(DagsterProjectError):
    """Trying again may help."""


class BrokerUnavailableError(TransientError):
    """The broker does not answer, or lacks the topic."""


class StreamBehindError(TransientError):
    """Bronze lacks records that the topic has."""


class ReplayRunningError(TransientError):
    """Another replay of dead letters is under way."""
