"""Whether a required output can be known at all: from the customer's documents, or reckoned from them."""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, Final

from agent_runtime.domains.retail import RetailStore
from agent_runtime.messages import ToolCall
from analytics.evals.cases import Case
from analytics.evals.worlds import World

_MOST_ITEMS: Final = 8
"""Orders with more items are not tried in all their parts."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")

Record = dict[str, Any]


def unsupported_outputs(case: Case, world: World) -> list[str]:
    """Required outputs that stand nowhere and are no sum that the case is about.

    Tried are the customer's profile and orders, all products, the prices of every part of an
    order, the money that the writes of the ground truth move, and what they leave on a gift card.
    """
    store = world.open(case)
    orders = [dict(store.order(key)) for key in _orders(store, case)]
    texts = [json.dumps(one).lower() for one in orders]
    texts += [(store.text_of("users", case.task.user_id) or "").lower(), case.task.instruction.lower()]
    texts += [text.lower() for text in world.database.shop.texts["products"].values()]
    moved = list(_moved(case.task.actions, orders, world))
    left = [balance + amount for balance in _balances(store, case) for amount in moved]
    cents = {round(100 * abs(amount)) for amount in (*_parts(orders), *moved, *left)}
    store.forget()
    return [
        output
        for output in case.task.outputs
        if not any(output.lower() in text for text in texts)
        and not (_NUMBER.fullmatch(output) and round(100 * float(output)) in cents)
    ]


def _orders(store: RetailStore, case: Case) -> list[str]:
    text = store.text_of("users", case.task.user_id)
    return list(json.loads(text)["orders"]) if text else []


def _balances(store: RetailStore, case: Case) -> list[float]:
    text = store.text_of("users", case.task.user_id)
    methods = json.loads(text)["payment_methods"].values() if text else ()
    return [each["balance"] for each in methods if "balance" in each]


def _parts(orders: Iterable[Record]) -> Iterator[float]:
    for order in orders:
        prices = [item["price"] for item in order["items"]]
        for size in range(1, len(prices) + 1):
            if len(prices) <= _MOST_ITEMS or size == len(prices):
                yield from (sum(part) for part in combinations(prices, size))


def _moved(actions: Iterable[ToolCall], orders: Iterable[Record], world: World) -> Iterator[float]:
    """What each write pays back or costs, and every sum of several."""
    held = {order["order_id"]: order for order in orders}
    amounts = [
        _amount(action, held[action.arguments["order_id"]], world)
        for action in actions
        if action.arguments.get("order_id") in held
    ]
    moving = [amount for amount in amounts if amount][:_MOST_ITEMS]
    for size in range(1, len(moving) + 1):
        for part in combinations(moving, size):
            yield sum(part)


def _amount(action: ToolCall, order: Record, world: World) -> float:
    prices = {item["item_id"]: item["price"] for item in order["items"]}
    given = sum(prices.get(each, 0.0) for each in action.arguments.get("item_ids", ()))
    match action.name:
        case "cancel_pending_order":
            return float(sum(item["price"] for item in order["items"]))
        case "return_delivered_order_items":
            return float(given)
        case "exchange_delivered_order_items" | "modify_pending_order_items":
            return float(given - sum(_price(each, world) for each in action.arguments["new_item_ids"]))
        case _:
            return 0.0


def _price(item_id: str, world: World) -> float:
    for text in world.database.shop.texts["products"].values():
        if f'"{item_id}"' in text:
            return float(json.loads(text)["variants"].get(item_id, {"price": 0.0})["price"])
    return 0.0
