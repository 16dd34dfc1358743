"""What keeps records: the same laws in memory, in a file and in Postgres (spec A2)."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from agent_runtime.errors import LedgerError, OutcomeUnknownError
from agent_runtime.ledger import (
    EffectRecord,
    LedgerStore,
    MemoryLedger,
    RememberedEffects,
    SqliteLedger,
    transaction,
)
from agent_runtime.ledger.opening import open_ledger
from agent_runtime.settings import LedgerSettings
from infra.local.ports import free_ports

pytestmark = pytest.mark.spec("A2")


def record(key: str, conversation: str = "c", **changes: object) -> EffectRecord:
    made = EffectRecord(
        key=key, conversation_id=conversation, turn=1, occurrence=1, tool="pay", arguments="{}", call="{}"
    )
    return replace(made, **changes)


@pytest.fixture(params=["memory", "process", "machine", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LedgerStore]:
    if request.param == "memory":
        yield MemoryLedger()
        return
    if request.param == "postgres":
        settings = LedgerSettings(store=request.getfixturevalue("postgres_ledger_url"))
    else:
        settings = LedgerSettings(store=str(tmp_path / "ledger.db"), durability=request.param)
    ledger = await open_ledger(settings)
    yield ledger
    await ledger.aclose()


async def test_records_come_back_as_they_were_in_the_order_of_their_first_writing(store: LedgerStore) -> None:
    first, second = record("k1", answer="ünï", asked_turn=3, undone=True), record("k2", state="unknown")
    for each in (first, second, replace(first, state="succeeded", attempts=2)):
        await store.put(each)
    assert await store.records("c") == [replace(first, state="succeeded", attempts=2), second]
    assert await store.records("other") == []


async def test_only_what_is_not_settled_and_old_enough_is_found_unsettled(store: LedgerStore) -> None:
    await store.put(record("new", left_ns=90))
    await store.put(record("old", "d", left_ns=10))
    await store.put(record("older", "e", state="unknown", left_ns=5))
    await store.put(record("done", state="succeeded", left_ns=1))
    assert [each.key for each in await store.unsettled(50)] == ["older", "old"]


async def test_a_conversation_that_is_forgotten_leaves_the_others(store: LedgerStore) -> None:
    await store.put(record("k1"))
    await store.put(record("k2", "d"))
    await store.forget("c")
    assert await store.records("c") == []
    assert [each.key for each in await store.records("d")] == ["k2"]


async def test_conversations_are_found_that_are_settled_and_old_the_oldest_first(store: LedgerStore) -> None:
    await store.put(record("k1", "older", state="failed", left_ns=10))
    await store.put(record("k2", "old", state="succeeded", left_ns=20))
    await store.put(record("k3", "old", state="succeeded", left_ns=30))
    await store.put(record("k4", "still talking", state="succeeded", left_ns=20))
    await store.put(record("k5", "still talking", state="succeeded", left_ns=100))
    await store.put(record("k6", "nobody knows", state="unknown", left_ns=1))
    await store.put(record("k7", "on its way", state="attempted", left_ns=1))
    await store.put(record("k8", "on its way", state="succeeded", left_ns=2))
    assert await store.settled_conversations(100, skip=0, limit=9) == ["older", "old"]
    assert await store.settled_conversations(100, skip=1, limit=9) == ["old"]
    assert await store.settled_conversations(100, skip=0, limit=1) == ["older"]


async def test_records_of_calls_made_at_once_are_all_kept(store: LedgerStore) -> None:
    await asyncio.gather(*(store.put(record(f"k{number}")) for number in range(20)))
    assert {each.key for each in await store.records("c")} == {f"k{number}" for number in range(20)}


async def test_any_text_comes_back_as_it_was(store: LedgerStore) -> None:
    odd = record("k", call="ä'\";--:name %(x)s %s {}\n\u2028🙂", answer=":answer", left_ns=2**62)
    await store.put(odd)
    assert await store.records("c") == [odd]


async def test_another_process_reads_what_was_written_before_it_returned(tmp_path: Path) -> None:
    mine, theirs = SqliteLedger(tmp_path / "l.db"), SqliteLedger(tmp_path / "l.db")
    await mine.put(record("k1"))
    assert [each.key for each in await theirs.records("c")] == ["k1"]
    mine.close()
    theirs.close()


@pytest.mark.parametrize(("durability", "level"), [("process", 1), ("machine", 2)])
def test_what_a_record_outlives_is_what_was_asked_for(tmp_path: Path, durability: str, level: int) -> None:
    ledger = SqliteLedger(tmp_path / "l.db", durability)  # type: ignore[arg-type]
    assert ledger._connection.execute("pragma synchronous").fetchone() == (level,)
    assert ledger._connection.execute("pragma journal_mode").fetchone() == ("wal",)
    ledger.close()


async def test_a_ledger_that_cannot_be_reached_says_so(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="cannot be opened"):
        SqliteLedger(tmp_path / "no" / "folder")
    ledger = SqliteLedger(tmp_path / "l.db")
    ledger.close()
    with pytest.raises(LedgerError, match="failed"):
        await ledger.put(record("k1"))


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a pool that never connected
async def test_a_ledger_in_postgres_that_cannot_be_reached_says_so() -> None:
    pytest.importorskip("psycopg_pool", reason="no client for Postgres: dependency group `stores`")
    (port,) = free_ports(1)
    with pytest.raises(LedgerError, match="in Postgres cannot be opened"):
        await open_ledger(LedgerSettings(store=f"postgresql://127.0.0.1:{port}/x", timeout_s=1.0))


async def test_a_ledger_in_postgres_that_goes_away_says_so(postgres_ledger_url: str) -> None:
    ledger = await open_ledger(LedgerSettings(store=postgres_ledger_url))
    await ledger.aclose()
    with pytest.raises(LedgerError, match="in Postgres failed"):
        await ledger.put(record("k1"))


async def test_a_kind_of_ledger_that_nobody_knows_is_refused() -> None:
    with pytest.raises(LedgerError, match=r"takes a file or postgresql://…"):
        await open_ledger(LedgerSettings(store="redis://somewhere"))


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    RememberedEffects.prepare(connection)
    connection.execute("create table world (what text)")
    yield connection
    connection.close()


def writes(connection: sqlite3.Connection, what: str) -> Callable[[], str]:
    def act() -> str:
        connection.execute("insert into world values (?)", (what,))
        return f"wrote {what}"

    return act


def test_a_write_and_its_answer_are_remembered_together(connection: sqlite3.Connection) -> None:
    remembered = RememberedEffects(connection, "c")
    answers = [remembered.once("k", writes(connection, "x")) for _ in range(3)]
    assert answers == ["wrote x"] * 3
    assert connection.execute("select count(*) from world").fetchone() == (1,)
    assert RememberedEffects(connection, "d").once("k", writes(connection, "y")) == "wrote y"
    remembered.forget()
    assert remembered.once("k", writes(connection, "z")) == "wrote z"


def test_a_connection_that_opens_transactions_by_itself_is_refused() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(ValueError, match="isolation_level=None"):
        RememberedEffects(connection, "c")
    connection.close()


def test_a_write_that_fails_leaves_nothing_and_is_not_remembered(connection: sqlite3.Connection) -> None:
    remembered = RememberedEffects(connection, "c")

    def act() -> str:
        connection.execute("insert into world values ('x')")
        raise KeyError

    with pytest.raises(KeyError):
        remembered.once("k", act)
    assert connection.execute("select count(*) from world").fetchone() == (0,)
    assert remembered.once("k", writes(connection, "x")) == "wrote x"


def test_a_commit_that_fails_and_cannot_be_rolled_back_is_unknown() -> None:
    class Breaks:
        in_transaction = False

        def execute(self, statement: str) -> None:
            if statement == "commit":
                raise sqlite3.OperationalError("disk I/O error")

    with pytest.raises(OutcomeUnknownError), transaction(Breaks()):  # type: ignore[arg-type]
        pass
