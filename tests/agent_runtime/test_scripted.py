"""The scripted model decides from the context alone: spec A10 (scripted)."""

import json
from typing import Any

import pytest

from agent_runtime.messages import Message, ModelResponse, ToolCall
from agent_runtime.models.prices import Price
from agent_runtime.models.scripted import ScriptedModel, Step
from agent_runtime.simulation.policy import next_step

pytestmark = pytest.mark.spec("A10")

TOOLS = [{"type": "function", "function": {"name": "get_order_details"}}]
METHODS = {"paypal_1111111": {"source": "paypal", "id": "paypal_1111111"}}


def scripted() -> ScriptedModel:
    return ScriptedModel(next_step, name="scripted-1", price=Price(1.0, 10.0))


def user(text: str) -> Message:
    return Message(role="user", content=text)


def agent(text: str) -> Message:
    return Message(role="assistant", content=text)


def called(name: str, result: Any, **arguments: Any) -> list[Message]:
    call = ToolCall("call_1", name, arguments)
    text = result if isinstance(result, str) else json.dumps(result)
    return [Message(role="assistant", tool_call=call), Message(role="tool", content=text, tool_call=call)]


def identified(text: str, orders: tuple[str, ...] = ("#W1234567",)) -> list[Message]:
    profile = {"payment_methods": METHODS, "orders": list(orders)}
    return [
        Message(role="system", content="Serve."),
        user(f"{text} My email address is ada@example.com."),
        *called("find_user_id_by_email", "ada_abbot_1", email="ada@example.com"),
        *called("get_user_details", profile, user_id="ada_abbot_1"),
    ]


def order(
    status: str = "delivered", item_id: str = "7000000001", owner: str = "ada_abbot_1"
) -> dict[str, Any]:
    item = {"name": "Camp Stove", "product_id": "1", "item_id": item_id, "price": 50.5, "options": {}}
    return {
        "order_id": "#W1234567",
        "user_id": owner,
        "status": status,
        "items": [item],
        "fulfillments": [],
    }


async def answer(context: list[Message]) -> ModelResponse:
    return await scripted().complete(context, TOOLS)


RETURN = (
    "I want to return something that I bought. It is about the Camp Stove. "
    "Please refund it to my PayPal account."
)


@pytest.mark.parametrize("item_id", ["7000000001", "7000000002"])
async def test_arguments_come_from_the_results_of_tools(item_id: str) -> None:
    context = identified(f"{RETURN} The order number is #W1234567.")
    context += called("get_order_details", order(item_id=item_id), order_id="#W1234567")
    asked = await answer(context)
    done = await answer([*context, agent(asked.content), user("Yes.")])
    assert asked.content.endswith("(yes/no)")
    assert done.tool_call is not None
    assert done.tool_call.name == "return_delivered_order_items"
    assert done.tool_call.arguments == {
        "order_id": "#W1234567",
        "item_ids": [item_id],
        "payment_method_id": "paypal_1111111",
    }


async def test_a_no_leaves_everything_as_it_is() -> None:
    context = identified(f"{RETURN} The order number is #W1234567.")
    context += called("get_order_details", order(), order_id="#W1234567")
    context += [agent("Shall I go ahead? (yes/no)"), user("No, wait.")]
    response = await answer(context)
    assert response.tool_call is None
    assert "leave everything as it is" in response.content


async def test_an_order_is_found_by_its_product_one_order_after_the_other() -> None:
    context = identified(f"{RETURN} it is the one with the Camp Stove.", ("#W0000001", "#W1234567"))
    first = await answer(context)
    other = order() | {"order_id": "#W0000001", "items": []}
    second = await answer([*context, *called("get_order_details", other, order_id="#W0000001")])
    assert [each.tool_call.arguments for each in (first, second) if each.tool_call] == [
        {"order_id": "#W0000001"},
        {"order_id": "#W1234567"},
    ]


@pytest.mark.parametrize(
    ("result", "why"),
    [
        pytest.param(order(owner="somebody_else_2"), "somebody else's", id="a-strangers-order"),
        pytest.param("Error: order not found", "no order #W1234567", id="no-such-order"),
    ],
)
async def test_what_the_agent_may_not_or_cannot_do_goes_to_a_human(result: Any, why: str) -> None:
    context = identified(f"{RETURN} The order number is #W1234567.")
    response = await answer([*context, *called("get_order_details", result, order_id="#W1234567")])
    assert response.tool_call is not None
    assert response.tool_call.name == "transfer_to_human_agents"
    assert why in response.tool_call.arguments["summary"]


async def test_a_refused_write_is_never_reported_as_done() -> None:
    context = identified(f"{RETURN} The order number is #W1234567.")
    context += called("return_delivered_order_items", "Error: payment method not found", order_id="#W1234567")
    response = await answer(context)
    assert response.tool_call is not None
    assert response.tool_call.name == "transfer_to_human_agents"
    assert "payment method not found" in response.tool_call.arguments["summary"]


async def test_who_cannot_be_identified_goes_to_a_human() -> None:
    by_name = {"first_name": "Ada", "last_name": "Abbot", "zip": "97123"}
    context = [
        user("Please cancel an order. My name is Ada Abbot and my zip code is 97123."),
        *called("find_user_id_by_name_zip", "Error: user not found", **by_name),
    ]
    response = await answer(context)
    assert response.tool_call is not None
    assert response.tool_call.name == "transfer_to_human_agents"


async def test_nothing_is_done_before_the_customer_is_identified() -> None:
    response = await answer([user("Please cancel order #W1234567, I no longer need it.")])
    assert response.tool_call is None
    assert "email address" in response.content


async def test_equal_contexts_get_equal_answers_from_models_of_any_age() -> None:
    context = identified(f"{RETURN} The order number is #W1234567.")
    old = scripted()
    for length in range(2, len(context)):
        await old.complete(context[:length], TOOLS)
    assert await old.complete(context, TOOLS) == await answer(context)


async def test_usage_is_estimated_from_what_is_read_and_written() -> None:
    model = ScriptedModel(lambda _: Step(text="a" * 40), name="scripted-1", price=Price(1.0, 10.0))
    short = (await model.complete([user("b" * 400)], [])).usage
    longer = (await model.complete([user("b" * 400), user("c" * 400)], [])).usage
    assert short.estimated
    assert (short.input_tokens, short.output_tokens) == (1 + 4 + 100, 4 + 10)
    assert short.cost_usd == pytest.approx((105 * 1.0 + 14 * 10.0) / 1e6)
    assert longer.input_tokens == short.input_tokens + 104
    assert longer.duration_ns > short.duration_ns > 0
