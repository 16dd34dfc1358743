"""Recorded conversations with faults on the way of their writes, and rebuilt from their events (A2, A12)."""

import asyncio
import random
from pathlib import Path

import pytest

from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.retail import RETAIL_TOOLS
from tests.agent_runtime.domains.retail.replays import (
    Ended,
    Impatient,
    ShopReplays,
    crash_after_first_commit,
    writes,
)
from tests.agent_runtime.faults import answers_lost, twice

pytestmark = pytest.mark.recordings

CONVERSATIONS = 150
"""The first of 1,365; ``make bench ARGS="runtime"`` plays all of them."""


@pytest.fixture(scope="module")
def replays(recordings_folder: Path) -> ShopReplays:
    return ShopReplays(recordings_folder, CONVERSATIONS)


@pytest.fixture(scope="module")
def undisturbed(replays: ShopReplays) -> dict[str, Ended]:
    return asyncio.run(replays.replay())


FAULTS = {
    "delivered twice": lambda: twice,
    "answers lost": lambda: answers_lost(lambda n: n % 2 == 1),
    "crash after the commit": crash_after_first_commit,
}


@pytest.mark.spec("A2")
@pytest.mark.parametrize("fault", FAULTS)
async def test_faults_change_neither_observations_nor_final_states_nor_rewards(
    replays: ShopReplays, undisturbed: dict[str, Ended], fault: str
) -> None:
    disturbed = await replays.replay(carrier=FAULTS[fault])
    assert sum(bool(each.state) for each in undisturbed.values()) > CONVERSATIONS / 2
    for conversation, ended in disturbed.items():
        expected = undisturbed[conversation]
        assert ended.state == expected.state, conversation
        if fault != "crash after the commit":  # what is read again after it shows what was written
            assert ended.observations == expected.observations, conversation
        assert ended.scores == expected.scores, conversation


@pytest.mark.spec("A2")
async def test_a_second_message_in_mid_call_changes_neither_final_states_nor_rewards(
    replays: ShopReplays, undisturbed: dict[str, Ended]
) -> None:
    disturbed = await replays.replay(model=Impatient, further_steps=writes(undisturbed))
    assert sum(writes(disturbed).values()) == 2 * sum(writes(undisturbed).values())
    for conversation, ended in disturbed.items():
        assert ended.state == undisturbed[conversation].state, conversation
        assert ended.scores == undisturbed[conversation].scores, conversation


@pytest.mark.spec("A12")
@pytest.mark.parametrize("fault", [None, "answers lost", "crash after the commit"])
async def test_every_final_state_is_rebuilt_from_its_events_alone(
    replays: ShopReplays, undisturbed: dict[str, Ended], fault: str | None
) -> None:
    rng = random.Random(12)
    held = undisturbed if fault is None else await replays.replay(carrier=FAULTS[fault])
    for conversation, ended in held.items():
        events = ended.events + rng.sample(ended.events, len(ended.events) // 3)
        rng.shuffle(events)
        final = final_state(events)
        assert (final.reason, final.scores) == (ended.reason, ended.scores), conversation
        assert not final.unsettled
        store = replays.database.store(f"rebuilt/{conversation}")
        assert await apply_effects(final, RETAIL_TOOLS, store) == []
        assert store.changes() == ended.state, conversation
        store.forget()
