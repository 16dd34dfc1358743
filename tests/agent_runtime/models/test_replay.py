"""Recorded conversations played again: spec A10."""

import pytest

from agent_runtime.customers import CustomerMessage
from agent_runtime.errors import ModelError, RecordingError
from agent_runtime.messages import Message, ToolCall
from agent_runtime.models.prices import price_of
from agent_runtime.models.replay import RecordedCustomer, ReplayModel
from agent_runtime.recordings import (
    AgentCall,
    AgentText,
    CustomerTurn,
    RecordedConversation,
    RecordedGrade,
    Step,
)

CALL = ToolCall("call_1", "think", {"thought": "hm"})


def says(text: str, *, stops: bool = False) -> CustomerTurn:
    return CustomerTurn(raw=text, text=text, stops=stops)


def recorded(*steps: Step, model: str = "gpt-4o") -> RecordedConversation:
    return RecordedConversation(
        conversation_id="run/1",
        run="run",
        model=model,
        task_id=1,
        task=None,
        policy=None,
        steps=steps,
        closing_thoughts=(),
        grade=RecordedGrade(reward=0.0),
        error=None,
    )


CONVERSATION = recorded(
    says("Hi"),
    AgentCall(call=CALL, observation="", text="let me think", thoughts=("one",)),
    AgentText(text="Hello!", thoughts=("two", "three")),
    says("Bye", stops=True),
)


@pytest.mark.spec("A10")
async def test_the_model_answers_as_recorded_whatever_the_context() -> None:
    model = ReplayModel(CONVERSATION)
    first = await model.complete([Message(role="user", content="Hi")], [])
    second = await model.complete([], [])
    assert (first.content, first.tool_call, first.thoughts) == ("let me think", CALL, ("one",))
    assert (second.content, second.tool_call, second.thoughts) == ("Hello!", None, ("two", "three"))
    with pytest.raises(ModelError, match="the record of run/1 has 2 agent steps, not one more"):
        await model.complete([], [])


async def test_usage_is_estimated_and_the_same_every_time() -> None:
    context = [Message(role="system", content="x" * 400), Message(role="user", content="Hi")]
    usages = [(await ReplayModel(CONVERSATION).complete(context, [{}])).usage for _ in range(2)]
    assert usages[0] == usages[1]
    assert usages[0].estimated
    assert usages[0].input_tokens == 1 + (4 + 100) + (4 + 1)
    assert usages[0].output_tokens == 4 + 3 + 2 + 4
    price = price_of("gpt-4o")
    assert usages[0].cost_usd == pytest.approx((110 * price.input_usd + 13 * price.output_usd) / 1e6)
    assert usages[0].duration_ns == 350_000_000 + 110 * 50_000 + 13 * 15_000_000


def test_a_dated_model_costs_what_its_family_costs() -> None:
    assert price_of("gpt-4.1-2025-04-14") == price_of("gpt-4.1") != price_of("gpt-4.1-mini")


def test_a_model_without_a_price_is_told() -> None:
    with pytest.raises(ModelError, match="no list price for model 'llama': add it to"):
        ReplayModel(recorded(model="llama"))


@pytest.mark.spec("A10")
def test_the_customer_says_what_was_recorded_and_leaves() -> None:
    customer = RecordedCustomer(CONVERSATION)
    assert customer.opening() == CustomerMessage("Hi", final=False, think_ns=2 * 150_000_000)
    bye = customer.reply("Hello!")
    assert bye == CustomerMessage("Bye", final=True, think_ns=3 * 150_000_000 + 6 * 25_000_000)
    assert customer.reply("Still there?") is None


def test_a_customer_who_was_answered_after_leaving_has_not_left_yet() -> None:
    customer = RecordedCustomer(
        recorded(says("Bye", stops=True), AgentText(text="Bye!"), says("Bye", stops=True))
    )
    assert not customer.opening().final
    assert customer.reply("Bye!") == CustomerMessage("Bye", final=True, think_ns=550_000_000)


def test_a_conversation_that_the_agent_ends_has_no_final_message() -> None:
    customer = RecordedCustomer(recorded(says("Human!"), AgentCall(call=CALL, observation="")))
    assert not customer.opening().final
    assert customer.reply("") is None


def test_an_empty_record_cannot_be_opened() -> None:
    with pytest.raises(RecordingError, match="run/1 was recorded empty: there is nothing to play"):
        RecordedCustomer(recorded()).opening()
