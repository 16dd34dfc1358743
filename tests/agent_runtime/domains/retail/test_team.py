"""The example of a team: the ends of one agent with all tools, from events alone too: spec A9, A12."""

import asyncio

import pytest

from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, load_shop
from agent_runtime.domains.retail.supervised import Served, lines, serve
from agent_runtime.domains.retail.team import ORDERS, RETURNS
from agent_runtime.simulation.conversations import simulate
from streaming.contract import payloads as p

pytestmark = pytest.mark.spec("A9")

CONVERSATIONS = 60


@pytest.fixture(scope="module")
def served() -> list[Served]:
    return asyncio.run(serve(CONVERSATIONS))


async def test_every_simulated_customer_gets_what_one_agent_would_give(served: list[Served]) -> None:
    wrong = [each.conversation.conversation_id for each in served if each.reward != 1]
    assert wrong == []
    expected = [each.conversation.errand.expected_outcome for each in served]
    assert [each.ending.outcome for each in served] == expected
    assert {each.conversation.errand.intent for each in served} >= {"return", "ask_order"}


async def test_each_write_is_made_by_the_one_specialist_who_may_make_it(served: list[Served]) -> None:
    writes = {
        (end.payload.agent, end.payload.tool)
        for each in served
        for end in each.events
        if isinstance(end.payload, p.ToolCallEnd) and end.payload.effect == "write"
    }
    assert writes
    assert writes <= {*(("orders", tool) for tool in ORDERS), *(("returns", tool) for tool in RETURNS)}


@pytest.mark.spec("A12")
async def test_the_state_that_the_team_left_is_rebuilt_from_its_events(served: list[Served]) -> None:
    shop = simulate(seed=7, conversations=3).shop
    database = RetailDatabase(load_shop(shop.documents()))
    for each in served:
        final = final_state(reversed([*each.events, *each.events[::2]]))
        rebuilt = database.store("rebuilt")
        assert final.outcome == each.ending.outcome
        assert await apply_effects(final, RETAIL_TOOLS, rebuilt) == []
        assert rebuilt.changes() == each.store.changes()
        rebuilt.forget()
    database.close()


def test_what_they_told_each_other_is_shown(served: list[Served]) -> None:
    shown = [line for each in served for line in lines(each)]
    assert any(line.startswith("  front_desk -> information (delegate): ") for line in shown)
    assert any(line.startswith("  returns: return_delivered_order_items done") for line in shown)
