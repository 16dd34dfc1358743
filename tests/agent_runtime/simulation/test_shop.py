"""The invented shop: consistent for every seed and size."""

import itertools
import json
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.domains.retail.shop import load_shop
from agent_runtime.simulation.catalogue import PRODUCT_TYPES
from agent_runtime.simulation.shop import ShopSize, SimulatedShop, build_shop, total_of

SIZES = st.builds(
    ShopSize,
    customers=st.integers(1, 40),
    products=st.integers(1, len(PRODUCT_TYPES)),
    orders=st.integers(1, 60),
)
PRINT_DIGEST = """
import hashlib, json
from agent_runtime.simulation.conversations import simulate
simulation = simulate(seed=3, conversations=60)
said = [each.errand.script.opening + str(each.fault) for each in simulation.conversations]
print(hashlib.sha256(json.dumps([simulation.shop.documents(), said]).encode()).hexdigest())
"""

every_shop = given(shop=st.builds(build_shop, st.integers(0, 10**6), SIZES))


@every_shop
@settings(max_examples=40, deadline=None)
def test_ids_are_unique_over_the_whole_shop(shop: SimulatedShop) -> None:
    items = [key for product in shop.products.values() for key in product["variants"]]
    methods = [key for user in shop.users.values() for key in user["payment_methods"]]
    emails = [user["email"] for user in shop.users.values()]
    parcels = [
        number
        for order in shop.orders.values()
        for parcel in order["fulfillments"]
        for number in parcel["tracking_id"]
    ]
    ids = [*shop.users, *shop.products, *shop.orders, *items, *methods, *emails, *parcels]
    assert max(Counter(ids).values()) == 1
    assert all(
        key == user["payment_methods"][key]["id"]
        for user in shop.users.values()
        for key in user["payment_methods"]
    )


@every_shop
@settings(max_examples=40, deadline=None)
def test_references_exist_and_agree(shop: SimulatedShop) -> None:
    for order_id, order in shop.orders.items():
        user = shop.users[order["user_id"]]
        assert order_id == order["order_id"]
        assert user["orders"].count(order_id) == 1
        assert {each["payment_method_id"] for each in order["payment_history"]} <= user[
            "payment_methods"
        ].keys()
        for item in order["items"]:
            variant = shop.products[item["product_id"]]["variants"][item["item_id"]]
            assert (item["price"], item["options"]) == (variant["price"], variant["options"])
        for parcel in order["fulfillments"]:
            assert parcel["item_ids"] == [item["item_id"] for item in order["items"]]
    assert sum(len(user["orders"]) for user in shop.users.values()) == len(shop.orders)


@every_shop
@settings(max_examples=40, deadline=None)
def test_what_was_paid_and_not_refunded_is_the_total(shop: SimulatedShop) -> None:
    for order in shop.orders.values():
        sign = {"payment": 1, "refund": -1}
        paid = sum(sign[each["transaction_type"]] * each["amount"] for each in order["payment_history"])
        due = 0 if order["status"] == "cancelled" else total_of(order["items"])
        assert paid == pytest.approx(due, abs=0.005), order
        assert total_of(order["items"]) > 0


@every_shop
@settings(max_examples=40, deadline=None)
def test_a_customer_is_found_by_name_and_zip_alone(shop: SimulatedShop) -> None:
    known = Counter((*user["name"].values(), user["address"]["zip"]) for user in shop.users.values())
    assert max(known.values()) == 1
    assert all(user["email"].endswith("@example.com") for user in shop.users.values())


@every_shop
@settings(max_examples=20, deadline=None)
def test_every_product_can_be_exchanged_twice(shop: SimulatedShop) -> None:
    for product in shop.products.values():
        options = [tuple(each["options"].values()) for each in product["variants"].values()]
        assert len(set(options)) == len(options)
        assert sum(each["available"] for each in product["variants"].values()) >= 3


def test_the_shop_has_the_size_and_every_status() -> None:
    shop = build_shop(1)
    assert [len(table) for table in (shop.users, shop.products, shop.orders)] == [200, 30, 400]
    assert {order["status"] for order in shop.orders.values()} == {
        *("pending", "processed", "delivered", "cancelled", "return requested", "exchange requested"),
        "pending (item modified)",
    }
    assert all(user["orders"] for user in shop.users.values())


def test_the_retail_domain_loads_the_shop() -> None:
    shop = build_shop(1)
    assert {kind: dict(texts) for kind, texts in load_shop(shop.documents()).texts.items()} == {
        kind: {key: json.dumps(each) for key, each in table.items()}
        for kind, table in shop.documents().items()
    }


def test_equal_seeds_give_equal_shops_and_others_do_not() -> None:
    texts = [json.dumps(build_shop(seed).documents()) for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]


def test_another_process_draws_the_same_simulation() -> None:
    digests = {
        subprocess.run(
            [sys.executable, "-c", PRINT_DIGEST],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("size", "complaint"),
    [
        pytest.param(ShopSize(customers=0), "at least one customer", id="nobody"),
        pytest.param(ShopSize(products=31), "30 kinds of product, 31 were asked for", id="too-many-products"),
    ],
)
def test_a_size_that_cannot_be_is_refused(size: ShopSize, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        build_shop(1, size)


def test_no_product_name_is_part_of_another() -> None:
    names = [each.name for each in PRODUCT_TYPES]
    assert not [pair for pair in itertools.permutations(names, 2) if pair[0] in pair[1]]
