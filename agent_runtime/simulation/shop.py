"""An invented shop in the JSON shape of the public retail data: customers, products, orders."""

import itertools
import random
from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct

from agent_runtime.simulation import catalogue
from agent_runtime.simulation.randomness import seeded

Record = dict[str, Any]

_STATUSES: Final = {
    "pending": 40,
    "delivered": 37,
    "processed": 10,
    "cancelled": 6,
    "return requested": 3,
    "exchange requested": 2,
    "pending (item modified)": 2,
}
"""Orders in a hundred by status; each occurs, where the shop has ten orders or more."""


class ShopSize(Struct, frozen=True, kw_only=True):
    """How much of everything a shop has."""

    customers: int = 200
    products: int = 30
    orders: int = 400


class SimulatedShop(Struct, frozen=True, kw_only=True):
    """A whole shop, each table by its id, in the shape of the public retail data."""

    users: dict[str, Record]
    products: dict[str, Record]
    orders: dict[str, Record]

    def documents(self) -> dict[str, dict[str, Record]]:
        """The three tables by name, as the retail domain's ``load_shop`` takes them."""
        return {"users": self.users, "products": self.products, "orders": self.orders}


def build_shop(seed: int, size: ShopSize | None = None) -> SimulatedShop:
    """Builds the shop of a seed.

    Args:
        seed: Equal seeds and sizes give equal shops.
        size: How large; small by default.

    Raises:
        ValueError: A size below one, or more products than there are kinds to sell.
    """
    size = size or ShopSize()
    _check(size)
    ids = _Ids(seeded(seed, "ids"))
    products = _products(seeded(seed, "products"), ids, size.products)
    users = _users(seeded(seed, "users"), ids, size.customers)
    orders = _orders(seeded(seed, "orders"), ids, size.orders, users=users, products=products)
    return SimulatedShop(users=users, products=products, orders=orders)


def build_complete_shop(seed: int, customers: int) -> SimulatedShop:
    """Builds a shop in which every customer can come with every intent.

    Each has a card and a PayPal account, an order that is pending, one of several items that was
    delivered and one that is on its way, of products that the customer did not order twice.

    Args:
        seed: Equal arguments give equal shops.
        customers: How many.

    Raises:
        ValueError: None at all.
    """
    _check(ShopSize(customers=customers, orders=3 * customers))
    ids = _Ids(seeded(seed, "ids"))
    products = _products(seeded(seed, "products"), ids, len(catalogue.PRODUCT_TYPES))
    users = _users(seeded(seed, "users"), ids, customers, _sound_sources)
    rng = seeded(seed, "orders")
    orders = {}
    for user_id, user in users.items():
        dealt = rng.sample(list(products.values()), 12)
        for place, status in enumerate(("pending", "delivered", "processed")):
            order_id = ids.new("#W", 7)
            few = dealt[4 * place : 4 * place + 4]
            order = _order(
                rng, ids, status, user=user, products=few, fewest=2 if status == "delivered" else 1
            )
            orders[order_id] = {"order_id": order_id, "user_id": user_id, **order}
            user["orders"].append(order_id)
    return SimulatedShop(users=users, products=products, orders=orders)


def total_of(items: list[Record]) -> float:
    """The price of items together, US dollars to the cent."""
    prices: list[float] = [item["price"] for item in items]
    return round(sum(prices), 2)


class _Ids:
    """Ids that never repeat within a shop."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._given: set[str] = set()

    def new(self, prefix: str, digits: int) -> str:
        while True:
            made = f"{prefix}{self._rng.randrange(10 ** (digits - 1), 10**digits)}"
            if made not in self._given:
                self._given.add(made)
                return made


def _check(size: ShopSize) -> None:
    if min(size.customers, size.products, size.orders) < 1:
        raise ValueError(f"a shop needs at least one customer, product and order, got {size}")
    if size.products > (known := len(catalogue.PRODUCT_TYPES)):
        raise ValueError(f"the catalogue has {known} kinds of product, {size.products} were asked for")


def _products(rng: random.Random, ids: _Ids, count: int) -> dict[str, Record]:
    made = {}
    for kind in catalogue.PRODUCT_TYPES[:count]:
        product_id = ids.new("", 10)
        variants = _variants(rng, ids, kind)
        made[product_id] = {"name": kind.name, "product_id": product_id, "variants": variants}
    return made


def _variants(rng: random.Random, ids: _Ids, kind: catalogue.ProductType) -> dict[str, Record]:
    choices = list(itertools.product(*kind.options.values()))
    rng.shuffle(choices)
    typical = rng.uniform(*kind.price)
    made: dict[str, Record] = {}
    for number, values in enumerate(choices[: rng.randint(4, 10)]):
        item_id = ids.new("", 10)
        made[item_id] = {
            "item_id": item_id,
            "options": dict(zip(kind.options, values, strict=True)),
            "available": number < 3 or rng.random() < 0.7,
            "price": round(typical * rng.uniform(0.9, 1.1), 2),
        }
    return made


def _any_sources(rng: random.Random) -> list[str]:
    return rng.sample(("credit_card", "paypal", "gift_card"), rng.randint(1, 3))


def _sound_sources(rng: random.Random) -> list[str]:
    """A card and a PayPal account, and now and then a gift card."""
    return ["credit_card", "paypal", *(["gift_card"] if rng.random() < 0.4 else [])]


def _users(
    rng: random.Random,
    ids: _Ids,
    count: int,
    sources: Callable[[random.Random], list[str]] = _any_sources,
) -> dict[str, Record]:
    made: dict[str, Record] = {}
    known: set[tuple[str, str, str]] = set()
    while len(made) < count:
        first, last = rng.choice(catalogue.FIRST_NAMES), rng.choice(catalogue.LAST_NAMES)
        address = any_address(rng)
        if (identity := (first, last, address["zip"])) in known:
            continue
        known.add(identity)
        user_id = ids.new(f"{first}_{last}_".lower(), 4)
        made[user_id] = {
            "name": {"first_name": first, "last_name": last},
            "address": address,
            "email": ids.new(f"{first}.{last}".lower(), 4) + "@example.com",
            "payment_methods": _payment_methods(rng, ids, sources(rng)),
            "orders": [],
        }
    return made


def any_address(rng: random.Random) -> Record:
    """An invented address."""
    city, state, zip_start = rng.choice(catalogue.CITIES)
    return {
        "address1": f"{rng.randint(1, 999)} {rng.choice(catalogue.STREETS)}",
        "address2": f"Unit {rng.randint(1, 400)}",
        "city": city,
        "country": "USA",
        "state": state,
        "zip": f"{zip_start}{rng.randrange(1000):03d}",
    }


def _payment_methods(rng: random.Random, ids: _Ids, sources: list[str]) -> dict[str, Record]:
    """A method of each source: customers tell them apart by these."""
    made: dict[str, Record] = {}
    for source in sources:
        method_id = ids.new(f"{source}_", 7)
        details: Record = {}
        if source == "credit_card":
            last_four = f"{rng.randrange(10_000):04d}"
            details = {"brand": rng.choice(catalogue.CARD_BRANDS), "last_four": last_four}
        elif source == "gift_card":
            details = {"balance": rng.randint(10, 1_500)}
        made[method_id] = {"source": source, **details, "id": method_id}
    return made


def _orders(
    rng: random.Random,
    ids: _Ids,
    count: int,
    *,
    users: dict[str, Record],
    products: dict[str, Record],
) -> dict[str, Record]:
    made = {}
    user_ids = list(users)
    statuses = list(_STATUSES)
    for number in range(count):
        user_id = user_ids[number] if number < len(user_ids) else rng.choice(user_ids)
        drawn = rng.choices(statuses, list(_STATUSES.values()))[0]
        status = statuses[number] if number < len(statuses) and count >= 10 else drawn
        order_id = ids.new("#W", 7)
        order = _order(rng, ids, status, user=users[user_id], products=list(products.values()))
        made[order_id] = {"order_id": order_id, "user_id": user_id, **order}
        users[user_id]["orders"].append(order_id)
    return made


def _order(
    rng: random.Random, ids: _Ids, status: str, *, user: Record, products: list[Record], fewest: int = 1
) -> Record:
    """The rest of an order: everything but its id and its customer's; of so many items at least."""
    count = max(rng.choices((1, 2, 3, 4), (3, 4, 2, 1))[0], fewest)
    chosen = rng.sample(products, min(len(products), count))
    items = [_item(product, rng.choice(list(product["variants"].values()))) for product in chosen]
    method_id = rng.choice(list(user["payment_methods"]))
    shipped = status in {"processed", "delivered", "return requested", "exchange requested"}
    shipment = {"tracking_id": [ids.new("", 12)], "item_ids": [item["item_id"] for item in items]}
    return {
        "address": dict(user["address"]),
        "items": items,
        "fulfillments": [shipment] if shipped else [],
        "status": status,
        "payment_history": [_transaction("payment", total_of(items), method_id)],
        **_aftermath(status, items, method_id, products),
    }


def _item(product: Record, variant: Record) -> Record:
    names = {"name": product["name"], "product_id": product["product_id"], "item_id": variant["item_id"]}
    return {**names, "price": variant["price"], "options": dict(variant["options"])}


def _transaction(kind: str, amount: float, method_id: str) -> Record:
    return {"transaction_type": kind, "amount": amount, "payment_method_id": method_id}


def _aftermath(status: str, items: list[Record], method_id: str, products: list[Record]) -> Record:
    """What an earlier conversation left on an order of this status."""
    total = total_of(items)
    if status == "cancelled":
        history = [_transaction(kind, total, method_id) for kind in ("payment", "refund")]
        return {"payment_history": history, "cancel_reason": "no longer needed"}
    if status == "return requested":
        return {"return_items": [items[0]["item_id"]], "return_payment_method_id": method_id}
    if status not in {"exchange requested", "pending (item modified)"}:
        return {}
    other = _other_variant(items[0], products)
    if status == "exchange requested":
        return {
            "exchange_items": [items[0]["item_id"]],
            "exchange_new_items": [other["item_id"]],
            "exchange_payment_method_id": method_id,
            "exchange_price_difference": round(other["price"] - items[0]["price"], 2),
        }
    before = round(total - items[0]["price"] + other["price"], 2)
    difference = round(total - before, 2)
    settled = _transaction("payment" if difference > 0 else "refund", abs(difference), method_id)
    return {"payment_history": [_transaction("payment", before, method_id), settled]}


def _other_variant(item: Record, products: list[Record]) -> Record:
    product = next(each for each in products if each["product_id"] == item["product_id"])
    variants: list[Record] = list(product["variants"].values())
    return next(each for each in variants if each["item_id"] != item["item_id"])
