"""Shared state: no write is lost, and whoever comes too late is told: spec A9."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agent_runtime.errors import ToolRefusal
from agent_runtime.supervisor import Conflict, SharedState, Versioned
from agent_runtime.supervisor.tools import LONGEST_VALUE, Seat, read_shared, write_shared

pytestmark = pytest.mark.spec("A9")

AGENTS = ("head", "bookings", "payments")
KEYS = ("case", "total")


class Agents(RuleBasedStateMachine):
    """Agents that read when they like and write with what they read, however long ago."""

    @initialize()
    def start(self) -> None:
        self.state = SharedState(KEYS)
        self.read: dict[tuple[str, str], int] = {}
        self.history: dict[str, list[str]] = {key: [] for key in KEYS}

    @rule(agent=st.sampled_from(AGENTS), key=st.sampled_from(KEYS))
    def look(self, agent: str, key: str) -> None:
        self.read[agent, key] = self.state.read(key).version

    @rule(agent=st.sampled_from(AGENTS), key=st.sampled_from(KEYS), value=st.text(max_size=3))
    def write(self, agent: str, key: str, value: str) -> None:
        version = self.read.get((agent, key), 0)
        written = self.state.write(key, value, read_version=version, writer=agent)
        if version == len(self.history[key]):
            assert written == Versioned(value=value, version=version + 1, writer=agent)
            self.history[key].append(value)
        else:
            assert isinstance(written, Conflict)
            assert written.found == self.state.read(key)

    @rule()
    def resume(self) -> None:
        put_away = self.state.snapshot()
        self.state = SharedState(KEYS, put_away)

    @invariant()
    def every_write_that_was_taken_stands_or_was_seen_by_the_one_after_it(self) -> None:
        for key, values in self.history.items():
            found = self.state.read(key)
            assert (found.version, found.value) == (len(values), values[-1] if values else "")


TestAgents = Agents.TestCase
TestAgents.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


class FakeDesk:
    def __init__(self) -> None:
        self.shared = SharedState(KEYS)


@settings(max_examples=40, deadline=None)
@given(agents=st.integers(2, 6), tries=st.integers(1, 4), order=st.randoms(use_true_random=False))
def test_agents_who_count_at_once_and_look_again_after_a_conflict_lose_no_count(
    agents: int, tries: int, order: Any
) -> None:
    desk: Any = FakeDesk()

    async def counts(name: str) -> None:
        for _ in range(tries):
            while True:
                seen = json.loads(read_shared.function(Seat(desk, name), "total"))
                for _ in range(order.randrange(3)):
                    await asyncio.sleep(0)
                value = str(int(seen["value"] or 0) + 1)
                with suppress(ToolRefusal):
                    write_shared.function(Seat(desk, name), "total", value, seen["version"])
                    break

    async def all_of_them() -> None:
        await asyncio.gather(*(counts(f"agent-{number}") for number in range(agents)))

    asyncio.run(all_of_them())
    assert desk.shared.read("total").value == str(agents * tries)


def test_a_conflict_tells_what_stands_there_and_who_wrote_it() -> None:
    desk: Any = FakeDesk()
    write_shared.function(Seat(desk, "bookings"), "case", "slot 3", 0)
    with pytest.raises(ToolRefusal, match="version 1 now, written by bookings: 'slot 3'"):
        write_shared.function(Seat(desk, "payments"), "case", "slot 4", 0)
    assert desk.shared.read("case") == Versioned(value="slot 3", version=1, writer="bookings")


def test_what_is_not_shared_or_too_long_is_refused() -> None:
    desk: Any = FakeDesk()
    with pytest.raises(ToolRefusal, match="nothing is shared under 'other'; there is: case, total"):
        read_shared.function(Seat(desk, "head"), "other")
    with pytest.raises(ToolRefusal, match="at most 4000 characters"):
        write_shared.function(Seat(desk, "head"), "case", "x" * (LONGEST_VALUE + 1), 0)


def test_keys_that_are_shared_no_longer_are_left_out() -> None:
    state = SharedState(("case",), {"case": Versioned(value="a", version=2), "gone": Versioned(version=1)})
    assert state.snapshot() == {"case": Versioned(value="a", version=2)}
