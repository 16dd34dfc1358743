"""What models cost, as their makers list it. US dollars a million tokens."""

from typing import Final

from msgspec import Struct

from agent_runtime.errors import ModelError


class Price(Struct, frozen=True):
    """List price of a model, US dollars a million tokens."""

    input_usd: float
    output_usd: float

    def cost_usd(self, input_tokens: int, output_tokens: int) -> float:
        """The cost of one call in US dollars."""
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / 1_000_000


# OpenAI's public API price list of mid-2025, without cached-input discounts.
LIST_PRICES: Final = {
    "gpt-4.1-mini": Price(0.40, 1.60),
    "gpt-4.1": Price(2.00, 8.00),
    "gpt-4o-mini": Price(0.15, 0.60),
    "gpt-4o": Price(2.50, 10.00),
}


def price_of(model: str) -> Price:
    """The list price of a model; a dated name such as ``gpt-4o-2024-11-20`` counts as its family.

    Raises:
        ModelError: No price is listed.
    """
    for family in sorted(LIST_PRICES, key=len, reverse=True):
        if model == family or model.startswith(f"{family}-20"):
            return LIST_PRICES[family]
    raise ModelError(f"no list price for model {model!r}: add it to agent_runtime/models/prices.py")
