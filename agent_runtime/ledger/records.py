"""What the ledger keeps of an effect, and what keeps it."""

from typing import Protocol

from msgspec import Struct

from streaming.contract.payloads import EffectState


class EffectRecord(Struct, frozen=True, kw_only=True, gc=False):
    """One effect: where it was first asked for, and what became of it.

    Attributes:
        key: The idempotency key.
        conversation_id: Whose effect it is.
        turn: Customer messages so far when it was first asked for.
        occurrence: Which one of the same effects asked for in that turn, from 1.
        tool: The tool.
        arguments: What makes it this effect, as canonical JSON.
        call: All arguments, as JSON: what a repeat calls with.
        state: attempted before the call leaves; then succeeded, failed (it did not happen) or unknown.
        attempts: Calls that left under the key.
        answer: What the tool answered.
        asked_turn: The turn in which the runtime last said that it was done already, so that the
            customer could be asked; None where it never had to.
        undone: Whether it was taken back since.
        left_ns: When the last call left, ns since the epoch.
    """

    key: str
    conversation_id: str
    turn: int
    occurrence: int
    tool: str
    arguments: str
    call: str
    state: EffectState = "attempted"
    attempts: int = 0
    answer: str = ""
    asked_turn: int | None = None
    undone: bool = False
    left_ns: int = 0

    @property
    def settled(self) -> bool:
        """Whether it is known what became of the effect."""
        return self.state in ("succeeded", "failed")

    @property
    def stands(self) -> bool:
        """Whether it happened and was not taken back."""
        return self.state == "succeeded" and not self.undone


class LedgerStore(Protocol):
    """Keeps records. What a method wrote is durable when it returns.

    Every method raises :class:`~agent_runtime.errors.LedgerError` where the store cannot be reached.
    """

    async def records(self, conversation_id: str) -> list[EffectRecord]:
        """All records of a conversation, oldest first."""
        ...

    async def put(self, record: EffectRecord) -> None:
        """Writes a record, in place of an earlier one under its key."""
        ...

    async def unsettled(self, left_before_ns: int) -> list[EffectRecord]:
        """Records of all conversations that are attempted or unknown since before a time, oldest first."""
        ...

    async def settled_conversations(self, left_before_ns: int, *, skip: int, limit: int) -> list[str]:
        """Conversations of whose effects all are settled and none left since a time, the oldest first.

        Args:
            left_before_ns: The time, ns since the epoch.
            skip: How many of them to leave out, from the beginning.
            limit: How many at most.
        """
        ...

    async def forget(self, conversation_id: str) -> None:
        """Removes the records of a conversation."""
        ...

    async def aclose(self) -> None:
        """Closes files and connections."""
        ...
