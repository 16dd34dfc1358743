"""Errands with planted ground truth, drawn from an invented shop."""

import random
from typing import Final, get_args

from msgspec import Struct

from agent_runtime.messages import ToolCall
from agent_runtime.recordings import Task
from agent_runtime.simulation import wording
from agent_runtime.simulation.customer import LeavesAt, Script
from agent_runtime.simulation.drafts import ABANDONABLE, DRAFTS, Draft, Intent, ShopFacts
from agent_runtime.simulation.faults import Fault
from agent_runtime.simulation.randomness import seeded
from agent_runtime.simulation.shop import Record, SimulatedShop
from agent_runtime.simulation.wording import Persona, Topic
from streaming.contract.payloads import Outcome

_WEIGHTS: Final[dict[Intent, int]] = {
    "cancel": 16,
    "return": 16,
    "exchange": 14,
    "change_address": 12,
    "change_payment": 8,
    "ask_order": 12,
    "ask_product": 8,
    "ask_human": 6,
    "abandon": 8,
}
"""Errands in a hundred, by intent, where nobody says otherwise."""
INTENTS: Final = tuple(_WEIGHTS)
"""The intents that are drawn where nobody says otherwise."""
_OUTDATED_EMAIL_SHARE: Final = 0.5
"""Of the forgetful customers: those who first give an address that they no longer have."""


class Errand(Struct, frozen=True, kw_only=True):
    """What a customer wants, says and should get.

    Attributes:
        number: Place in the series.
        intent: What it is about.
        persona: How the customer talks.
        task: The ground truth: who asks, which actions are right, which outputs are due.
        script: What the customer says.
        expected_outcome: How the conversation ends with a sound agent.
        possible_faults: The faults that can show in it.
        percent: The discount asked for, if any.
        question: What is asked of the help center, if anything.
    """

    number: int
    intent: Intent
    persona: Persona
    task: Task
    script: Script
    expected_outcome: Outcome
    possible_faults: frozenset[Fault]
    percent: int | None = None
    question: str | None = None


def build_errands(shop: SimulatedShop, *, seed: int, count: int) -> list[Errand]:
    """Draws errands; the first ones are the same whatever the count.

    Args:
        shop: Where they happen.
        seed: Equal seeds give equal errands.
        count: How many.

    Raises:
        ValueError: The shop has no order that suits an intent.
    """
    facts = ShopFacts(shop)
    return [_errand(facts, number, seeded(seed, "scenario", number)) for number in range(count)]


def _errand(facts: ShopFacts, number: int, rng: random.Random) -> Errand:
    intent = rng.choices(INTENTS, list(_WEIGHTS.values()))[0]
    persona: Persona = rng.choice(get_args(Persona))
    return draw_errand(facts, rng, number=number, intent=intent, persona=persona)


def draw_errand(
    facts: ShopFacts, rng: random.Random, *, number: int, intent: Intent, persona: Persona
) -> Errand:
    """Draws one errand.

    Args:
        facts: The shop, or one customer of it.
        rng: Where chance comes from.
        number: Place in the series.
        intent: What it is about.
        persona: How the customer talks.

    Raises:
        ValueError: There is no order that suits the intent.
    """
    leaves_at: LeavesAt | None = None
    if intent == "abandon":
        draft = rng.choice(ABANDONABLE)(facts, rng)
        draft.actions = ()
        leaves_at = "identification" if persona == "terse" else "confirmation"
    else:
        draft = DRAFTS[intent](facts, rng)
    draft.request = draft.request or rng.choice(wording.REQUESTS[draft.wish])
    return Errand(
        number=number,
        intent=intent,
        persona=persona,
        task=_task(draft),
        script=_script(facts, rng, persona, draft, leaves_at),
        expected_outcome=_expected_outcome(intent),
        possible_faults=_possible_faults(intent, draft, leaves_at),
        percent=draft.percent,
        question=draft.question,
    )


def _expected_outcome(intent: Intent) -> Outcome:
    if intent in {"ask_human", "refused_card"}:
        return "escalated"
    return "abandoned" if intent == "abandon" else "resolved"


def _possible_faults(intent: Intent, draft: Draft, leaves_at: LeavesAt | None) -> frozenset[Fault]:
    if intent in {"ask_human", "refused_card"} or leaves_at == "identification":
        return frozenset()
    faults: set[Fault] = {"needless_transfer"}
    if leaves_at == "confirmation":
        faults.add("skip_confirmation")
    elif draft.actions:
        faults |= {"skip_confirmation", "wrong_argument", "false_claim"}
    elif intent in {"ask_order", "ask_product", "help"}:
        faults.add("wrong_answer")
    return frozenset(faults)


def _task(draft: Draft) -> Task:
    actions = tuple(
        ToolCall(f"truth_{place}", name, arguments) for place, (name, arguments) in enumerate(draft.actions)
    )
    return Task(user_id=draft.user_id, instruction=draft.request, actions=actions, outputs=draft.outputs)


def _script(
    facts: ShopFacts, rng: random.Random, persona: Persona, draft: Draft, leaves_at: LeavesAt | None
) -> Script:
    answers: dict[Topic, tuple[str, ...]] = {topic: (text,) for topic, text in draft.told.items()}
    answers["identity"] = _identity(rng, persona, facts.shop.users[draft.user_id])
    if draft.order is not None:
        answers["order"] = (_order_told(facts, persona, draft.order),)
    unasked: dict[Persona, tuple[Topic, ...]] = {
        "terse": (),
        "polite": ("identity", "order"),
        "chatty": get_args(Topic),
        "forgetful": ("order",),
    }
    told = [answers[topic][0] for topic in unasked[persona] if topic in answers]
    return Script(
        opening=wording.opening(rng, persona, draft.request, [] if draft.wish == "human" else told),
        answers=answers,
        agreement=rng.choice(wording.AGREEMENTS[persona]),
        farewell=rng.choice(wording.FAREWELLS[persona]),
        leaves_at=leaves_at,
    )


def _identity(rng: random.Random, persona: Persona, user: Record) -> tuple[str, ...]:
    first, last = user["name"]["first_name"], user["name"]["last_name"]
    if persona != "forgetful":
        return (f"My email address is {user['email']}.",)
    by_name = f"My name is {first} {last} and my zip code is {user['address']['zip']}."
    if rng.random() >= _OUTDATED_EMAIL_SHARE:
        return (by_name,)
    return (f"It should be {first.lower()}.{last.lower()}@old.example.com, I think.", by_name)


def _order_told(facts: ShopFacts, persona: Persona, order: Record) -> str:
    if persona == "forgetful":
        return f"I forgot the number, it is the one with the {facts.telling_product(order)}."
    return f"The order number is {order['order_id']}."
