"""What a tool call came to."""

from typing import Literal

from msgspec import Struct

from streaming.contract.payloads import EffectState

ToolErrorType = Literal[
    "refused",
    "invalid_arguments",
    "unknown_tool",
    "permission_denied",
    "blocked",
    "repeated_failure",
    "too_many_calls",
    "unavailable",
    "timeout",
    "tool_failed",
    "invalid_result",
    "outcome_unknown",
    "not_done",
]
"""Why a call did not do what was asked, as ``error.type`` of the event.

refused: the tool's own answer. invalid_arguments, unknown_tool: the model's mistake.
permission_denied, blocked, repeated_failure, too_many_calls: the runtime did not let it leave.
unavailable: the tool said that trying again may help. timeout, tool_failed: a read that did not
come back, or broke. invalid_result: its answer is no text. outcome_unknown: a write of which nobody
knows whether it happened. not_done: a write that was found not to have happened, and is the customer's
to ask for again.
"""


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a call came to.

    Attributes:
        text: The answer of the tool, or of the runtime in its place.
        ok: Whether the tool did what was asked.
        error_type: Why not, as ``error.type`` of the event; None where it did.
        essence: The essential fields of the answer, where the tool declares some.
        notice: What the runtime tells the model beside the answer.
        state: What the ledger says of the effect.
        from_ledger: Whether the answer is an earlier one: the effect had happened already.
        key: The effect's idempotency key, where it is one.
    """

    text: str
    ok: bool = True
    error_type: ToolErrorType | None = None
    essence: str | None = None
    notice: str = ""
    state: EffectState | None = None
    from_ledger: bool = False
    key: str | None = None

    def for_model(self) -> str:
        """What the model reads."""
        text = self.text if self.essence is None else self.essence
        return f"{text}\n\n[{self.notice}]" if self.notice else text
