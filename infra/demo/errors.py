"""What can go wrong in a demo."""


class DemoError(Exception):
    """Root of the errors of the demo."""


class StreamTimeoutError(DemoError):
    """The stream did not bring every record to silver in time."""
