"""Final states from the event log alone: spec A12."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.appointments import APPOINTMENT_TOOLS, AppointmentDatabase
from agent_runtime.domains.appointments.scripts import visit
from agent_runtime.execution import Deliver, deliver
from agent_runtime.ledger import MemoryLedger
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.agent_runtime.domains.appointments.playing import play
from tests.agent_runtime.faults import answers_lost

pytestmark = pytest.mark.spec("A12")

CARRIERS: dict[str, Callable[[], Deliver]] = {
    "none": lambda: deliver,
    "lost": lambda: answers_lost(lambda n: n % 2 == 1),
}


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    fault=st.sampled_from(sorted(CARRIERS)),
    redelivered=st.booleans(),
    shuffle=st.randoms(use_true_random=False),
)
async def test_a_state_is_rebuilt_from_events_in_any_order_any_of_them_twice(
    seed: int, fault: str, redelivered: bool, shuffle: random.Random
) -> None:
    live, rebuilt = AppointmentDatabase(), AppointmentDatabase()
    events = await play(
        visit(seed), live.store("c"), MemoryLedger(), carrier=CARRIERS[fault](), redelivered=redelivered
    )
    log = events + shuffle.sample(events, len(events) // 2)
    shuffle.shuffle(log)
    final = final_state(log)
    assert (final.outcome, final.reason, final.unsettled) == ("resolved", "customer_done", frozenset())
    assert len(final.effects) == 4
    assert await apply_effects(final, APPOINTMENT_TOOLS, rebuilt.store("c")) == []
    assert rebuilt.store("c").changes() == live.store("c").changes()
    live.close()
    rebuilt.close()


async def events_of_a_visit() -> list[AgentEvent]:
    database = AppointmentDatabase()
    events = await play(visit(1), database.store("c"), MemoryLedger())
    database.close()
    return events


async def test_an_effect_whose_end_is_missing_is_told_to_be_unsettled() -> None:
    events = await events_of_a_visit()
    end = next(
        each
        for each in events
        if isinstance(each.payload, p.ToolCallEnd) and each.payload.tool == "book_slot"
    )
    final = final_state(each for each in events if each is not end)
    assert final.unsettled == {end.payload.idempotency_key}  # type: ignore[attr-defined]
    assert [each.call.name for each in final.effects] == ["charge_card", "charge_card", "issue_gift_card"]


async def test_an_effect_that_answers_otherwise_when_it_is_done_again_is_found() -> None:
    final = final_state(await events_of_a_visit())
    first, *others = final.effects
    changed = replace(final, effects=(replace(first, answer="something else"), *others))
    database = AppointmentDatabase()
    differing = await apply_effects(changed, APPOINTMENT_TOOLS, database.store("c"))
    assert [each.call.name for each in differing] == ["book_slot"]
    database.close()


def test_a_log_without_an_end_says_so() -> None:
    final = final_state([])
    assert (final.effects, final.outcome, final.scores) == ((), None, {})
