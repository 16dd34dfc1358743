"""Final states of generated conversations from their events alone: spec A12."""

import asyncio
import random

import pytest

from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.retail.store import Changes
from agent_runtime.scenarios.planning import Planner
from agent_runtime.scenarios.playing import Stage
from agent_runtime.scenarios.tools import SHOP_TOOLS, ShopStore
from streaming.contract.events import AgentEvent
from tests.agent_runtime.scenarios.conftest import thinned

pytestmark = pytest.mark.spec("A12")


async def hold_and_rebuild(count: int) -> tuple[int, int]:
    """How many conversations changed something, and how many could not be rebuilt."""
    planner = Planner(thinned("injections", customers=60), seed=11, total=count)
    stage, rng = Stage(planner), random.Random(4)
    changed = wrong = 0
    for number in range(count):
        events: list[AgentEvent] = []
        live: list[Changes] = []
        plan = planner.plan(number)
        held = await stage.hold(plan, events.append, lambda store, left=live: left.append(store.changes()))
        log = events + rng.sample(events, len(events) // 3)
        rng.shuffle(log)
        final = final_state(log)
        rebuilt = ShopStore(stage.database, f"rebuilt/{number}", lambda _: [])
        answered_otherwise = await apply_effects(final, SHOP_TOOLS, rebuilt)
        same = rebuilt.changes() == live[0] and not answered_otherwise and not final.unsettled
        wrong += not (same and (final.outcome, final.reason) == (held.ending.outcome, held.ending.reason))
        changed += bool(live[0])
        rebuilt.forget()
    stage.close()
    return changed, wrong


def test_every_generated_conversation_is_rebuilt_from_its_events_doubled_and_out_of_order() -> None:
    changed, wrong = asyncio.run(hold_and_rebuild(200))
    assert wrong == 0
    assert changed > 60
