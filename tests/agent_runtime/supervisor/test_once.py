"""Effects of a team happen once, whoever causes them and whatever dies on the way: spec A9, A2, A12."""

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_runtime.clock import SystemClock
from agent_runtime.closure import apply_effects, final_state
from agent_runtime.domains.appointments import APPOINTMENT_TOOLS, AppointmentDatabase
from agent_runtime.domains.appointments.scripts import Exchange, Script, ScriptedCaller, visit
from agent_runtime.domains.appointments.store import Changes
from agent_runtime.ledger import MemoryLedger, SqliteLedger
from agent_runtime.messages import Message
from agent_runtime.models.scripted import Step
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from tests.agent_runtime.domains.appointments.playing import files, play
from tests.agent_runtime.faults import answers_lost
from tests.agent_runtime.supervisor.desk_team import (
    BOOKINGS,
    PAYMENTS,
    converse,
    delegates_all,
    desk_team,
    failing_team,
    leads,
)

pytestmark = pytest.mark.spec("A9", "A2")

CHARGE = ("charge_card", {"customer_id": "customer_1", "amount_cents": 500, "purpose": "tip"})
FIND = ("find_customer", {"email": "customer1@example.com"})


async def undisturbed(seed: int) -> Changes:
    """What one agent does that has all tools itself."""
    database = AppointmentDatabase()
    await play(visit(seed), database.store("visit"), MemoryLedger())
    changes = database.store("visit").changes()
    database.close()
    return changes


async def test_a_team_leaves_what_one_agent_with_all_tools_would() -> None:
    for seed in range(5):
        database, events = AppointmentDatabase(), list[AgentEvent]()
        store = database.store("visit")
        conversation = converse(desk_team(), leads(visit(seed)), store, MemoryLedger(), events)
        ending = await conversation.hold(ScriptedCaller(visit(seed)), channel="chat")
        assert ending.outcome == "resolved"
        assert store.changes() == await undisturbed(seed)
        callers = {
            each.payload.tool: each.payload.agent
            for each in events
            if isinstance(each.payload, p.ToolCallEnd) and each.payload.effect == "write"
        }
        assert callers == {"book_slot": "bookings", "charge_card": "payments", "issue_gift_card": "payments"}
        database.close()


async def test_head_and_specialist_who_both_call_cause_one_effect() -> None:
    database = AppointmentDatabase()
    store = database.store("visit")
    script = Script((Exchange(says="A tip.", calls=(FIND, CHARGE, CHARGE)),))

    def policy(context: Sequence[Message]) -> Step:
        """Has it charged twice by the specialist, then charges itself."""
        delegated = sum(each.role == "tool" for each in context) == 2
        return leads(script, direct=lambda who: delegated and who == "payments")(context)

    events = list[AgentEvent]()
    conversation = converse(desk_team("find_customer", *PAYMENTS), policy, store, MemoryLedger(), events)
    await conversation.hold(ScriptedCaller(script), channel="chat")
    assert len(store.changes()["charges"]) == 1
    ends = [each.payload for each in events if isinstance(each.payload, p.ToolCallEnd)]
    charged = [(end.agent, end.from_ledger) for end in ends if end.tool == "charge_card"]
    assert charged == [("payments", False), ("payments", True), (None, True)]
    database.close()


KILLED = [
    *(("commit", write, "as-before") for write in (1, 3, 4)),
    *(("commit", write, "by-the-head") for write in (2, 4)),
    ("attempt", 2, "as-before"),
    ("noted", 4, "by-the-head"),
    ("settle", 3, "as-before"),
    ("settled", 2, "by-the-head"),
]
"""Where the process dies, and who does the work when the turn runs again."""


def killed(folder: Path, *how: str | int) -> None:
    command = [sys.executable, "-m", "tests.agent_runtime.supervisor.killed", str(folder), *map(str, how)]
    died = subprocess.run(command, check=False, capture_output=True, text=True)
    assert died.returncode == -9, died.stderr


@pytest.mark.parametrize(
    ("point", "write", "again"), KILLED, ids=[f"{point}-{write}-{again}" for point, write, again in KILLED]
)
async def test_a_delegation_that_is_repeated_after_a_kill_does_everything_once(
    tmp_path: Path, point: str, write: int, again: str
) -> None:
    killed(tmp_path, 1, point, write)
    desk, ledger_file = files(tmp_path)
    database, ledger = AppointmentDatabase(desk), SqliteLedger(ledger_file)
    store, script, team = database.store("visit"), visit(1), desk_team(*BOOKINGS, *PAYMENTS)
    policy = leads(script, direct=lambda _: again == "by-the-head")
    conversation = converse(team, policy, store, ledger, [], clock=SystemClock())
    ending = await conversation.hold(ScriptedCaller(script), channel="chat")
    assert ending.outcome == "resolved"
    assert store.changes() == await undisturbed(1)
    states = [each.state for each in await ledger.records("visit")]
    assert states.count("succeeded") == 4
    assert set(states) <= {"succeeded", "failed"}
    ledger.close()
    database.close()


@pytest.mark.spec("A4")
@pytest.mark.parametrize(("point", "write"), [("commit", 3), ("settled", 3), ("noted", 4), ("settle", 4)])
async def test_a_kill_while_a_delegation_is_taken_back_leaves_nothing_of_it(
    tmp_path: Path, point: str, write: int
) -> None:
    killed(tmp_path, 1, point, write, "fails")
    desk, ledger_file = files(tmp_path)
    database, ledger, events = AppointmentDatabase(desk), SqliteLedger(ledger_file), list[AgentEvent]()
    store = database.store("visit")
    conversation = converse(failing_team(), delegates_all, store, ledger, events, clock=SystemClock())
    await conversation.hold(ScriptedCaller(visit(1)), channel="chat")
    changes = store.changes()
    assert {row[-1] for row in (*changes["charges"], *changes["bookings"])} == {"refunded", "released"}
    undone = {each.tool: each.undone for each in await ledger.records("visit") if each.state == "succeeded"}
    assert (undone["charge_card"], undone["book_slot"]) == (True, True)
    statuses = [each.payload.status for each in events if isinstance(each.payload, p.AgentMessage)]
    assert statuses == [None, "taken_back"]
    ledger.close()
    database.close()


@pytest.mark.spec("A12")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), lost=st.booleans(), shuffle=st.randoms(use_true_random=False))
async def test_the_end_of_a_teams_conversation_is_rebuilt_from_its_events(
    seed: int, lost: bool, shuffle: random.Random
) -> None:
    live, rebuilt, events = AppointmentDatabase(), AppointmentDatabase(), list[AgentEvent]()
    script = visit(seed)
    carrier = {"carrier": answers_lost(lambda n: n % 2 == 1)} if lost else {}
    conversation = converse(desk_team(), leads(script), live.store("c"), MemoryLedger(), events, **carrier)
    await conversation.hold(ScriptedCaller(script), channel="chat")
    log = events + shuffle.sample(events, len(events) // 2)
    shuffle.shuffle(log)
    final = final_state(log)
    assert (final.outcome, final.unsettled, len(final.effects)) == ("resolved", frozenset(), 4)
    assert await apply_effects(final, APPOINTMENT_TOOLS, rebuilt.store("c")) == []
    assert rebuilt.store("c").changes() == live.store("c").changes()
    live.close()
    rebuilt.close()
