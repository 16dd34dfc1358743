from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, RetailStore, Shop, load_shop
from agent_runtime.messages import ToolCall
from agent_runtime.tools import ToolResult

Call = Callable[..., ToolResult]

HOME = {
    "address1": "1 Oak Street",
    "address2": "",
    "city": "Utica",
    "country": "USA",
    "state": "NY",
    "zip": "13501",
}


def _variant(item_id: str, color: str, price: float, *, available: bool = True) -> dict[str, Any]:
    return {"item_id": item_id, "options": {"color": color}, "available": available, "price": price}


def _piece(item_id: str, price: float, *, lamp: bool = True) -> dict[str, Any]:
    name, product_id = ("Lamp", "100") if lamp else ("Chair", "200")
    return {
        "name": name,
        "product_id": product_id,
        "item_id": item_id,
        "price": price,
        "options": {"color": "red"},
    }


def _order(order_id: str, status: str, items: list[dict[str, Any]], paid_by: str) -> dict[str, Any]:
    paid = {
        "transaction_type": "payment",
        "amount": round(sum(item["price"] for item in items), 2),
        "payment_method_id": paid_by,
    }
    return {
        "order_id": order_id,
        "user_id": "ada_1",
        "address": dict(HOME),
        "items": items,
        "fulfillments": [],
        "status": status,
        "payment_history": [paid],
    }


def made_shop() -> dict[str, dict[str, Any]]:
    """A shop with one of everything that a tool may refuse."""
    ada: dict[str, Any] = {
        "name": {"first_name": "Ada", "last_name": "Møller"},
        "address": dict(HOME),
        "email": "ada@example.com",
        "payment_methods": {
            "card_1": {"source": "credit_card", "brand": "visa", "last_four": "1111", "id": "card_1"},
            "gift_1": {"source": "gift_card", "balance": 20, "id": "gift_1"},
            "paypal_1": {"source": "paypal", "id": "paypal_1"},
        },
        "orders": ["#P", "#G", "#D", "#S", "#T"],
    }
    twin = {
        **ada,
        "email": "twin@example.com",
        "payment_methods": {},
        "orders": [],
        "address": {**HOME, "zip": "99999"},
    }
    pending_twice = _order("#T", "pending", [_piece("11", 10.1)], "card_1")
    pending_twice["payment_history"] *= 2
    return {
        "users": {"ada_1": ada, "ada_2": twin},
        "products": {
            "200": {"name": "Chair", "product_id": "200", "variants": {"21": _variant("21", "red", 70.0)}},
            "100": {
                "name": "Lamp",
                "product_id": "100",
                "variants": {
                    "11": _variant("11", "red", 10.1),
                    "12": _variant("12", "blue", 25.35),
                    "13": _variant("13", "green", 12, available=False),
                    "14": _variant("14", "white", 99.0),
                    "15": _variant("15", "grey", 8.0),
                },
            },
        },
        "orders": {
            "#P": _order("#P", "pending", [_piece("11", 10.1), _piece("21", 70.0, lamp=False)], "card_1"),
            "#G": _order("#G", "pending", [_piece("11", 10.1)], "gift_1"),
            "#D": _order("#D", "delivered", [_piece("11", 10.1), _piece("11", 10.1)], "card_1"),
            "#S": _order("#S", "processed", [_piece("11", 10.1)], "card_1"),
            "#T": pending_twice,
        },
    }


@pytest.fixture
def shop() -> Shop:
    return load_shop(made_shop())


@pytest.fixture
def database(shop: Shop) -> Iterator[RetailDatabase]:
    database = RetailDatabase(shop)
    yield database
    database.close()


@pytest.fixture
def store(database: RetailDatabase) -> RetailStore:
    return database.store("conversation")


@pytest.fixture
def call(store: RetailStore) -> Call:
    def call_tool(name: str, **arguments: Any) -> ToolResult:
        return RETAIL_TOOLS.call(store, ToolCall("call_0", name, arguments))

    return call_tool
