import json
from typing import Any

import pytest

from agent_runtime.domains.retail.store import RetailStore
from tests.agent_runtime.domains.retail.conftest import Call

MOVED = {"address1": "2", "address2": "b", "city": "c", "state": "s", "country": "x", "zip": "00001"}


def order_after(call: Call, tool: str, **arguments: Any) -> dict[str, Any]:
    result = call(tool, **arguments)
    assert result.ok, result.text
    order: dict[str, Any] = json.loads(result.text)
    assert call("get_order_details", order_id=order["order_id"]).text == result.text
    return order


def test_cancelling_refunds_to_the_card_later(call: Call, store: RetailStore) -> None:
    order = order_after(call, "cancel_pending_order", order_id="#P", reason="no longer needed")
    assert (order["status"], order["cancel_reason"]) == ("cancelled", "no longer needed")
    refund = {"transaction_type": "refund", "amount": 80.1, "payment_method_id": "card_1"}
    assert order["payment_history"][1:] == [refund]
    assert set(store.changes()) == {("orders", "#P")}


def test_cancelling_refunds_to_the_gift_card_at_once(call: Call, store: RetailStore) -> None:
    order_after(call, "cancel_pending_order", order_id="#G", reason="ordered by mistake")
    assert store.user("ada_1")["payment_methods"]["gift_1"]["balance"] == 30.1


def test_the_address_of_an_order_changes_and_that_of_the_customer_does_not(
    call: Call, store: RetailStore
) -> None:
    order = order_after(call, "modify_pending_order_address", order_id="#P", **MOVED)
    assert order["address"] == MOVED
    assert set(store.changes()) == {("orders", "#P")}


def test_items_are_replaced_and_the_difference_is_recorded_unrounded(call: Call, store: RetailStore) -> None:
    order = order_after(
        call,
        "modify_pending_order_items",
        order_id="#P",
        item_ids=["11"],
        new_item_ids=["12"],
        payment_method_id="gift_1",
    )
    assert order["status"] == "pending (item modified)"
    assert [(item["item_id"], item["price"], item["options"]) for item in order["items"]] == [
        ("12", 25.35, {"color": "blue"}),
        ("21", 70.0, {"color": "red"}),
    ]
    payment = {"transaction_type": "payment", "amount": 25.35 - 10.1, "payment_method_id": "gift_1"}
    assert order["payment_history"][1:] == [payment]
    assert store.user("ada_1")["payment_methods"]["gift_1"]["balance"] == 4.75


def test_cheaper_items_are_refunded(call: Call, store: RetailStore) -> None:
    order = order_after(
        call,
        "modify_pending_order_items",
        order_id="#G",
        item_ids=["11"],
        new_item_ids=["15"],
        payment_method_id="gift_1",
    )
    assert order["payment_history"][1]["transaction_type"] == "refund"
    assert order["payment_history"][1]["amount"] == pytest.approx(2.1)
    assert store.user("ada_1")["payment_methods"]["gift_1"]["balance"] == 22.1


def test_another_payment_method_pays_and_the_old_one_is_refunded(call: Call, store: RetailStore) -> None:
    order = order_after(call, "modify_pending_order_payment", order_id="#G", payment_method_id="card_1")
    assert [(each["transaction_type"], each["payment_method_id"]) for each in order["payment_history"]] == [
        ("payment", "gift_1"),
        ("payment", "card_1"),
        ("refund", "gift_1"),
    ]
    assert store.user("ada_1")["payment_methods"]["gift_1"]["balance"] == 30.1


CANCEL = ("cancel_pending_order", {"reason": "no longer needed"})
ADDRESS = ("modify_pending_order_address", MOVED)
PAYMENT = ("modify_pending_order_payment", {"payment_method_id": "paypal_1"})
ITEMS = (
    "modify_pending_order_items",
    {"item_ids": ["11"], "new_item_ids": ["12"], "payment_method_id": "card_1"},
)


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        (*CANCEL, "non-pending order cannot be cancelled"),
        (*ADDRESS, "non-pending order cannot be modified"),
        (*PAYMENT, "non-pending order cannot be modified"),
        (*ITEMS, "non-pending order cannot be modified"),
    ],
)
@pytest.mark.parametrize("order_id", ["#D", "#S"])
def test_orders_that_left_are_refused(
    call: Call, order_id: str, tool: str, arguments: dict[str, Any], answer: str
) -> None:
    assert call(tool, order_id=order_id, **arguments).text == f"Error: {answer}"


@pytest.mark.parametrize(("tool", "arguments"), [CANCEL, ADDRESS, PAYMENT, ITEMS])
def test_unknown_orders_are_refused(call: Call, tool: str, arguments: dict[str, Any]) -> None:
    assert call(tool, order_id="#X", **arguments).text == "Error: order not found"


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"item_ids": ["12"]}, "12 not found"),
        ({"item_ids": ["11", "11"], "new_item_ids": ["12", "12"]}, "11 not found"),
        ({"new_item_ids": []}, "the number of items to be exchanged should match"),
        ({"new_item_ids": ["13"]}, "new item 13 not found or available"),
        ({"new_item_ids": ["21"]}, "new item 21 not found or available"),
        ({"payment_method_id": "card_9"}, "payment method not found"),
        (
            {"new_item_ids": ["14"], "payment_method_id": "gift_1"},
            "insufficient gift card balance to pay for the new item",
        ),
    ],
)
def test_items_are_refused(call: Call, store: RetailStore, change: dict[str, Any], answer: str) -> None:
    assert call(ITEMS[0], order_id="#P", **(ITEMS[1] | change)).text == f"Error: {answer}"
    assert store.changes() == {}


@pytest.mark.parametrize(
    ("order_id", "method", "answer"),
    [
        ("#P", "card_9", "payment method not found"),
        ("#P", "card_1", "the new payment method should be different from the current one"),
        ("#T", "paypal_1", "there should be exactly one payment for a pending order"),
        ("#P", "gift_1", "insufficient gift card balance to pay for the order"),
    ],
)
def test_payment_methods_are_refused(
    call: Call, store: RetailStore, order_id: str, method: str, answer: str
) -> None:
    assert call(PAYMENT[0], order_id=order_id, payment_method_id=method).text == f"Error: {answer}"
    assert store.changes() == {}


def test_a_reason_that_is_not_offered_is_refused(call: Call, store: RetailStore) -> None:
    result = call("cancel_pending_order", order_id="#P", reason="too expensive")
    assert result.error_type == "invalid_arguments"
    assert "too expensive" in result.text
    assert store.changes() == {}


def test_modified_items_cannot_be_modified_again(call: Call) -> None:
    call(ITEMS[0], order_id="#P", **ITEMS[1])
    assert call(ITEMS[0], order_id="#P", **ITEMS[1]).text == "Error: non-pending order cannot be modified"
