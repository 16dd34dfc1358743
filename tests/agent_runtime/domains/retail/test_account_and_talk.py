import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.domains.retail import RETAIL_TOOLS
from agent_runtime.domains.retail.arithmetic import evaluate
from agent_runtime.domains.retail.store import RetailStore
from agent_runtime.errors import ToolRefusal
from tests.agent_runtime.domains.retail.conftest import Call

MOVED = {"address1": "2", "address2": "b", "city": "c", "state": "s", "country": "x", "zip": "00001"}


def test_the_default_address_changes_and_orders_keep_theirs(call: Call, store: RetailStore) -> None:
    user = json.loads(call("modify_user_address", user_id="ada_1", **MOVED).text)
    assert user["address"] == MOVED
    assert set(store.changes()) == {("users", "ada_1")}


def test_the_address_of_nobody_is_refused(call: Call) -> None:
    assert call("modify_user_address", user_id="nobody", **MOVED).text == "Error: user not found"


def test_thinking_and_handing_over_change_nothing(call: Call, store: RetailStore) -> None:
    assert call("think", thought="hm").text == ""
    assert call("transfer_to_human_agents", summary="help").text == "Transfer successful"
    assert store.changes() == {}
    assert RETAIL_TOOLS.effect_of("transfer_to_human_agents") == "terminal"


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("2 + 2", "4.0"),
        ("(1.5 + 2) * -3", "-10.5"),
        ("1 / 3", "0.33"),
        ("10 / 4 - 0.5", "2.0"),
        ("7 // 2", "3.0"),
        ("1 / 0", "Error: division by zero"),
        ("2 ** 3", "Error: invalid syntax in expression"),
        ("1 +", "Error: invalid syntax in expression"),
        ("", "Error: invalid syntax in expression"),
        ("1,000 + 1", "Error: invalid characters in expression"),
        ("__import__('os')", "Error: invalid characters in expression"),
        ("1" * 1001, "Error: expression is longer than 1000 characters"),
        ("-" * 999 + "1", "Error: expression is nested too deeply"),
    ],
)
def test_expressions_are_worked_out_or_refused(call: Call, expression: str, answer: str) -> None:
    assert call("calculate", expression=expression).text == answer


@given(st.text(alphabet="0123456789+-*/(). ", max_size=60))
def test_an_expression_is_a_number_or_a_refusal(expression: str) -> None:
    with suppress(ToolRefusal):
        assert isinstance(evaluate(expression), float)
