"""What is forgotten by age, and what never is: spec A8, A2. On each store of sessions, on real servers."""

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from agent_runtime.cli import app
from agent_runtime.expiry import Expired, expire
from agent_runtime.ledger import EffectRecord, LedgerStore, MemoryLedger
from agent_runtime.ledger.opening import open_ledger
from agent_runtime.sessions.opening import open_session_store
from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Reply, Sender
from agent_runtime.settings import LedgerSettings, SessionSettings
from tests.agent_runtime.sessions.conftest import address, open_store, prefix, store

__all__ = ["address", "open_store", "prefix", "store"]

LEASE_S = 60.0
OLD_S = 0.0
"""Everything is old enough that is not used at the moment."""
EFFECT = EffectRecord(
    key="k", conversation_id="c", turn=1, occurrence=1, tool="t", arguments="{}", call="{}", state="succeeded"
)


def sender(prefix: str, user: str = "anna") -> Sender:
    return Sender(tenant_id=f"{prefix}acme", channel="web", channel_user=user)


async def queued(store: SessionStore, sender: Sender, text: str) -> str:
    accepted = await store.accept(sender, text, text, customer_id=sender.channel_user)
    assert accepted is not None
    return accepted.session_id


async def answered(store: SessionStore, sender: Sender, text: str = "hi", *, closes: bool = False) -> str:
    session_id = await queued(store, sender, text)
    turn = await store.claim(session_id, "me", LEASE_S)
    assert turn is not None
    await store.commit(turn, Reply(text="Hello.", state=b"state", closes=closes), LEASE_S)
    return session_id


async def idle(store: SessionStore, prefix: str, idle_s: float = OLD_S) -> set[str]:
    """Sessions of this test that nobody uses; a server has those of other tests too."""
    await asyncio.sleep(0.002)
    return set(await store.idle(idle_s, skip=0, limit=100_000))


@pytest.mark.spec("A8")
@pytest.mark.parametrize("closes", [False, True], ids=["open", "closed"])
async def test_a_session_that_nobody_uses_is_forgotten_with_its_messages(
    store: SessionStore, prefix: str, closes: bool
) -> None:
    anna = sender(prefix)
    session_id = await answered(store, anna, closes=closes)
    assert session_id in await idle(store, prefix)
    assert await store.forget(session_id, OLD_S)
    assert session_id not in await idle(store, prefix)
    assert not await store.knows(session_id)
    assert await store.answer(anna, "hi") is None
    assert not await store.forget(session_id, OLD_S)
    again = await store.accept(anna, "hi", "hi")
    assert again is not None, "who a sender is stays known"
    assert (again.session_id != session_id, again.seq, again.repeated) == (True, 1, False)


@pytest.mark.spec("A8")
async def test_a_session_is_kept_while_a_message_is_unanswered_a_lease_runs_or_it_is_young(
    store: SessionStore, prefix: str
) -> None:
    waiting = await queued(store, sender(prefix, "waiting"), "hi")
    served = await answered(store, sender(prefix, "served"))
    await queued(store, sender(prefix, "served"), "and?")
    turn = await store.claim(served, "me", LEASE_S)
    young = await answered(store, sender(prefix, "young"))
    for session_id, idle_s in ((waiting, OLD_S), (served, OLD_S), (young, 3_600.0)):
        assert session_id not in await idle(store, prefix, idle_s)
        assert not await store.forget(session_id, idle_s)
        assert await store.knows(session_id)
    assert turn is not None
    await store.commit(turn, Reply(text="Yes."), LEASE_S)
    assert served in await idle(store, prefix)


@pytest.mark.spec("A8", "A2")
async def test_old_sessions_go_with_their_effects_but_for_those_of_unknown_outcome(
    store: SessionStore, prefix: str
) -> None:
    ledger = MemoryLedger()
    settled = await answered(store, sender(prefix, "settled"))
    unknown = await answered(store, sender(prefix, "unknown"))
    attempted = await answered(store, sender(prefix, "attempted"))
    for session_id, state in ((settled, "succeeded"), (unknown, "unknown"), (attempted, "attempted")):
        await ledger.put(replace(EFFECT, key=session_id, conversation_id=session_id, state=state))
    await asyncio.sleep(0.002)
    expired = await expire(store, ledger, idle_s=OLD_S)
    assert (expired.sessions >= 1, expired.kept) == (True, 2)
    assert await ledger.records(settled) == []
    assert [await store.knows(each) for each in (settled, unknown, attempted)] == [False, True, True]
    await ledger.put(replace(EFFECT, key=unknown, conversation_id=unknown, state="failed"))
    assert (await expire(store, ledger, idle_s=OLD_S)).kept == 1
    assert not await store.knows(unknown)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def ledger_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where effects are kept, of each kind in turn."""
    if request.param == "postgres":
        url: str = request.getfixturevalue("postgres_ledger_url")
        return url
    return "" if request.param == "memory" else str(tmp_path / "ledger.db")


async def opened(address: str) -> LedgerStore:
    return await open_ledger(LedgerSettings(store=address)) if address else MemoryLedger()


@pytest.mark.spec("A2")
async def test_effects_without_a_session_go_by_their_own_age(
    ledger_address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_runtime.expiry.BATCH", 4)
    store = await open_session_store(SessionSettings(store=str(tmp_path / "sessions.db")))
    ledger = await opened(ledger_address)
    with_session = await answered(store, sender("s-"))
    for number in range(10):
        await ledger.put(replace(EFFECT, key=f"k{number}", conversation_id=f"c{number}", left_ns=number))
    for conversation_id, state, left_ns in (
        (with_session, "succeeded", 5),
        ("unknown", "unknown", 5),
        ("young", "succeeded", 10**12),
    ):
        record = replace(EFFECT, key=conversation_id, conversation_id=conversation_id, left_ns=left_ns)
        await ledger.put(replace(record, state=state))
    expired = await expire(store, ledger, idle_s=100.0, clock_ns=lambda: 10**12)
    assert expired == Expired(sessions=0, ledgers=10, kept=0)
    for conversation_id in (with_session, "unknown", "young"):
        assert len(await ledger.records(conversation_id)) == 1
    assert await ledger.records("c0") == []
    await store.close()
    await ledger.aclose()


@pytest.mark.spec("A8")
def test_the_command_says_what_it_forgot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNSTONE_RUNTIME_SESSION_STORE", str(tmp_path / "sessions.db"))
    monkeypatch.setenv("TURNSTONE_RUNTIME_LEDGER_STORE", str(tmp_path / "ledger.db"))
    monkeypatch.setenv("COLUMNS", "200")

    async def one_session() -> None:
        store = await open_session_store(SessionSettings())
        await answered(store, sender("s-"))
        await store.close()

    asyncio.run(one_session())
    runner = CliRunner()
    young = runner.invoke(app, ["expire"])
    assert "0 sessions forgotten" in young.output
    old = runner.invoke(app, ["expire", "--days", "0"])
    assert "1 sessions forgotten" in old.output
    assert old.exit_code == 0
