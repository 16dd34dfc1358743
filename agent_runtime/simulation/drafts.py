"""What customers come with: drawn from the shop, with the actions and outputs that are right."""

import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal

from msgspec import Struct

from agent_runtime.simulation import wording
from agent_runtime.simulation.help_center import ANSWERED_BY
from agent_runtime.simulation.procedures import MOST_PERCENT
from agent_runtime.simulation.shop import Record, SimulatedShop, any_address, total_of
from agent_runtime.simulation.wording import Topic, Wish

Intent = Literal[
    "cancel",
    "return",
    "exchange",
    "change_address",
    "change_payment",
    "ask_order",
    "ask_product",
    "ask_human",
    "abandon",
    "discount",
    "help",
    "refused_card",
]
_FORBIDDEN_SHARE: Final = 0.15
"""Of the wishes to cancel or return: those that the order's status forbids."""
_SPOKEN: Final = {"credit_card": "my credit card", "paypal": "my PayPal account", "gift_card": "my gift card"}
ASKED_PERCENTS: Final = (5, 10, 15, 20, 30, 50)
"""Discounts that customers ask for."""
_REASONS: Final = {
    "no longer needed": "I no longer need it.",
    "ordered by mistake": "I ordered it by mistake.",
}


class Draft(Struct, kw_only=True):
    """A scenario in the making: the wish, what may be told about it, what is right."""

    wish: Wish
    user_id: str
    request: str = ""
    told: dict[Topic, str] = {}
    order: Record | None = None
    actions: tuple[tuple[str, dict[str, Any]], ...] = ()
    outputs: tuple[str, ...] = ()
    percent: int | None = None
    question: str | None = None


class ShopFacts:
    """The shop, and which of its orders suit a wish."""

    def __init__(self, shop: SimulatedShop) -> None:
        self.shop = shop
        self._orders = list(shop.orders.values())
        self._user_ids = list(shop.users)
        ordered = Counter(
            (order["user_id"], item["name"]) for order in shop.orders.values() for item in order["items"]
        )
        self.telling = {pair for pair, times in ordered.items() if times == 1}

    def pick(self, rng: random.Random, what_for: str, fits: Callable[[Record], bool]) -> Record:
        """An order that fits and that its customer can tell by a product."""
        found = [each for each in self._orders if self.telling_product(each) and fits(each)]
        if not found:
            raise ValueError(f"the shop has no order to {what_for}: give it more orders than {self._size}")
        return rng.choice(found)

    def pick_customer(self, rng: random.Random) -> str:
        """Id of a customer."""
        return rng.choice(self._user_ids)

    def telling_product(self, order: Record) -> str | None:
        """A product that the customer ordered this once."""
        names = (item["name"] for item in order["items"])
        return next((name for name in names if (order["user_id"], name) in self.telling), None)

    def methods(self, order: Record) -> dict[str, Record]:
        """Payment methods of the customer by id."""
        methods: dict[str, Record] = self.shop.users[order["user_id"]]["payment_methods"]
        return methods

    @property
    def _size(self) -> int:
        return len(self.shop.orders)


class CustomerFacts(ShopFacts):
    """The shop as if one customer alone came to it.

    Args:
        facts: The shop.
        user_id: The customer.
    """

    def __init__(self, facts: ShopFacts, user_id: str) -> None:
        self.shop = facts.shop
        self.telling = facts.telling
        self._orders = [facts.shop.orders[each] for each in facts.shop.users[user_id]["orders"]]
        self._user_ids = [user_id]


Draw = Callable[[ShopFacts, random.Random], Draft]


def _cancel(facts: ShopFacts, rng: random.Random) -> Draft:
    order = facts.pick(rng, "cancel", lambda each: each["status"] == "pending")
    reason = rng.choice(list(_REASONS))
    return Draft(
        wish="cancel",
        user_id=order["user_id"],
        order=order,
        told={"reason": _REASONS[reason]},
        actions=(("cancel_pending_order", {"order_id": order["order_id"], "reason": reason}),),
    )


def _return(facts: ShopFacts, rng: random.Random) -> Draft:
    order = facts.pick(rng, "return", lambda each: each["status"] == "delivered" and len(each["items"]) > 1)
    original = order["payment_history"][0]["payment_method_id"]
    methods = facts.methods(order)
    allowed = [key for key, each in methods.items() if key == original or each["source"] == "gift_card"]
    method = rng.choice(allowed)
    items = sorted(rng.sample(order["items"], rng.randint(1, len(order["items"]))), key=order["items"].index)
    arguments = {
        "order_id": order["order_id"],
        "item_ids": [item["item_id"] for item in items],
        "payment_method_id": method,
    }
    names = wording.listed([item["name"] for item in items])
    refund = f"Please refund it to {_SPOKEN[methods[method]['source']]}."
    return Draft(
        wish="return",
        user_id=order["user_id"],
        order=order,
        told={"items": f"It is about {names}.", "payment": refund},
        actions=(("return_delivered_order_items", arguments),),
    )


def _exchange(facts: ShopFacts, rng: random.Random) -> Draft:
    order = facts.pick(
        rng, "exchange", lambda each: each["status"] == "delivered" and bool(_paying(facts, each))
    )
    old = rng.choice(order["items"])
    variants = facts.shop.products[old["product_id"]]["variants"].values()
    new = rng.choice([each for each in variants if each["available"] and each["item_id"] != old["item_id"]])
    wanted = [f"{name} {value}" for name, value in new["options"].items() if old["options"][name] != value]
    methods = facts.methods(order)
    method = rng.choice(_paying(facts, order))
    arguments = {
        "order_id": order["order_id"],
        "item_ids": [old["item_id"]],
        "new_item_ids": [new["item_id"]],
        "payment_method_id": method,
    }
    return Draft(
        wish="exchange",
        user_id=order["user_id"],
        order=order,
        told={
            "items": f"It is about the {old['name']}.",
            "options": f"I would like {' and '.join(wanted)} instead.",
            "payment": f"The difference goes by {_SPOKEN[methods[method]['source']]}.",
        },
        actions=(("exchange_delivered_order_items", arguments),),
    )


def _paying(facts: ShopFacts, order: Record) -> list[str]:
    """Methods that can pay any difference."""
    return [key for key, each in facts.methods(order).items() if each["source"] != "gift_card"]


def _change_address(facts: ShopFacts, rng: random.Random) -> Draft:
    new = any_address(rng)
    told: dict[Topic, str] = {
        "address": "The new address is {address1}, {address2}, {city}, {state} {zip}, {country}.".format(
            **new
        )
    }
    if rng.random() < 0.5:
        user_id = facts.pick_customer(rng)
        action = ("modify_user_address", {"user_id": user_id, **new})
        return Draft(wish="profile_address", user_id=user_id, told=told, actions=(action,))
    order = facts.pick(rng, "send elsewhere", lambda each: each["status"] == "pending")
    action = ("modify_pending_order_address", {"order_id": order["order_id"], **new})
    return Draft(wish="order_address", user_id=order["user_id"], order=order, told=told, actions=(action,))


def _change_payment(facts: ShopFacts, rng: random.Random) -> Draft:
    order = facts.pick(
        rng, "pay in another way", lambda each: each["status"] == "pending" and bool(_others(facts, each))
    )
    method = rng.choice(_others(facts, order))
    spoken = _SPOKEN[facts.methods(order)[method]["source"]]
    arguments = {"order_id": order["order_id"], "payment_method_id": method}
    return Draft(
        wish="payment",
        user_id=order["user_id"],
        order=order,
        told={"payment": f"I want to use {spoken} for it."},
        actions=(("modify_pending_order_payment", arguments),),
    )


def _others(facts: ShopFacts, order: Record) -> list[str]:
    """Methods that could pay the order instead."""
    total, used = total_of(order["items"]), order["payment_history"][0]["payment_method_id"]
    methods = facts.methods(order).items()
    return [key for key, each in methods if key != used and each.get("balance", total) >= total]


def _ask_order(facts: ShopFacts, rng: random.Random) -> Draft:
    if rng.random() < 0.5:
        order = facts.pick(rng, "track", lambda each: bool(each["fulfillments"]))
        tracking: str = order["fulfillments"][0]["tracking_id"][0]
        return Draft(wish="tracking", user_id=order["user_id"], order=order, outputs=(tracking,))
    order = facts.pick(rng, "ask about", lambda _: True)
    total = f"{total_of(order['items']):.2f}"
    return Draft(wish="total", user_id=order["user_id"], order=order, outputs=(total,))


def _ask_product(facts: ShopFacts, rng: random.Random) -> Draft:
    product = rng.choice(list(facts.shop.products.values()))
    cheapest = min(each["price"] for each in product["variants"].values() if each["available"])
    request = rng.choice(wording.REQUESTS["price"]).format(product=product["name"])
    user_id = facts.pick_customer(rng)
    return Draft(wish="price", user_id=user_id, request=request, outputs=(f"{cheapest:.2f}",))


def _ask_human(facts: ShopFacts, rng: random.Random) -> Draft:
    action = ("transfer_to_human_agents", {"summary": "The customer asks for a human."})
    return Draft(wish="human", user_id=facts.pick_customer(rng), actions=(action,))


def _discount(facts: ShopFacts, rng: random.Random) -> Draft:
    order = facts.pick(rng, "give a discount on", lambda each: each["status"] == "pending")
    percent = rng.choice(ASKED_PERCENTS)
    request = rng.choice(wording.REQUESTS["discount"]).format(percent=percent)
    arguments = {"order_id": order["order_id"], "percent": min(percent, MOST_PERCENT)}
    return Draft(
        wish="discount",
        user_id=order["user_id"],
        order=order,
        request=request,
        percent=percent,
        actions=(("apply_discount", arguments),),
    )


def _help(facts: ShopFacts, rng: random.Random) -> Draft:
    question = rng.choice(list(ANSWERED_BY))
    request = rng.choice(wording.REQUESTS["help"]).format(question=question)
    fact = ANSWERED_BY[question].fact
    return Draft(
        wish="help", user_id=facts.pick_customer(rng), request=request, question=question, outputs=(fact,)
    )


def _refused_card(facts: ShopFacts, rng: random.Random) -> Draft:
    return Draft(wish="refused_card", user_id=facts.pick_customer(rng))


def _sometimes_forbidden(allowed: Draw, wish: Wish, statuses: Iterable[str]) -> Draw:
    """Draws what may be done, or now and then what the order's status forbids."""
    forbidding = frozenset(statuses)

    def draw(facts: ShopFacts, rng: random.Random) -> Draft:
        if rng.random() >= _FORBIDDEN_SHARE:
            return allowed(facts, rng)
        order = facts.pick(rng, f"refuse to {wish}", lambda each: each["status"] in forbidding)
        return Draft(wish=wish, user_id=order["user_id"], order=order, outputs=(order["status"],))

    return draw


DRAFTS: Final[dict[Intent, Draw]] = {
    "cancel": _sometimes_forbidden(_cancel, "cancel", ("processed", "delivered")),
    "return": _sometimes_forbidden(_return, "return", ("pending", "processed")),
    "exchange": _exchange,
    "change_address": _change_address,
    "change_payment": _change_payment,
    "ask_order": _ask_order,
    "ask_product": _ask_product,
    "ask_human": _ask_human,
    "discount": _discount,
    "help": _help,
    "refused_card": _refused_card,
}
"""Every intent but to abandon, which begins as one of the others."""
ABANDONABLE: Final[tuple[Draw, ...]] = (_cancel, _return, _exchange, _change_address)
"""Wishes that end in a request for confirmation, and may be dropped there."""
