"""What can go wrong while a conversation is held."""


class AgentRuntimeError(Exception):
    """Root of the errors of this package."""


class TerminalError(AgentRuntimeError):
    """Trying again will not help."""


class TransientError(AgentRuntimeError):
    """Trying again may help."""


class ModelError(AgentRuntimeError):
    """A model failed, or its answer was not understood. ``models/errors.py`` has the kinds."""


class RecordingError(TerminalError):
    """A recorded conversation that cannot be read."""


class DatasetNotFoundError(TerminalError):
    """The recorded conversations are not where the settings say."""


class RegistryError(TerminalError):
    """A registry of experiments that contradicts itself."""


class ToolRefusal(TerminalError):  # noqa: N818 - a refusal is an answer, not a failure
    """A tool's own answer that it will not do what was asked; its text goes to the model."""


class OutcomeUnknownError(AgentRuntimeError):
    """Whether an effect happened cannot be told: its answer was lost on the way."""


class LedgerError(TerminalError):
    """The ledger cannot be read or written: then no effect may leave."""


class ContextOverflowError(TerminalError):
    """Policy, pinned facts and the newest message alone are more than a model may read."""
