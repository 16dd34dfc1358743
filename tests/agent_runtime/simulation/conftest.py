"""Simulated conversations held by the real loop, the real tools and the real store."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec import Struct

from agent_runtime.domains.retail.shop import load_shop
from agent_runtime.domains.retail.store import RetailDatabase
from agent_runtime.loop import Ending
from agent_runtime.play import play_one
from agent_runtime.simulation.conversations import SimulatedConversation, Simulation, simulate
from agent_runtime.simulation.playable import SimulatedRuns
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

START_NS = 1_700_000_000_000_000_000
PayloadT = TypeVar("PayloadT", bound=p.Payload)


class Held(Struct):
    """A conversation that was held, and its traces."""

    conversation: SimulatedConversation
    ending: Ending
    events: list[AgentEvent]

    @property
    def reward(self) -> float:
        judged = self.payloads(p.OutcomeRecorded)
        return next(each.score for each in judged if each.name == "task_reward")

    @property
    def writes(self) -> list[p.ToolCallStart]:
        return [each for each in self.payloads(p.ToolCallStart) if each.effect == "write"]

    @property
    def said(self) -> list[str]:
        return [each.content for each in self.payloads(p.ResponseSent)]

    def payloads(self, kind: type[PayloadT]) -> list[PayloadT]:
        return [each.payload for each in self.events if isinstance(each.payload, kind)]


HoldAll = Callable[[Simulation], list[Held]]


async def _hold_all(simulation: Simulation) -> list[Held]:
    database = RetailDatabase(load_shop(simulation.shop.documents()))
    by_id = {each.conversation_id: each for each in simulation.conversations}
    held = []
    for playable in SimulatedRuns(simulation, database):
        events: list[AgentEvent] = []
        ending = await play_one(playable, start_ns=START_NS, sink=events.append)
        held.append(Held(by_id[playable.conversation_id], ending, events))
    database.close()
    return held


@pytest.fixture(scope="session")
def hold_all() -> HoldAll:
    return lambda simulation: asyncio.run(_hold_all(simulation))


@pytest.fixture(scope="session")
def held(hold_all: HoldAll) -> list[Held]:
    return hold_all(simulate(seed=11, conversations=1_800))
