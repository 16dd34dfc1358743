import json
from typing import Any

import pytest

from agent_runtime.domains.retail.store import RetailStore
from tests.agent_runtime.domains.retail.conftest import Call

RETURN = ("return_delivered_order_items", {"item_ids": ["11", "11"], "payment_method_id": "card_1"})
EXCHANGE = (
    "exchange_delivered_order_items",
    {"item_ids": ["11", "11"], "new_item_ids": ["15", "12"], "payment_method_id": "paypal_1"},
)


@pytest.mark.parametrize("method", ["card_1", "gift_1"])
def test_items_are_returned_to_the_original_method_or_a_gift_card(call: Call, method: str) -> None:
    result = call(RETURN[0], order_id="#D", item_ids=["11"], payment_method_id=method)
    order = json.loads(result.text)
    assert order["status"] == "return requested"
    assert (order["return_items"], order["return_payment_method_id"]) == (["11"], method)
    assert call("get_order_details", order_id="#D").text == result.text


def test_items_are_exchanged_with_the_difference_in_cents(call: Call, store: RetailStore) -> None:
    order = json.loads(call(EXCHANGE[0], order_id="#D", **EXCHANGE[1]).text)
    assert order["status"] == "exchange requested"
    assert order["exchange_items"] == ["11", "11"]
    assert order["exchange_new_items"] == ["12", "15"]
    assert order["exchange_payment_method_id"] == "paypal_1"
    assert order["exchange_price_difference"] == 13.15
    assert order["payment_history"] == store.order("#D")["payment_history"]
    assert set(store.changes()) == {("orders", "#D")}


@pytest.mark.parametrize(
    ("tool", "arguments", "what"),
    [(*RETURN, "returned"), (*EXCHANGE, "exchanged")],
    ids=["return", "exchange"],
)
@pytest.mark.parametrize("order_id", ["#P", "#S"])
def test_orders_that_have_not_arrived_are_refused(
    call: Call, order_id: str, tool: str, arguments: dict[str, Any], what: str
) -> None:
    assert call(tool, order_id=order_id, **arguments).text == f"Error: non-delivered order cannot be {what}"


@pytest.mark.parametrize(("tool", "arguments"), [RETURN, EXCHANGE], ids=["return", "exchange"])
def test_unknown_orders_are_refused(call: Call, tool: str, arguments: dict[str, Any]) -> None:
    assert call(tool, order_id="#X", **arguments).text == "Error: order not found"


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"item_ids": ["12"]}, "some item not found"),
        ({"item_ids": ["11"] * 3}, "some item not found"),
        ({"payment_method_id": "card_9"}, "payment method not found"),
        (
            {"payment_method_id": "paypal_1"},
            "payment method should be either the original payment method or a gift card",
        ),
    ],
)
def test_returns_are_refused(call: Call, store: RetailStore, change: dict[str, Any], answer: str) -> None:
    assert call(RETURN[0], order_id="#D", **(RETURN[1] | change)).text == f"Error: {answer}"
    assert store.changes() == {}


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"item_ids": ["11", "12"]}, "12 not found"),
        ({"item_ids": ["11"]}, "the number of items to be exchanged should match"),
        ({"new_item_ids": ["12", "13"]}, "new item 13 not found or available"),
        ({"new_item_ids": ["12", "21"]}, "new item 21 not found or available"),
        ({"payment_method_id": "card_9"}, "payment method not found"),
        (
            {"new_item_ids": ["14", "12"], "payment_method_id": "gift_1"},
            "insufficient gift card balance to pay for the price difference",
        ),
    ],
)
def test_exchanges_are_refused(call: Call, store: RetailStore, change: dict[str, Any], answer: str) -> None:
    assert call(EXCHANGE[0], order_id="#D", **(EXCHANGE[1] | change)).text == f"Error: {answer}"
    assert store.changes() == {}


def test_a_returned_order_cannot_be_exchanged(call: Call) -> None:
    call(RETURN[0], order_id="#D", **RETURN[1])
    answer = call(EXCHANGE[0], order_id="#D", **EXCHANGE[1]).text
    assert answer == "Error: non-delivered order cannot be exchanged"
