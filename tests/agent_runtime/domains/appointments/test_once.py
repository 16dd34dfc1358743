"""Writes without a guard of their own: what faults do to them, and what the ledger makes of it (A2, A3)."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent_runtime.clock import SystemClock
from agent_runtime.domains.appointments import AppointmentDatabase
from agent_runtime.domains.appointments.scripts import Exchange, Script, visit
from agent_runtime.domains.appointments.store import Changes
from agent_runtime.execution import Deliver
from agent_runtime.ledger import MemoryLedger
from agent_runtime.ledger.opening import open_ledger
from agent_runtime.settings import LedgerSettings
from streaming.contract import payloads as p
from tests.agent_runtime.domains.appointments.playing import files, play, play_without_ledger
from tests.agent_runtime.faults import answers_lost, twice

pytestmark = pytest.mark.spec("A2")

SEEDS = range(12)
WRITES = 4
"""Writes of a visit: a booking, two charges, a gift card."""


@pytest.fixture
def desk() -> Iterator[AppointmentDatabase]:
    database = AppointmentDatabase()
    yield database
    database.close()


async def undisturbed(seed: int) -> Changes:
    database = AppointmentDatabase()
    store = database.store("visit")
    await play(visit(seed), store, MemoryLedger())
    changes = store.changes()
    database.close()
    return changes


def written(changes: Changes) -> int:
    return sum(len(rows) for rows in changes.values())


FAULTS: dict[str, Deliver] = {"delivered twice": twice, "answers lost": answers_lost(lambda _: True)}


async def test_a_visit_books_charges_and_issues_as_asked(desk: AppointmentDatabase) -> None:
    store = desk.store("visit")
    await play(visit(1), store, MemoryLedger())
    changes = store.changes()
    assert {table: len(rows) for table, rows in changes.items()} == {
        "bookings": 1,
        "charges": 2,
        "gift_cards": 1,
    }


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_a_ledger_every_write_is_doubled(fault: str) -> None:
    for seed in SEEDS:
        database = AppointmentDatabase()
        store = database.store("visit")
        await play_without_ledger(visit(seed), store, carrier=FAULTS[fault])
        assert written(store.changes()) == 2 * WRITES
        database.close()


async def test_with_the_ledger_a_write_that_reaches_the_runtime_twice_happens_once() -> None:
    for seed in SEEDS:
        database = AppointmentDatabase()
        store = database.store("visit")
        await play(visit(seed), store, MemoryLedger(), redelivered=True)
        assert store.changes() == await undisturbed(seed)
        database.close()


async def test_a_write_that_the_network_doubles_happens_once_where_its_service_knows_keys() -> None:
    for seed in SEEDS:
        database = AppointmentDatabase()
        store = database.store("visit")
        await play(visit(seed), store, MemoryLedger(), carrier=twice)
        changes, expected = store.changes(), await undisturbed(seed)
        cards = changes.pop("gift_cards")
        assert len(cards) == 2, "that service keeps no keys: nobody before it can undo what a network doubles"
        assert changes == {table: rows for table, rows in expected.items() if table != "gift_cards"}
        database.close()


@pytest.mark.parametrize("lost", [2, 3])
async def test_with_the_ledger_an_answer_that_is_lost_now_and_then_leaves_the_effect_once(lost: int) -> None:
    for seed in SEEDS:
        database = AppointmentDatabase()
        store = database.store("visit")
        await play(visit(seed), store, MemoryLedger(), carrier=answers_lost(lambda n: n % lost == 1))
        assert store.changes() == await undisturbed(seed)
        database.close()


async def test_where_no_answer_ever_comes_the_outcome_is_unknown_and_what_rests_on_it_is_not_done() -> None:
    database = AppointmentDatabase()
    store, ledger = database.store("visit"), MemoryLedger()
    events = await play(visit(1), store, ledger, carrier=answers_lost(lambda _: True))
    assert {table: len(rows) for table, rows in store.changes().items()} == {
        "bookings": 1,
        "charges": 2,
        "gift_cards": 0,
    }
    assert {each.state for each in await ledger.records("visit")} == {"unknown"}
    ends = [each.payload for each in events if isinstance(each.payload, p.ToolCallEnd)]
    assert [end.error_type for end in ends if end.tool == "issue_gift_card"] == ["blocked"]
    database.close()


async def test_a_second_message_in_mid_call_finds_the_effect_done() -> None:
    for seed in SEEDS:
        script = visit(seed)
        *before, last = script.exchanges
        impatient = Script((*before, last, replace(last, says="Hello? The gift card, please!")))
        without, with_ledger = AppointmentDatabase(), AppointmentDatabase()
        await play_without_ledger(impatient, without.store("visit"))
        assert written(without.store("visit").changes()) == WRITES + 2

        store = with_ledger.store("visit")
        events = await play(impatient, store, MemoryLedger())
        assert store.changes() == await undisturbed(seed)
        ends = [each.payload for each in events if isinstance(each.payload, p.ToolCallEnd)]
        assert [end.tool for end in ends if end.from_ledger] == ["charge_card", "issue_gift_card"]
        without.close()
        with_ledger.close()


async def test_what_the_customer_confirms_is_done_once_more(desk: AppointmentDatabase) -> None:
    charge = ("charge_card", {"customer_id": "customer_1", "amount_cents": 500, "purpose": "tip"})
    find = ("find_customer", {"email": "customer1@example.com"})
    script = Script(
        (
            Exchange(says="I am customer1@example.com, 5 dollars for a tip.", calls=(find, charge)),
            Exchange(says="Again, please.", calls=(charge,), answer="I did that already. Once more?"),
            Exchange(says="Yes, once more.", calls=(charge,)),
            Exchange(says="Thanks!", calls=(charge,)),
        )
    )
    store = desk.store("visit")
    await play(script, store, MemoryLedger())
    assert len(store.changes()["charges"]) == 2


KILLED = [("commit", write) for write in range(1, WRITES + 1)] + [
    ("attempt", 2),
    ("noted", 1),
    ("noted", 4),
    ("settle", 3),
    ("settled", 2),
]


def killed(folder: Path, point: str, write: int, ledger: str, address: str = "") -> None:
    module = "tests.agent_runtime.domains.appointments.killed"
    command = [sys.executable, "-m", module, str(folder), "1", point, str(write), ledger, address]
    died = subprocess.run(command, check=False, capture_output=True, text=True)
    assert died.returncode == -9, died.stderr


async def test_without_a_ledger_a_kill_after_the_commit_leaves_the_write_twice(tmp_path: Path) -> None:
    killed(tmp_path, "commit", 2, "off")
    database = AppointmentDatabase(files(tmp_path)[0])
    await play_without_ledger(visit(1), database.store("visit"))
    assert written(database.store("visit").changes()) == WRITES + 2
    database.close()


@pytest.mark.parametrize(("point", "write"), KILLED, ids=[f"{point}-{write}" for point, write in KILLED])
async def test_with_the_ledger_a_kill_anywhere_leaves_every_write_once(
    tmp_path: Path, point: str, write: int
) -> None:
    await everything_is_once_after_a_kill(tmp_path, point, write, str(files(tmp_path)[1]))


@pytest.mark.parametrize(("point", "write"), [("commit", 2), ("noted", 1), ("settle", 3)])
async def test_with_the_ledger_in_postgres_a_kill_leaves_every_write_once(
    tmp_path: Path, point: str, write: int, postgres_ledger_url: str
) -> None:
    await everything_is_once_after_a_kill(tmp_path, point, write, postgres_ledger_url)


async def everything_is_once_after_a_kill(folder: Path, point: str, write: int, address: str) -> None:
    killed(folder, point, write, "on", address)
    database, ledger = AppointmentDatabase(files(folder)[0]), await open_ledger(LedgerSettings(store=address))
    store = database.store("visit")
    events = await play(visit(1), store, ledger, clock=SystemClock())
    assert store.changes() == await undisturbed(1)
    states = [each.state for each in await ledger.records("visit")]
    assert states.count("succeeded") == WRITES
    assert set(states) <= {"succeeded", "failed"}
    assert events[-1].payload.outcome == "resolved"  # type: ignore[attr-defined]
    await ledger.aclose()
    database.close()
