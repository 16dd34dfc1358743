"""The context window: its budget, its summary, and facts that survive (spec A6)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.context import ContextWindow, ExtractiveSummariser, counter_of
from agent_runtime.context.tokens import message_tokens
from agent_runtime.errors import ContextOverflowError
from agent_runtime.messages import Message, ToolCall
from agent_runtime.models.usage import estimate_tokens

pytestmark = pytest.mark.spec("A6")

POLICY = "Be kind."


def window(budget: int = 400) -> ContextWindow:
    return ContextWindow(
        policy=POLICY,
        schemas=[],
        budget=budget,
        count=estimate_tokens,
        summariser=ExtractiveSummariser(estimate_tokens),
    )


def said(place: int, role: str, words: int) -> list[Message]:
    text = f"m{place} " + "word " * words
    if role == "call":
        call = ToolCall(f"c{place}", "look", {"item": text})
        return [Message(role="assistant", tool_call=call), Message(role="tool", content=text, tool_call=call)]
    return [Message(role=role, content=text)]  # type: ignore[arg-type]


turns = st.lists(
    st.tuples(st.sampled_from(["user", "assistant", "call"]), st.integers(0, 120), st.booleans()), max_size=60
)


def tokens_of(messages: Sequence[Message]) -> int:
    return sum(message_tokens(each, estimate_tokens) for each in messages)


@given(turns=turns)
async def test_whatever_is_said_the_context_fits_and_every_pinned_fact_is_in_it(
    turns: list[tuple[str, int, bool]],
) -> None:
    context = window()
    pinned: list[str] = []
    shown: list[str] = []
    context.add(Message(role="user", content="hello"))
    question = context.messages[-1]
    for place, (role, words, pins) in enumerate(turns):
        for message in said(place, role, words):
            context.add(message)
            if message.role == "user":
                question = context.messages[-1]
        if pins and len(pinned) < 8:
            pinned.append(f"order {place} was refunded")
            context.pin(f"{place}", pinned[-1])
        if await context.fit():
            shown = list(pinned)
        assert tokens_of(context.messages) <= context.tokens <= 400
        assert context.messages[0].content == POLICY
        assert any(each is question for each in context.messages), "what the customer asked last is there"
        assert_calls_have_their_answers(context.messages)
        assert all(f"- {fact}" in context.messages[1].content for fact in shown)


def assert_calls_have_their_answers(messages: Sequence[Message]) -> None:
    for place, each in enumerate(messages):
        if each.role == "tool":
            call, answered = messages[place - 1].tool_call, each.tool_call
            assert call is not None
            assert answered is not None
            assert (messages[place - 1].role, call.id) == ("assistant", answered.id)


async def test_facts_survive_a_hundred_foldings_word_by_word() -> None:
    context = window()
    context.pin("k", "order 12345 was already refunded")
    foldings = 0
    for place in range(600):
        for message in said(place, "user" if place % 3 == 0 else "assistant", 30):
            context.add(message)
        foldings += await context.fit()
    assert foldings >= 100
    assert "- order 12345 was already refunded" in context.messages[1].content


async def test_a_fact_replaces_an_earlier_one_under_its_key() -> None:
    context = window()
    context.pin("k", "it is not known whether this is so: paid")
    context.pin("k", "paid")
    assert context.facts == ["paid"]


async def test_what_fits_is_left_alone() -> None:
    context = window()
    messages = context.messages
    context.add(Message(role="user", content="hello"))
    assert not await context.fit()
    assert context.messages is messages
    assert [each.role for each in messages] == ["system", "user"]


async def test_folding_costs_the_same_whatever_was_said_before() -> None:
    context = window()
    sizes = []
    for place in range(500):
        context.add(said(place, "user", 20)[0])
        if await context.fit():
            sizes.append(len(context.messages))
    assert max(sizes[len(sizes) // 2 :]) <= max(sizes[: len(sizes) // 2])


def test_a_message_that_is_longer_than_its_share_is_cut() -> None:
    context = window()
    context.add(Message(role="user", content="x" * 1_000_000))
    assert context.messages[-1].content.endswith("[cut]")
    assert message_tokens(context.messages[-1], estimate_tokens) <= 400 // 6


async def test_facts_that_take_more_than_the_budget_are_told_and_not_dropped() -> None:
    context = window()
    for place in range(100):
        context.pin(f"{place}", f"order {place} was already refunded to the card")
    for place in range(20):
        context.add(said(place, "user", 40)[0])
    with pytest.raises(ContextOverflowError, match="raise context_tokens"):
        await context.fit()


def test_long_arguments_of_a_call_are_cut_and_their_answer_stays_with_it() -> None:
    context = window()
    for message in said(1, "call", 100_000):
        context.add(message)
    assert context.tokens <= 400
    assert_calls_have_their_answers(context.messages)


def test_a_policy_that_takes_more_than_the_budget_is_told_at_once() -> None:
    with pytest.raises(ContextOverflowError):
        window(budget=3)


async def test_a_summary_keeps_the_first_sentences_and_leaves_out_the_oldest() -> None:
    summariser = ExtractiveSummariser(estimate_tokens)
    call = ToolCall("c", "look", {})
    messages = [
        Message(role="user", content="Where is my hat? I bought it in May."),
        Message(role="assistant", tool_call=call),
        Message(role="tool", content="on its way", tool_call=call),
        Message(role="assistant", content="It is on its way. Anything else?"),
    ]
    whole = await summariser.summarise("Agent: Hello.", messages, 100)
    assert whole.splitlines() == [
        "Agent: Hello.",
        "Customer: Where is my hat?",
        "look: on its way",
        "Agent: It is on its way.",
    ]
    assert await summariser.summarise("", messages, 15) == "look: on its way\nAgent: It is on its way."


def test_tokens_are_counted_by_the_model_where_it_can() -> None:
    class Counts:
        name, provider = "m", "p"

        def count_tokens(self, text: str) -> int:
            return len(text.split())

        async def complete(self, context: object, tools: object) -> None: ...

    assert counter_of(Counts())("three words here") == 3  # type: ignore[arg-type]
