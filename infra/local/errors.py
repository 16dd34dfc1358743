"""What can go wrong while the local stack is started, stopped or asked."""


class LocalStackError(Exception):
    """Root of the errors of this package."""


class TerminalError(LocalStackError):
    """Trying again will not help."""


class TransientError(LocalStackError):
    """Trying again may help."""


class PrerequisiteMissingError(TerminalError):
    """A program or an environment that the stack needs is not there, or too old."""


class PortTakenError(TerminalError):
    """Another program listens on a port of the stack."""


class JarsError(TransientError):
    """The jars could not be fetched."""


class SupervisorError(TerminalError):
    """The process supervisor did not start, or refused."""


class StackTimeoutError(TransientError):
    """A part of the stack did not become healthy in time."""
