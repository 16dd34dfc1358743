"""What every store of sessions keeps to, each on a real server: spec A8."""

import asyncio
import time

import pytest

from agent_runtime.sessions.errors import LeaseLostError
from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Accepted, Answer, Reply, Sender, Turn
from tests.agent_runtime.sessions.conftest import OpenStore

LEASE_S = 60.0


@pytest.fixture
def anna(prefix: str) -> Sender:
    return Sender(tenant_id=f"{prefix}acme", channel="web", channel_user="anna")


async def queued(store: SessionStore, sender: Sender, *texts: str) -> list[Accepted]:
    """Queues texts, each under itself as its id."""
    found = [await store.accept(sender, text, text, customer_id="c-1") for text in texts]
    return [each for each in found if each is not None]


async def claimed(store: SessionStore, session_id: str, lease_s: float = LEASE_S) -> Turn:
    turn = await store.claim(session_id, "me", lease_s)
    assert turn is not None
    return turn


@pytest.mark.spec("A8")
async def test_messages_are_numbered_in_the_order_of_their_arrival(store: SessionStore, anna: Sender) -> None:
    found = await queued(store, anna, "one", "two", "three")
    assert [each.seq for each in found] == [1, 2, 3]
    assert len({each.session_id for each in found}) == 1


@pytest.mark.spec("A8")
async def test_a_message_that_is_sent_again_is_the_same_message(store: SessionStore, anna: Sender) -> None:
    (first, _, again) = await queued(store, anna, "one", "two", "one")
    assert (first.repeated, again.repeated) == (False, True)
    assert (again.session_id, again.seq) == (first.session_id, 1)


@pytest.mark.spec("A8")
async def test_a_sender_who_was_never_seen_needs_a_customer(store: SessionStore, anna: Sender) -> None:
    assert await store.accept(anna, "one", "one") is None
    assert await store.accept(anna, "one", "one", customer_id="c-1") is not None
    assert await store.accept(anna, "two", "two") is not None


@pytest.mark.spec("A8")
async def test_two_channels_of_one_customer_share_a_session(
    store: SessionStore, anna: Sender, prefix: str
) -> None:
    phone = Sender(tenant_id=anna.tenant_id, channel="phone", channel_user="+1")
    ((web,), (call,)) = [await queued(store, sender, "one") for sender in (anna, phone)]
    assert (web.session_id, call.seq) == (call.session_id, 2)


async def test_equal_names_of_two_tenants_are_two_customers(store: SessionStore, anna: Sender) -> None:
    other = Sender(tenant_id=f"{anna.tenant_id}-2", channel="web", channel_user="anna")
    ((one,), (two,)) = [await queued(store, sender, "one") for sender in (anna, other)]
    assert one.session_id != two.session_id


@pytest.mark.spec("A8")
async def test_the_first_answer_to_who_it_is_stays(open_store: OpenStore, anna: Sender) -> None:
    stores = [await open_store() for _ in range(4)]
    found = await asyncio.gather(
        *(store.accept(anna, f"m-{n}", "hi", customer_id=f"customer-{n}") for n, store in enumerate(stores))
    )
    assert sorted(each.seq for each in found if each) == [1, 2, 3, 4]
    assert len({each.session_id for each in found if each}) == 1
    turn = await claimed(stores[0], found[0].session_id)  # type: ignore[union-attr]
    assert turn.customer_id in {f"customer-{n}" for n in range(4)}


@pytest.mark.spec("A8")
async def test_one_message_sent_by_four_at_once_is_queued_once(open_store: OpenStore, anna: Sender) -> None:
    stores = [await open_store() for _ in range(4)]
    found = await asyncio.gather(*(store.accept(anna, "same", "hi", customer_id="c-1") for store in stores))
    assert [each.seq for each in found if each] == [1] * 4
    assert sorted(each.repeated for each in found if each) == [False, True, True, True]


@pytest.mark.spec("A8")
async def test_one_writer_a_session(open_store: OpenStore, anna: Sender) -> None:
    stores = [await open_store() for _ in range(4)]
    (message,) = await queued(stores[0], anna, "one")
    turns = await asyncio.gather(*(store.claim(message.session_id, "x", LEASE_S) for store in stores))
    (turn,) = [turn for turn in turns if turn is not None]
    assert (turn.text, turn.attempt, turn.customer_id, turn.state) == ("one", 1, "c-1", b"")
    assert turn.sender == anna
    assert abs(turn.received_ns / 1e9 - time.time()) < 60


@pytest.mark.spec("A8")
async def test_answers_and_state_are_kept_turn_by_turn(store: SessionStore, anna: Sender) -> None:
    (one, two) = await queued(store, anna, "one", "two")
    turn = await claimed(store, one.session_id)
    assert await store.answer(anna, "one") is None
    following = await store.commit(turn, Reply(text="Yes, one.", state=b"\x00\xff"), LEASE_S)
    assert following is not None
    assert (following.text, following.state, following.token) == ("two", b"\x00\xff", turn.token)
    assert await store.answer(anna, "one") == Answer(session_id=one.session_id, seq=1, text="Yes, one.")
    assert await store.commit(following, Reply(text="Two.", failed=True), LEASE_S) is None
    assert await store.answer(anna, "two") == Answer(
        session_id=two.session_id, seq=2, text="Two.", failed=True
    )
    assert await store.claim(one.session_id, "me", LEASE_S) is None


@pytest.mark.spec("A8")
async def test_a_message_that_comes_during_a_turn_is_the_next_one(store: SessionStore, anna: Sender) -> None:
    (one,) = await queued(store, anna, "one")
    turn = await claimed(store, one.session_id)
    await queued(store, anna, "two")
    following = await store.commit(turn, Reply(text="1"), LEASE_S)
    assert following is not None
    assert following.text == "two"


@pytest.mark.spec("A8")
async def test_a_writer_whose_lease_ended_is_fenced_off(open_store: OpenStore, anna: Sender) -> None:
    store, other = await open_store(), await open_store()
    (one,) = await queued(store, anna, "one")
    stale = await claimed(store, one.session_id, lease_s=0.01)
    await asyncio.sleep(0.05)
    fresh = await claimed(other, one.session_id)
    assert (fresh.token > stale.token, fresh.attempt, fresh.key) == (True, 2, stale.key)
    assert not await store.renew(stale, LEASE_S)
    await store.give_back(stale)
    with pytest.raises(LeaseLostError):
        await store.commit(stale, Reply(text="stale"), LEASE_S)
    assert await other.renew(fresh, LEASE_S)
    await other.commit(fresh, Reply(text="fresh"), LEASE_S)
    answer = await store.answer(anna, "one")
    assert answer is not None
    assert answer.text == "fresh"


async def test_an_answer_is_kept_once_also_by_its_own_writer(store: SessionStore, anna: Sender) -> None:
    (one, _) = await queued(store, anna, "one", "two")
    turn = await claimed(store, one.session_id)
    await store.commit(turn, Reply(text="first"), LEASE_S)
    with pytest.raises(LeaseLostError):
        await store.commit(turn, Reply(text="second"), LEASE_S)
    answer = await store.answer(anna, "one")
    assert answer is not None
    assert answer.text == "first"


async def test_a_renewed_lease_keeps_others_away(open_store: OpenStore, anna: Sender) -> None:
    store, other = await open_store(), await open_store()
    (one,) = await queued(store, anna, "one")
    turn = await claimed(store, one.session_id, lease_s=0.2)
    assert await store.renew(turn, LEASE_S)
    await asyncio.sleep(0.3)
    assert await other.claim(one.session_id, "other", LEASE_S) is None


@pytest.mark.spec("A8")
async def test_what_nobody_serves_is_found(store: SessionStore, anna: Sender) -> None:
    (one,) = await queued(store, anna, "one")
    assert one.session_id in await store.waiting(10_000)
    turn = await claimed(store, one.session_id)
    assert one.session_id not in await store.waiting(10_000)
    await store.give_back(turn)
    assert one.session_id in await store.waiting(10_000)
    await store.commit(await claimed(store, one.session_id), Reply(text="1"), LEASE_S)
    assert one.session_id not in await store.waiting(10_000)


@pytest.mark.spec("A8")
async def test_a_closed_session_is_followed_by_a_new_one(store: SessionStore, anna: Sender) -> None:
    (one,) = await queued(store, anna, "one")
    turn = await claimed(store, one.session_id)
    await store.commit(turn, Reply(text="Bye.", state=b"old", closes=True), LEASE_S)
    (two, again) = await queued(store, anna, "two", "one")
    assert (two.session_id != one.session_id, two.seq) == (True, 1)
    assert (again.session_id, again.repeated) == (one.session_id, True)
    assert (await claimed(store, two.session_id)).state == b""


@pytest.mark.spec("A8")
async def test_a_session_with_a_queue_stays_open_until_it_is_empty(store: SessionStore, anna: Sender) -> None:
    (one, _) = await queued(store, anna, "one", "wait!")
    following = await store.commit(
        await claimed(store, one.session_id), Reply(text="Bye.", closes=True), LEASE_S
    )
    assert following is not None
    (three,) = await queued(store, anna, "three")
    assert (following.text, three.session_id) == ("wait!", one.session_id)


async def test_any_text_and_any_bytes_come_back_as_they_were(store: SessionStore, prefix: str) -> None:
    odd = "ä'\";--:name %(x)s %s {}\n\u2028🙂"
    sender = Sender(tenant_id=prefix + odd, channel=odd, channel_user=odd)
    accepted = await store.accept(sender, odd, odd, customer_id=odd)
    assert accepted is not None
    turn = await claimed(store, accepted.session_id)
    assert (turn.sender, turn.text, turn.message_id, turn.customer_id) == (sender, odd, odd, odd)
    await store.commit(turn, Reply(text=odd, state=bytes(range(256))), LEASE_S)
    await store.accept(sender, "2", "2")
    assert (await claimed(store, accepted.session_id)).state == bytes(range(256))
    answer = await store.answer(sender, odd)
    assert answer is not None
    assert answer.text == odd
