"""The scripted customer answers what is asked and walks away as told."""

import pytest

from agent_runtime.simulation.customer import LeavesAt, Script, ScriptedCustomer


def customer(leaves_at: LeavesAt | None = None) -> ScriptedCustomer:
    return ScriptedCustomer(
        Script(
            opening="Please cancel my order.",
            answers={"identity": ("a@example.com", "Ada Abbot, 97123"), "order": ("#W1234567",)},
            agreement="Yes.",
            farewell="Bye.",
            leaves_at=leaves_at,
        )
    )


def said(who: ScriptedCustomer, *questions: str) -> list[str | None]:
    replies = [who.reply(question) for question in questions]
    return [reply.text if reply else None for reply in replies]


def test_each_question_gets_its_answer_and_the_same_question_the_next() -> None:
    asked = (
        "Your email?",
        "Your email once more?",
        "Which order number?",
        "Shall I? (yes/no)",
        "Anything else?",
    )
    assert said(customer(), *asked) == ["a@example.com", "Ada Abbot, 97123", "#W1234567", "Yes.", "Bye."]


def test_only_the_farewell_is_final() -> None:
    who = customer()
    replies = [who.opening(), who.reply("Shall I? (yes/no)"), who.reply("Anything else?")]
    assert [reply.final for reply in replies if reply] == [False, False, True]
    assert all(reply.think_ns > 0 for reply in replies if reply)


def test_who_is_not_understood_repeats_the_request_and_leaves_in_the_end() -> None:
    assert said(customer(), *["What a day."] * 4) == ["Please cancel my order."] * 3 + [None]


@pytest.mark.parametrize(
    ("leaves_at", "expected"),
    [("identification", [None, "Yes.", "Bye."]), ("confirmation", ["a@example.com", None, None])],
)
def test_a_customer_walks_away_where_told(leaves_at: LeavesAt, expected: list[str | None]) -> None:
    asked = ("Your email?", "Shall I? (yes/no)", "Done. Anything else?")
    assert said(customer(leaves_at), *asked) == expected
