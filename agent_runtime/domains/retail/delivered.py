"""Tools that change orders which have arrived."""

import json

from agent_runtime.domains.retail.documents import Order
from agent_runtime.domains.retail.items import missing_item, price_difference, replacements
from agent_runtime.domains.retail.payments import is_gift_card, payment_method, require_balance, round_cents
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.errors import ToolRefusal
from agent_runtime.tools import tool


@tool(effect="write", idempotent=True)
def return_delivered_order_items(
    store: RetailStore, order_id: str, item_ids: list[str], payment_method_id: str
) -> str:
    """Request the return of items of a delivered order.

    The refund goes to the original payment method or to a gift card, and the customer
    gets an e-mail on how to send the items back. Explain the details and get the
    customer's explicit yes before calling. Answers the order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        item_ids: Ids of the items to return, such as '1008292230'; one for each piece.
        payment_method_id: Where the refund goes, such as 'gift_card_0000000'.
    """
    order = _delivered(store, order_id, "returned")
    method = payment_method(store.user(order["user_id"]), payment_method_id)
    original = order["payment_history"][0]["payment_method_id"]
    if payment_method_id != original and not is_gift_card(method):
        raise ToolRefusal("payment method should be either the original payment method or a gift card")
    if missing_item(order, item_ids) is not None:
        raise ToolRefusal("some item not found")
    order["status"] = "return requested"
    order["return_items"] = sorted(item_ids)
    order["return_payment_method_id"] = payment_method_id
    with store.transaction():
        store.put_order(order)
    return json.dumps(order)


@tool(effect="write", idempotent=True)
def exchange_delivered_order_items(
    store: RetailStore,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> str:
    """Request the exchange of items of a delivered order for variants of the same products.

    A delivered order can be returned or exchanged once. The price difference is settled
    when the items have arrived. Explain the details and get the customer's explicit yes
    before calling. Answers the order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        item_ids: Ids of the items to send back, such as '1008292230'; one for each piece.
        new_item_ids: Ids of the items to get instead, in the same places as item_ids.
        payment_method_id: Where the price difference is paid from or refunded to.
    """
    order = _delivered(store, order_id, "exchanged")
    difference = round_cents(price_difference(replacements(store, order, item_ids, new_item_ids)))
    method = payment_method(store.user(order["user_id"]), payment_method_id)
    require_balance(method, difference, "price difference")
    order["status"] = "exchange requested"
    order["exchange_items"] = sorted(item_ids)
    order["exchange_new_items"] = sorted(new_item_ids)
    order["exchange_payment_method_id"] = payment_method_id
    order["exchange_price_difference"] = difference
    with store.transaction():
        store.put_order(order)
    return json.dumps(order)


def _delivered(store: RetailStore, order_id: str, what: str) -> Order:
    order = store.order(order_id)
    if order["status"] != "delivered":
        raise ToolRefusal(f"non-delivered order cannot be {what}")
    return order
