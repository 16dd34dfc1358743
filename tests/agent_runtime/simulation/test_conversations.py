"""Simulated conversations end as planted: spec A10 (scripted)."""

import time
from collections import Counter, defaultdict
from math import comb
from typing import get_args

import pytest

from agent_runtime.simulation.conversations import AGENT_VERSIONS, simulate
from agent_runtime.simulation.errands import INTENTS
from agent_runtime.simulation.faults import FAULTS, Fault, FaultRates
from agent_runtime.simulation.shop import ShopSize
from agent_runtime.simulation.wording import Persona
from streaming.contract import payloads as p
from tests.agent_runtime.simulation.conftest import Held, HoldAll

pytestmark = pytest.mark.spec("A10")


def observed_fault(held: Held) -> Fault | None:
    """The fault as a reader of the events would name it, who has the ground truth and not the plan."""
    due = [(each.name, each.arguments) for each in held.conversation.task.actions]
    wrote = [(each.tool, each.arguments) for each in held.writes]
    said = " | ".join(held.said).replace(",", "")
    if wrote and "(yes/no)" not in said:
        return "skip_confirmation"
    if wrote:
        return None if wrote == due else "wrong_argument"
    if held.ending.outcome == "escalated" and held.conversation.errand.intent != "ask_human":
        return "needless_transfer"
    if held.ending.outcome != "resolved":
        return None
    if due:
        return "false_claim"
    return None if all(each in said for each in held.conversation.task.outputs) else "wrong_answer"


def both_tails(successes: int, trials: int, rate: float) -> float:
    """Twice the smaller tail of a binomial distribution."""
    chances = [comb(trials, k) * rate**k * (1 - rate) ** (trials - k) for k in range(trials + 1)]
    return 2 * min(sum(chances[: successes + 1]), sum(chances[successes:]))


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_ends_as_planted(held: list[Held], intent: str) -> None:
    mine = [each for each in held if each.conversation.errand.intent == intent]
    assert len(mine) >= 60
    for each in mine:
        conversation = each.conversation
        planted = (conversation.expected_outcome, conversation.expected_reward)
        assert (each.ending.outcome, each.reward) == planted, conversation


def test_a_sound_agent_gets_every_reward(held: list[Held]) -> None:
    sound = [each for each in held if each.conversation.fault is None]
    assert len(sound) > 1_400
    assert {each.reward for each in sound} == {1.0}
    assert {each.ending.reason for each in sound} == {"customer_done", "customer_left", "agent_transfer"}


def test_the_planted_fault_is_the_one_that_shows(held: list[Held]) -> None:
    shown = Counter((each.conversation.fault, observed_fault(each)) for each in held)
    assert all(planted == seen for planted, seen in shown), shown
    assert {planted for planted, _ in shown} == {None, *FAULTS}


def test_faults_strike_at_their_rates(held: list[Held]) -> None:
    met: defaultdict[tuple[str, Fault], list[bool]] = defaultdict(list)
    for each in held:
        for fault in each.conversation.errand.possible_faults:
            met[each.conversation.agent_version, fault].append(observed_fault(each) == fault)
    assert len(met) == len(AGENT_VERSIONS) * len(FAULTS)
    for (version, fault), struck in met.items():
        rate = getattr(AGENT_VERSIONS[version], fault)
        assert both_tails(sum(struck), len(struck), rate) > 1e-3, (version, fault, sum(struck), len(struck))


def test_versions_meet_the_same_errands_and_differ_as_planted(held: list[Held]) -> None:
    rewards: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for each in held:
        rewards[each.conversation.agent_version][each.conversation.errand.number] = each.reward
    mean = {version: sum(by_task.values()) / len(by_task) for version, by_task in rewards.items()}
    assert len({tuple(by_task) for by_task in rewards.values()}) == 1
    assert mean["scripted-2"] < mean["scripted-1"] - 0.05 < mean["scripted-3"]


def test_all_personas_talk_and_all_tools_but_two_are_used(held: list[Held]) -> None:
    assert {each.conversation.errand.persona for each in held} == set(get_args(Persona))
    used = {call.tool for each in held for call in each.payloads(p.ToolCallStart)}
    assert len(used) == 14
    assert not used & {"think", "modify_pending_order_items"}


def test_tools_refuse_now_and_then(held: list[Held]) -> None:
    refused = Counter(call.tool for each in held for call in each.payloads(p.ToolCallEnd) if not call.ok)
    assert refused.keys() == {"find_user_id_by_email", "modify_pending_order_payment"}


def test_a_simulation_held_twice_gives_the_same_events(hold_all: HoldAll) -> None:
    once, again = (hold_all(simulate(seed=5, conversations=30)) for _ in range(2))
    assert [each.events for each in once] == [each.events for each in again]
    assert sum(len(each.events) for each in once) > 500


def test_more_errands_leave_the_first_ones_as_they_are() -> None:
    few, many = (simulate(seed=5, conversations=count).conversations for count in (30, 300))
    by_id = {each.conversation_id: each for each in many}
    assert [by_id[each.conversation_id] for each in few] == list(few)


def test_two_thousand_conversations_a_minute_are_held(hold_all: HoldAll) -> None:
    simulation = simulate(conversations=300)
    started = time.process_time()  # whoever else computes on this machine
    count = len(hold_all(simulation))
    a_minute = 60 * count / (time.process_time() - started)
    assert count == 300
    assert a_minute >= 2_000


def test_fewer_conversations_than_versions_are_refused() -> None:
    with pytest.raises(ValueError, match="3 agent versions need as many conversations, got 2"):
        simulate(conversations=2)


def test_a_shop_without_a_fitting_order_is_refused() -> None:
    with pytest.raises(ValueError, match="give it more orders than 1"):
        simulate(size=ShopSize(customers=1, products=1, orders=1))


@pytest.mark.parametrize("rates", [{"wrong_answer": -0.1}, {"wrong_answer": 0.6, "false_claim": 0.6}])
def test_impossible_fault_rates_are_refused(rates: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="fault rates must be at least 0 and at most 1 together"):
        FaultRates(**rates)
