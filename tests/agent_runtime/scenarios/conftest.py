"""Scenarios of the package, thinned out, generated once for all tests that look at them."""

from collections.abc import Callable
from functools import cache

import pytest
from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.scenarios import Load, Scenario, Truth, generate, read_scenario
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

CUSTOMERS = 400


class Generated(Struct):
    """A load that was generated."""

    load: Load
    events: list[AgentEvent]
    truths: list[Truth]

    @property
    def by_conversation(self) -> dict[str, list[AgentEvent]]:
        found: dict[str, list[AgentEvent]] = {}
        for event in self.events:
            found.setdefault(event.conversation_id, []).append(event)
        return found

    def of(self, kind: type[p.Payload]) -> list[AgentEvent]:
        return [event for event in self.events if isinstance(event.payload, kind)]


Generate = Callable[[str, int], Generated]


def thinned(name: str, customers: int = CUSTOMERS) -> Scenario:
    return replace(read_scenario(name), customers=customers)


def run(load: Load) -> Generated:
    batches = list(generate(load))
    return Generated(
        load,
        [event for batch in batches for event in batch.events],
        [truth for batch in batches for truth in batch.truths],
    )


@cache
def _generated(name: str, total: int) -> Generated:
    return run(Load(scenario=thinned(name), seed=7, total=total))


@pytest.fixture(scope="session")
def generated() -> Generate:
    return _generated


@pytest.fixture(scope="session")
def regression(generated: Generate) -> Generated:
    return generated("regression", 2_000)


@pytest.fixture(scope="session")
def injections() -> Generated:
    """More attempts than the scenario has, and agents that obey more often."""
    scenario = thinned("injections")
    changed = replace(
        scenario,
        injections=replace(scenario.injections, share=0.3),
        agents=[replace(agent, obeys_injections=0.4) for agent in scenario.agents],
    )
    return run(Load(scenario=changed, seed=7, total=700))


@pytest.fixture(scope="session")
def new_failure(generated: Generate) -> Generated:
    return generated("new_failure", 900)


@pytest.fixture(scope="session")
def incidents(generated: Generate) -> Generated:
    return generated("incidents", 1_000)
