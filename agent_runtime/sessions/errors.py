"""What can go wrong between a message and its answer (spec A8)."""

from agent_runtime.errors import AgentRuntimeError, TerminalError, TransientError


class SessionError(AgentRuntimeError):
    """Root of the errors of sessions."""


class LeaseLostError(SessionError, TransientError):
    """Another writer has the session by now: what this one did is not kept, the other one does it again."""


class SessionStoreError(SessionError, TransientError):
    """The store did not answer. A message may have been taken: send it again under the same id."""


class UnsafeStoreError(SessionError, TerminalError):
    """The store would forget answered messages when it restarts."""


class LaneClosedError(SessionError, TransientError):
    """This process takes no more messages: send to another one, or again later."""
