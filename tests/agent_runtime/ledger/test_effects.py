"""Which effect a call is: laws that hold for any order of calls, messages and crashes (spec A2)."""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent_runtime.errors import OutcomeUnknownError
from agent_runtime.ledger import MemoryLedger, canonical_arguments, idempotency_key
from agent_runtime.messages import ToolCall
from agent_runtime.tools import IdempotencyKey, tool
from tests.agent_runtime.execution.bench_of_tools import Bench

pytestmark = pytest.mark.spec("A2")


@tool(effect="write")
def pay(world: dict[str, int], amount: int, key: IdempotencyKey) -> str:
    """Pay; the provider knows keys.

    Args:
        amount: How much.
    """
    world[key] = amount
    return f"paid {amount}"


class Died(BaseException):
    """The process is gone."""


class Conversation(RuleBasedStateMachine):
    """A customer who may confirm, a model that calls what it likes, a network and a process that fail."""

    @initialize()
    def start(self) -> None:
        self.ledger = MemoryLedger()
        self.world: dict[str, int] = {}
        self.allowed: Counter[int] = Counter()
        self.asked: set[int] = set()
        self.fresh: set[int] = set()
        self.turn = 1
        self.fault: str | None = None
        self.restart()

    @rule()
    def restart(self) -> None:
        self.bench = Bench(pay, ledger=self.ledger, world=self.world, carrier=self.carry)
        self.bench.emitter.turn = self.turn
        asyncio.run(self.bench.executor.recover())

    @rule()
    def next_message(self) -> None:
        self.turn += 1
        self.bench.next_message()
        self.fresh |= self.asked  # the customer has spoken since they were asked

    @rule(
        amount=st.integers(1, 2),
        fault=st.sampled_from([None, None, "lost", "twice", "died before", "died after"]),
    )
    def pay(self, amount: int, fault: str | None) -> None:
        self.fault = fault
        if self.allowed[amount] == 0:
            self.allowed[amount] = 1
        elif amount in self.fresh:
            self.allowed[amount] += 1
            self.fresh.discard(amount)
            self.asked.discard(amount)
        try:
            result = asyncio.run(self.bench.executor.call(ToolCall("id", "pay", {"amount": amount})))
        except Died:
            self.restart()
            return
        if result.from_ledger and result.notice:
            self.asked.add(amount)

    async def carry(self, tool: Any, store: Any, arguments: Any, key: str) -> object:
        fault, self.fault = self.fault, None
        if fault == "died before":
            raise Died
        answer = tool.function(store, **tool.bound(arguments, key))
        if fault == "twice":
            answer = tool.function(store, **tool.bound(arguments, key))
        if fault == "died after":
            raise Died
        if fault == "lost":
            raise OutcomeUnknownError("reset")
        return answer

    @invariant()
    def nothing_is_paid_more_often_than_the_customer_was_asked(self) -> None:
        paid = Counter(self.world.values())
        assert all(paid[amount] <= self.allowed[amount] for amount in paid)

    @invariant()
    def the_ledger_knows_everything_that_was_paid(self) -> None:
        records = asyncio.run(self.ledger.records("c"))
        assert set(self.world) <= {each.key for each in records}
        assert {each.key for each in records if each.state == "succeeded"} <= set(self.world)


TestConversation = Conversation.TestCase
TestConversation.settings = Conversation.TestCase.settings.__class__(
    max_examples=60, stateful_step_count=30, deadline=None
)


@tool(effect="write")
def ship(world: Any, where: dict[str, str], weight: float, tags: list[str], speed: str = "slow") -> str:
    """Ship.

    Args:
        where: Where to.
        weight: How heavy.
        tags: Words.
        speed: How fast.
    """
    return ""


json_values = st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=4)


@given(where=json_values, weight=st.integers(0, 1000), tags=st.lists(st.text(max_size=3), max_size=3))
def test_arguments_that_mean_the_same_are_the_same(
    where: dict[str, str], weight: int, tags: list[str]
) -> None:
    import msgspec  # noqa: PLC0415

    one = {"where": where, "weight": weight, "tags": tags}
    other = {
        "speed": "slow",
        "tags": tags,
        "weight": float(weight),
        "where": dict(reversed(where.items())),
    }
    texts = {canonical_arguments(ship, msgspec.convert(each, ship.arguments)) for each in (one, other)}
    assert len(texts) == 1
    assert json.loads(texts.pop())["speed"] == "slow"


places = st.tuples(
    st.text(max_size=5), st.integers(0, 50), st.text(max_size=5), st.text(max_size=5), st.integers(1, 5)
)


@given(one=places, other=places)
def test_two_keys_are_equal_exactly_where_conversation_turn_tool_arguments_and_occurrence_are(
    one: tuple[Any, ...], other: tuple[Any, ...]
) -> None:
    def key(place: tuple[Any, ...]) -> str:
        conversation, turn, name, arguments, occurrence = place
        return idempotency_key(
            conversation_id=conversation, turn=turn, tool=name, arguments=arguments, occurrence=occurrence
        )

    assert (key(one) == key(other)) is (one == other)
