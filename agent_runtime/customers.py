"""The other side of a conversation: recorded or simulated."""

from typing import Protocol

from msgspec import Struct


class CustomerMessage(Struct, frozen=True):
    """What a customer says.

    Attributes:
        text: The words.
        final: Whether the customer leaves with them and expects no answer.
        think_ns: How long the customer took, where a recorded clock needs to be told.
    """

    text: str
    final: bool = False
    think_ns: int = 0


class Customer(Protocol):
    """Somebody who opens a conversation and replies until satisfied."""

    def opening(self) -> CustomerMessage:
        """The first message."""
        ...

    def reply(self, agent_text: str) -> CustomerMessage | None:
        """The answer to the agent, or None where the customer left without a word."""
        ...
