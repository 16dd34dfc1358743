import json
from typing import Any

import pytest

from agent_runtime.domains.retail.store import RetailStore
from tests.agent_runtime.domains.retail.conftest import Call, made_shop


def test_a_customer_is_found_by_email(call: Call) -> None:
    assert call("find_user_id_by_email", email="twin@example.com").text == "ada_2"


@pytest.mark.parametrize(
    ("first", "zip_code", "user_id"), [("ADA", "13501", "ada_1"), ("ada", "99999", "ada_2")]
)
def test_a_customer_is_found_by_name_in_any_case_and_zip(
    call: Call, first: str, zip_code: str, user_id: str
) -> None:
    found = call("find_user_id_by_name_zip", first_name=first, last_name="MØLLER", zip=zip_code)
    assert found.text == user_id


def test_a_customer_who_moved_in_this_conversation_is_found_at_the_new_zip_only(call: Call) -> None:
    moved = {"address1": "2", "address2": "", "city": "c", "state": "s", "country": "x", "zip": "00001"}
    call("modify_user_address", user_id="ada_1", **moved)
    name = {"first_name": "Ada", "last_name": "Møller"}
    assert call("find_user_id_by_name_zip", **name, zip="00001").text == "ada_1"
    assert call("find_user_id_by_name_zip", **name, zip="13501").text == "Error: user not found"


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        ("find_user_id_by_email", {"email": "Ada@example.com"}, "Error: user not found"),
        (
            "find_user_id_by_name_zip",
            {"first_name": "Ada", "last_name": "Byron", "zip": "13501"},
            "Error: user not found",
        ),
        ("get_user_details", {"user_id": "nobody"}, "Error: user not found"),
        ("get_order_details", {"order_id": "P"}, "Error: order not found"),
        ("get_product_details", {"product_id": "11"}, "Error: product not found"),
    ],
)
def test_what_is_not_there_is_refused(call: Call, tool: str, arguments: dict[str, Any], answer: str) -> None:
    result = call(tool, **arguments)
    assert (result.text, result.ok, result.error_type) == (answer, False, "refused")


@pytest.mark.parametrize(
    ("tool", "kind", "key"),
    [
        ("get_user_details", "users", "ada_1"),
        ("get_order_details", "orders", "#P"),
        ("get_product_details", "products", "100"),
    ],
)
def test_a_document_is_answered_as_json_in_its_own_key_order(
    call: Call, tool: str, kind: str, key: str
) -> None:
    argument = f"{kind.removesuffix('s')}_id"
    assert call(tool, **{argument: key}).text == json.dumps(made_shop()[kind][key])


def test_products_are_listed_by_name(call: Call) -> None:
    assert call("list_all_product_types").text == '{"Chair": "200", "Lamp": "100"}'


@pytest.mark.parametrize("tool", ["get_user_details", "list_all_product_types"])
def test_looking_changes_nothing(call: Call, store: RetailStore, tool: str) -> None:
    before = store.state_digest()
    call(tool, **({"user_id": "ada_1"} if tool == "get_user_details" else {}))
    assert store.state_digest() == before
