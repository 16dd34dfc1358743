"""Pieces in an order, and variants that may replace them."""

from collections import Counter

from agent_runtime.domains.retail.documents import Order, OrderItem, Variant
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.errors import ToolRefusal

Swap = tuple[OrderItem, Variant]
"""A piece of the order and what replaces it."""


def missing_item(order: Order, item_ids: list[str]) -> str | None:
    """The first id that is asked for more often than the order holds it, or None."""
    held = Counter(item["item_id"] for item in order["items"])
    asked = Counter(item_ids)
    return next((each for each in item_ids if asked[each] > held[each]), None)


def replacements(
    store: RetailStore, order: Order, item_ids: list[str], new_item_ids: list[str]
) -> list[Swap]:
    """Pairs each piece with the variant that is to replace it.

    Raises:
        ToolRefusal: A piece is not in the order, the lists differ in length, or a new
            item is not an available variant of the same product.
    """
    missing = missing_item(order, item_ids)
    if missing is not None:
        raise ToolRefusal(f"{missing} not found")
    if len(item_ids) != len(new_item_ids):
        raise ToolRefusal("the number of items to be exchanged should match")
    left = list(order["items"])
    swaps = []
    for item_id, new_item_id in zip(item_ids, new_item_ids, strict=True):
        piece = next(each for each in left if each["item_id"] == item_id)
        left = [each for each in left if each is not piece]
        swaps.append((piece, _variant(store, piece["product_id"], new_item_id)))
    return swaps


def price_difference(swaps: list[Swap]) -> float:
    """What the customer still owes for the new items, US dollars, not rounded; negative for a refund."""
    return sum(new["price"] - old["price"] for old, new in swaps)


def _variant(store: RetailStore, product_id: str, item_id: str) -> Variant:
    variant = store.product(product_id)["variants"].get(item_id)
    if variant is None or not variant["available"]:
        raise ToolRefusal(f"new item {item_id} not found or available")
    return variant
