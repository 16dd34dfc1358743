"""What can go wrong between the runtime and a model's endpoint (spec A10).

Every error says where it happened, what happened and what to do, and keeps the evidence: the
first part of what the endpoint said. All are :class:`~agent_runtime.errors.ModelError`, so that
whoever calls a model needs to know one name.
"""

from typing import Final

from agent_runtime.errors import ModelError, TerminalError, TransientError

EVIDENCE_CHARACTERS: Final = 500
"""How much of an endpoint's answer an error keeps."""


class ModelCallError(ModelError):
    """A call of an endpoint failed.

    Args:
        endpoint: Where: the address and the model.
        what: What happened.
        advice: What to do about it.
        evidence: What the endpoint said; cut to :data:`EVIDENCE_CHARACTERS`.
    """

    def __init__(self, endpoint: str, what: str, *, advice: str, evidence: str = "") -> None:
        self.endpoint = endpoint
        self.evidence = evidence[:EVIDENCE_CHARACTERS]
        said = f"; it said: {self.evidence!r}" if evidence else ""
        super().__init__(f"{endpoint}: {what}; {advice}{said}")


class EndpointUnavailableError(ModelCallError, TransientError):
    """The endpoint did not take the call: not reached, too busy (429) or out of order (5xx).

    Args:
        retry_after_s: Seconds after which it wants to be asked again, where it says so.
    """

    def __init__(
        self,
        endpoint: str,
        what: str,
        *,
        advice: str,
        evidence: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(endpoint, what, advice=advice, evidence=evidence)
        self.retry_after_s = retry_after_s


class AnswerLostError(ModelCallError, TransientError):
    """The call went out and no whole answer came back: the outcome is unknown.

    Asking again does no harm to the world, but tokens of the lost answer may be charged.
    """


class RequestRefusedError(ModelCallError, TerminalError):
    """The endpoint understood the call and will not answer it: key, model name, size or form are wrong."""


class AnswerNotUnderstoodError(ModelCallError, TerminalError):
    """The endpoint answered, and the answer is neither a text nor one call of a known tool."""


class CircuitOpenError(ModelCallError, TransientError):
    """The endpoint failed so often of late that it is left alone for a while."""
