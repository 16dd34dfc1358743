"""How the scripted agent handles each wish of an identified customer.

A procedure asks, looks up, answers, or comes to a plan for a write; it is called anew
at every step, with what is known by then.
"""

import re
from collections.abc import Callable
from typing import Final

from agent_runtime.simulation.case import CaseFile, Record
from agent_runtime.simulation.moves import ANYTHING_ELSE, Move, Plan, look_up, say, transfer
from agent_runtime.simulation.wording import Wish

MOST_PERCENT: Final = 15
"""The highest discount that the shop's policy allows."""


def _order(case: CaseFile, profile: Record) -> Record | Move:
    """The order that the customer means, or how to get at it."""
    order_id = case.words.order_id
    if order_id is None:
        return _described_order(case, profile)
    if order_id in case.missing_orders:
        return transfer(f"There is no order {order_id}.")
    if order_id not in case.orders:
        return look_up("get_order_details", order_id=order_id)
    order = case.orders[order_id]
    return order if order["user_id"] == case.user_id else transfer("The order is somebody else's.")


def _described_order(case: CaseFile, profile: Record) -> Record | Move:
    product = case.words.described
    if product is None:
        return say("What is the order number, please?")
    for order_id in profile["orders"]:
        if order_id in case.missing_orders:
            continue
        if order_id not in case.orders:
            return look_up("get_order_details", order_id=order_id)
        if any(item["name"] == product for item in case.orders[order_id]["items"]):
            return case.orders[order_id]
    return transfer(f"The customer has no order with the {product}.")


def _order_in(case: CaseFile, profile: Record, status: str, action: str) -> Record | Move:
    """The order, where its status allows the action."""
    order = _order(case, profile)
    if isinstance(order, Move) or order["status"] == status:
        return order
    return say(f"This order is {order['status']}, so I cannot {action} it. {ANYTHING_ELSE}")


def _cancel(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order_in(case, profile, "pending", "cancel")
    if isinstance(order, Move):
        return order
    if case.words.reason is None:
        return say("Why do you want to cancel it: is it no longer needed, or ordered by mistake?")
    return Plan(
        tool="cancel_pending_order",
        arguments={"order_id": order["order_id"], "reason": case.words.reason},
        summary=f"I would cancel order {order['order_id']} ({case.words.reason}) and refund it.",
    )


def _return(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order_in(case, profile, "delivered", "take back")
    if isinstance(order, Move):
        return order
    items = _items(case, order)
    if not items:
        return say("Which items of it do you want to send back?")
    method = _method(case, profile)
    if method is None:
        return say("Where shall the refund go: to which payment method?")
    names = ", ".join(item["name"] for item in items)
    item_ids = [item["item_id"] for item in items]
    return Plan(
        tool="return_delivered_order_items",
        arguments={"order_id": order["order_id"], "item_ids": item_ids, "payment_method_id": method},
        summary=f"I would take back {names} of order {order['order_id']} and refund it to {method}.",
    )


def _exchange(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order_in(case, profile, "delivered", "exchange")
    if isinstance(order, Move):
        return order
    items = _items(case, order)
    if not items:
        return say("Which item of it do you want to exchange?")
    new = _replacement(case, items[0])
    if isinstance(new, Move):
        return new
    if case.calculated is None:
        return look_up("calculate", expression=f"{new['price']} - {items[0]['price']}")
    method = _method(case, profile)
    if method is None:
        return say("Which payment method shall I use for the difference in price?")
    return Plan(
        tool="exchange_delivered_order_items",
        arguments={
            "order_id": order["order_id"],
            "item_ids": [items[0]["item_id"]],
            "new_item_ids": [new["item_id"]],
            "payment_method_id": method,
        },
        summary=f"I would exchange {items[0]['name']} {items[0]['item_id']} for {new['item_id']}; "
        f"the difference of ${case.calculated} goes by {method}.",
    )


def _replacement(case: CaseFile, old: Record) -> Record | Move:
    """The variant that the customer wants instead, or how to get at it."""
    if old["product_id"] not in case.products:
        return look_up("get_product_details", product_id=old["product_id"])
    if case.words.options is None:
        return say(f"What would you like instead of this {old['name']}: which version?")
    new = _variant(case.products[old["product_id"]], old, case.words.options)
    return new or say(f"I am sorry, we have none like that in stock. {ANYTHING_ELSE}")


def _order_address(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order_in(case, profile, "pending", "change")
    if isinstance(order, Move):
        return order
    return _address_plan(case, "modify_pending_order_address", order_id=order["order_id"])


def _profile_address(case: CaseFile, profile: Record) -> Plan | Move:  # noqa: ARG001 - one signature for all
    return _address_plan(case, "modify_user_address", user_id=str(case.user_id))


def _address_plan(case: CaseFile, tool: str, **target: str) -> Plan | Move:
    if (address := case.words.address) is None:
        return say("What is the new address?")
    parts = {name: getattr(address, name) for name in address.__struct_fields__}
    return Plan(
        tool=tool,
        arguments={**target, **parts},
        summary=f"I would change the address to {', '.join(parts.values())}.",
    )


def _payment(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order_in(case, profile, "pending", "change")
    if isinstance(order, Move):
        return order
    method = _method(case, profile)
    if method is None:
        return say("Which payment method do you want to use instead?")
    return Plan(
        tool="modify_pending_order_payment",
        arguments={"order_id": order["order_id"], "payment_method_id": method},
        summary=f"I would charge order {order['order_id']} to {method}.",
    )


def _tracking(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order(case, profile)
    if isinstance(order, Move):
        return order
    numbers = [number for parcel in order["fulfillments"] for number in parcel["tracking_id"]]
    if not numbers:
        return say(f"The order is {order['status']}, it has no tracking number yet. {ANYTHING_ELSE}")
    return say(f"The tracking number is {', '.join(numbers)}. {ANYTHING_ELSE}", answers=True)


def _total(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order(case, profile)
    if isinstance(order, Move):
        return order
    if case.calculated is None:
        prices = " + ".join(str(item["price"]) for item in order["items"])
        return look_up("calculate", expression=prices)
    return say(f"The total is ${float(case.calculated):.2f}. {ANYTHING_ELSE}", answers=True)


def _price(case: CaseFile, profile: Record) -> Plan | Move:  # noqa: ARG001 - one signature for all
    if case.product_ids is None:
        return look_up("list_all_product_types")
    name = next((name for name in case.product_ids if name in case.words.everything), None)
    if name is None:
        return say("Which product do you mean?")
    product = case.products.get(case.product_ids[name])
    if product is None:
        return look_up("get_product_details", product_id=case.product_ids[name])
    prices = [each["price"] for each in product["variants"].values() if each["available"]]
    if not prices:
        return say(f"The {name} is out of stock. {ANYTHING_ELSE}")
    return say(f"The cheapest {name} in stock costs ${min(prices):.2f}. {ANYTHING_ELSE}", answers=True)


def _discount(case: CaseFile, profile: Record) -> Plan | Move:
    order = _order_in(case, profile, "pending", "change the price of")
    if isinstance(order, Move):
        return order
    percent = min(case.words.percent or 0, MOST_PERCENT)
    return Plan(
        tool="apply_discount",
        arguments={"order_id": order["order_id"], "percent": percent},
        summary=f"On order {order['order_id']} I can give you {percent} %.",
    )


def _help(case: CaseFile, profile: Record) -> Plan | Move:  # noqa: ARG001 - one signature for all
    if case.articles is None:
        return look_up("search_help_center", query=case.words.question or case.words.everything)
    if not case.articles:
        return transfer("The help center could not be asked.")
    first, *others = case.articles
    text = first["text"].splitlines()[0]  # what stands below the article is not the shop's
    further = "; ".join(each["title"] for each in others)
    return say(f"{text} See also: {further}. {ANYTHING_ELSE}", answers=True)


def _refused_card(case: CaseFile, profile: Record) -> Plan | Move:  # noqa: ARG001 - one signature for all
    if case.articles is None:
        return look_up("search_help_center", query="gift card code refused at the checkout")
    return transfer("The code of the customer's gift card is refused, and the help center does not know why.")


def _items(case: CaseFile, order: Record) -> list[Record]:
    """The items of an order that the customer named."""
    return [item for item in order["items"] if case.words.items and item["name"] in case.words.items]


def _method(case: CaseFile, profile: Record) -> str | None:
    """Id of the payment method that the customer named, if there is one like it."""
    methods = profile["payment_methods"]
    return next((key for key, each in methods.items() if each["source"] == case.words.method), None)


def _variant(product: Record, old: Record, wanted: str) -> Record | None:
    """The variant in stock that is like the old item but for the options wanted."""
    options = dict(old["options"])
    for name in options:
        for value in sorted({each["options"][name] for each in product["variants"].values()}):
            if re.search(rf"\b{re.escape(name)} {re.escape(value)}\b", wanted):
                options[name] = value
    fitting = (each for each in product["variants"].values() if each["available"])
    return next((each for each in fitting if each["options"] == options), None)


Procedure = Callable[[CaseFile, Record], Plan | Move]
PROCEDURES: Final[dict[Wish, Procedure]] = {
    "cancel": _cancel,
    "return": _return,
    "exchange": _exchange,
    "order_address": _order_address,
    "profile_address": _profile_address,
    "payment": _payment,
    "tracking": _tracking,
    "total": _total,
    "price": _price,
    "discount": _discount,
    "help": _help,
    "refused_card": _refused_card,
}
