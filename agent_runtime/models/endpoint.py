"""Where a model is served, and how it is asked (spec A10)."""

from typing import Final

from msgspec import Struct

from agent_runtime.models.dialects import ToolMode
from agent_runtime.models.prices import Price

FREE: Final = Price(0.0, 0.0)
"""Of a model that one serves oneself: its tokens have no list price."""


class Timeouts(Struct, frozen=True, kw_only=True):
    """How long a call may take, seconds."""

    connect_s: float = 5.0
    """Until the endpoint accepts the connection."""
    first_token_s: float = 30.0
    """From the call to the first token."""
    whole_s: float = 120.0
    """From the call to the last token."""


class Endpoint(Struct, frozen=True, kw_only=True):
    """An OpenAI-compatible endpoint.

    Attributes:
        base_url: Up to and with ``/v1``.
        model: The model's name there.
        api_key: Bearer token; none is sent where it is empty.
        provider: Who serves it, as events tell it.
        price: What its tokens cost.
        timeouts: How long a call may take.
        max_output_tokens: Where an answer is cut; a cut answer is an error.
        temperature: 0 to 2; at 0 the likeliest token is always taken.
        frequency_penalty: -2 to 2; above 0 a token gets less likely each time that it comes.
        tool_mode: How tools are told to it, see :mod:`~agent_runtime.models.dialects`.
    """

    base_url: str
    model: str
    api_key: str = ""
    provider: str = "openai_compatible"
    price: Price = FREE
    timeouts: Timeouts = Timeouts()
    max_output_tokens: int = 1_024
    temperature: float = 0.0
    frequency_penalty: float = 0.0
    tool_mode: ToolMode = "native"

    @property
    def url(self) -> str:
        """Where chat completions are."""
        return f"{self.base_url.rstrip('/')}/chat/completions"

    def __str__(self) -> str:
        """As errors name it: without the key."""
        return f"{self.model} at {self.base_url}"
