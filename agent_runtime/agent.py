"""An agent's configuration, and how a conversation with it may end."""

from typing import Generic, TypeVar

from msgspec import Struct

from agent_runtime.tools import ToolRegistry
from streaming.contract.payloads import Outcome

StoreT = TypeVar("StoreT")


class Bounds(Struct, frozen=True, kw_only=True):
    """Where a conversation ends in a hand-over, whatever the model wants."""

    max_steps: int = 30
    """Model calls a conversation."""
    deadline_s: float = 3_600.0
    """Seconds from the first message."""
    cost_usd: float = 5.0
    """US dollars spent on the model."""


class Agent(Struct, Generic[StoreT], frozen=True, kw_only=True):
    """A configured agent: who it is, what it may do and how far it may go."""

    name: str
    version: str
    policy: str
    tools: ToolRegistry[StoreT]
    permissions: frozenset[str]
    """What it may do, of what its tools ask for: nothing that is not here."""
    bounds: Bounds = Bounds()
    context_tokens: int = 128_000
    """Tokens that the model may be shown, tools and policy included."""


class Ending(Struct, frozen=True, kw_only=True):
    """How a conversation ended."""

    outcome: Outcome
    reason: str
