"""What can go wrong between an event and the log."""


class StreamingError(Exception):
    """Root of the errors of this package."""


class TerminalError(StreamingError):
    """Trying again will not help."""


class TransientError(StreamingError):
    """Trying again may help."""


class MalformedEventError(TerminalError):
    """A record that is not an event of the contract."""


class DeliveryError(TerminalError):
    """The broker refused an event for good."""


class TopicUnknownError(TransientError):
    """The broker did not say which partitions the topic has."""


class ProducerClosedError(TerminalError):
    """An event came after the producer was closed."""


class DrainTimeoutError(TransientError):
    """Events were still unacknowledged when the time to drain ran out."""


class JobError(TerminalError):
    """The stream engine refused or lost the job."""


class ClusterUnavailableError(TransientError):
    """The stream engine's REST interface does not answer."""
