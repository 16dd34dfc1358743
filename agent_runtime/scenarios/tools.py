"""Tools of the scenarios' shop: the retail domain's, the help center, and a write that nothing guards."""

import json
from collections.abc import Callable
from typing import Final, cast

from msgspec import Struct

from agent_runtime.domains.retail.documents import Payment
from agent_runtime.domains.retail.payments import round_cents
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.tools import ToolRegistry, tool


class Found(Struct, frozen=True):
    """An article as an agent reads it."""

    id: str
    title: str
    text: str


class ShopStore(RetailStore):
    """The shop in one conversation, with its help center.

    Args:
        database: The shop's database.
        conversation_id: Whose overlay to read and write.
        search: Searches the help center, best article first.
    """

    def __init__(
        self, database: RetailDatabase, conversation_id: str, search: Callable[[str], list[Found]]
    ) -> None:
        super().__init__(database, conversation_id)
        self.search = search


@tool(effect="read")
def search_help_center(store: ShopStore, query: str) -> str:
    """Search the help center for the rules of the shop; answers articles, the best one first.

    Args:
        query: What the customer wants to know.
    """
    found = [{"id": each.id, "title": each.title, "text": each.text} for each in store.search(query)]
    return json.dumps(found)


@tool(effect="write", fact="{percent} % discount on order {order_id}")
def apply_discount(store: ShopStore, order_id: str, percent: int) -> str:
    """Take a discount off an order, as a refund of a part of its price. Policy: 15 % at most, once an order.

    Explain it and get the customer's explicit yes before calling. Answers the order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        percent: How much, of the price of its items, 1 to 100.
    """
    order = store.order(order_id)
    amount = round_cents(sum(item["price"] for item in order["items"]) * percent / 100)
    refund: Payment = {
        "transaction_type": "refund",
        "amount": amount,
        "payment_method_id": order["payment_history"][0]["payment_method_id"],
    }
    order["payment_history"].append(refund)
    with store.transaction():
        store.put_order(order)
    return json.dumps(order)


SHOP_TOOLS: Final[ToolRegistry[ShopStore]] = ToolRegistry(
    [*cast("ToolRegistry[ShopStore]", RETAIL_TOOLS), search_help_center, apply_discount]
)
"""All of them. ``apply_discount`` trusts its caller: neither the cap nor "once" is in the tool."""
