"""What can go wrong while a conversation is held."""


class AgentRuntimeError(Exception):
    """Root of the errors of this package."""


class TerminalError(AgentRuntimeError):
    """Trying again will not help."""


class TransientError(AgentRuntimeError):
    """Trying again may help."""


class ModelError(TerminalError):
    """A model failed, or its answer was not understood."""


class RecordingError(TerminalError):
    """A recorded conversation that cannot be read."""


class DatasetNotFoundError(TerminalError):
    """The recorded conversations are not where the settings say."""


class RegistryError(TerminalError):
    """A registry of experiments that contradicts itself."""


class ToolRefusal(TerminalError):  # noqa: N818 - a refusal is an answer, not a failure
    """A tool's own answer that it will not do what was asked; its text goes to the model."""
