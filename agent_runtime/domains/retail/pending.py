"""Tools that change orders which have not left yet."""

import json
from typing import Literal

from agent_runtime.domains.retail.documents import Address, Order, Payment
from agent_runtime.domains.retail.items import price_difference, replacements
from agent_runtime.domains.retail.payments import charge, paid, payment_method, require_balance
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.errors import ToolRefusal
from agent_runtime.tools import tool


@tool(effect="write", idempotent=True)
def cancel_pending_order(
    store: RetailStore,
    order_id: str,
    reason: Literal["no longer needed", "ordered by mistake"],
) -> str:
    """Cancel a pending order and refund what was paid for it.

    Orders that are processed or delivered cannot be cancelled. A gift card is refunded
    at once, other methods within 5 to 7 business days. Explain the details and get the
    customer's explicit yes before calling. Answers the order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        reason: Why the customer cancels.
    """
    order = _pending(store, order_id, "cancelled")
    user = store.user(order["user_id"])
    refunds = [paid(-each["amount"], each["payment_method_id"]) for each in order["payment_history"]]
    for refund in refunds:
        charge(payment_method(user, refund["payment_method_id"]), -refund["amount"])
    order["status"] = "cancelled"
    order["cancel_reason"] = reason
    order["payment_history"] += refunds
    with store.transaction():
        store.put_user(order["user_id"], user)
        store.put_order(order)
    return json.dumps(order)


@tool(effect="write", idempotent=True)
def modify_pending_order_address(
    store: RetailStore,
    order_id: str,
    *,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,  # noqa: A002 - the argument's public name
) -> str:
    """Change where a pending order is shipped to.

    Explain the details and get the customer's explicit yes before calling. Answers the
    order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        address1: First line of the address, such as '123 Main St'.
        address2: Second line of the address, such as 'Apt 1', or ''.
        city: The city, such as 'San Francisco'.
        state: The state, such as 'CA'.
        country: The country, such as 'USA'.
        zip: The zip code, such as '12345'.
    """
    order = _pending(store, order_id, "modified")
    order["address"] = Address(
        address1=address1, address2=address2, city=city, state=state, country=country, zip=zip
    )
    with store.transaction():
        store.put_order(order)
    return json.dumps(order)


@tool(effect="write", idempotent=True)
def modify_pending_order_items(
    store: RetailStore,
    order_id: str,
    item_ids: list[str],
    new_item_ids: list[str],
    payment_method_id: str,
) -> str:
    """Replace items of a pending order by other variants of the same products.

    It can be done once an order. Explain the details and get the customer's explicit
    yes before calling. Answers the order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        item_ids: Ids of the items to replace, such as '1008292230'; one for each piece.
        new_item_ids: Ids of the items to get instead, in the same places as item_ids.
        payment_method_id: Where the price difference is paid from or refunded to.
    """
    order = _pending(store, order_id, "modified")
    swaps = replacements(store, order, item_ids, new_item_ids)
    difference = price_difference(swaps)
    user = store.user(order["user_id"])
    method = payment_method(user, payment_method_id)
    require_balance(method, difference, "new item")
    charge(method, difference)
    order["payment_history"].append(paid(difference, payment_method_id))
    for old, new in swaps:
        old["item_id"], old["price"], old["options"] = new["item_id"], new["price"], new["options"]
    order["status"] = "pending (item modified)"
    with store.transaction():
        store.put_user(order["user_id"], user)
        store.put_order(order)
    return json.dumps(order)


@tool(effect="write", idempotent=True)
def modify_pending_order_payment(store: RetailStore, order_id: str, payment_method_id: str) -> str:
    """Pay a pending order by another method.

    The old method is refunded: a gift card at once, others within 5 to 7 business days.
    Explain the details and get the customer's explicit yes before calling. Answers the
    order as it is afterwards.

    Args:
        order_id: The order id with its leading '#', such as '#W0000000'.
        payment_method_id: The new method, such as 'gift_card_0000000'.
    """
    order = _pending(store, order_id, "modified")
    user = store.user(order["user_id"])
    method = payment_method(user, payment_method_id)
    old = _only_payment(order)
    if old["payment_method_id"] == payment_method_id:
        raise ToolRefusal("the new payment method should be different from the current one")
    amount = old["amount"]
    require_balance(method, amount, "order")
    charge(method, amount)
    charge(payment_method(user, old["payment_method_id"]), -amount)
    order["payment_history"] += [paid(amount, payment_method_id), paid(-amount, old["payment_method_id"])]
    with store.transaction():
        store.put_user(order["user_id"], user)
        store.put_order(order)
    return json.dumps(order)


def _pending(store: RetailStore, order_id: str, what: str) -> Order:
    order = store.order(order_id)
    if order["status"] != "pending":
        raise ToolRefusal(f"non-pending order cannot be {what}")
    return order


def _only_payment(order: Order) -> Payment:
    if [each["transaction_type"] for each in order["payment_history"]] != ["payment"]:
        raise ToolRefusal("there should be exactly one payment for a pending order")
    return order["payment_history"][0]
