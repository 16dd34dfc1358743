"""What can go wrong when a model is served on this machine."""


class ServingError(Exception):
    """Root of the errors of this package."""


class TerminalError(ServingError):
    """Trying again will not help."""


class TransientError(ServingError):
    """Trying again may help."""


class ServingMissingError(TerminalError):
    """The server's environment is not installed."""


class ServerStoppedError(TerminalError):
    """The server ended by itself."""


class ServerTimeoutError(TransientError):
    """The server did not become healthy in time."""
