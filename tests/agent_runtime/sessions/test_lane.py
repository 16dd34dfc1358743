"""The lane of a session over each store: spec A8."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agent_runtime.sessions.errors import LaneClosedError, SessionStoreError
from agent_runtime.sessions.lane import FAILED_TEXT, LanePolicy, SessionLane
from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Answer, Reply, Sender, Turn
from tests.agent_runtime.sessions.conftest import OpenStore

QUICK = LanePolicy(lease_s=0.3, poll_s=0.01, sweep_s=0.05, grace_s=2)


@pytest.fixture
def anna(prefix: str) -> Sender:
    return Sender(tenant_id=f"{prefix}acme", channel="web", channel_user="anna")


class Remembering:
    """A turn that takes a while, counts on from its state and remembers how it was run.

    Attributes:
        run: Keys and attempts, in the order in which turns began.
        at_once: The most turns of one session that ever ran at a time.
    """

    def __init__(self, takes_s: float = 0.0) -> None:
        self.run: list[tuple[str, int]] = []
        self.at_once = 0
        self._takes_s = takes_s
        self._running: dict[str, int] = {}

    async def __call__(self, turn: Turn) -> Reply:
        self.run.append((turn.key, turn.attempt))
        self._running[turn.session_id] = self._running.get(turn.session_id, 0) + 1
        self.at_once = max(self.at_once, self._running[turn.session_id])
        try:
            await asyncio.sleep(self._takes_s)
        finally:
            self._running[turn.session_id] -= 1
        count = int(turn.state or b"0") + 1
        return Reply(text=f"{count}: {turn.text}", state=b"%d" % count)


def lane(
    store: SessionStore, run_turn: Callable[[Turn], Awaitable[Reply]], policy: LanePolicy = QUICK
) -> SessionLane:
    return SessionLane(store, run_turn, policy=policy)


@pytest.mark.spec("A8")
async def test_messages_sent_at_once_are_answered_in_order_by_one_writer(
    store: SessionStore, anna: Sender
) -> None:
    turns = Remembering(takes_s=0.01)
    async with lane(store, turns) as open_lane:
        answers = await asyncio.gather(*(open_lane.send(anna, f"m{n}", f"t{n}") for n in range(10)))
    by_place = sorted(answers, key=lambda answer: answer.seq)
    assert [answer.text.partition(":")[0] for answer in by_place] == [str(n) for n in range(1, 11)]
    assert turns.at_once == 1


@pytest.mark.spec("A8")
async def test_a_message_sent_while_the_last_turn_runs_waits_for_it(
    store: SessionStore, anna: Sender
) -> None:
    turns = Remembering(takes_s=0.1)
    async with lane(store, turns) as open_lane:
        first = asyncio.create_task(open_lane.send(anna, "1", "one"))
        await asyncio.sleep(0.05)
        assert (await open_lane.send(anna, "2", "two")).text == "2: two"
        assert first.done()


@pytest.mark.spec("A8")
async def test_a_message_sent_twice_has_one_turn_and_one_answer(store: SessionStore, anna: Sender) -> None:
    turns = Remembering(takes_s=0.02)
    async with lane(store, turns) as open_lane:
        both = await asyncio.gather(*(open_lane.send(anna, "1", "one") for _ in range(5)))
        late = await open_lane.send(anna, "1", "one")
    assert {answer.text for answer in [*both, late]} == {"1: one"}
    assert len(turns.run) == 1


@pytest.mark.spec("A8")
async def test_a_client_that_disconnects_finds_its_answer_when_it_is_back(
    store: SessionStore, anna: Sender
) -> None:
    turns = Remembering(takes_s=0.1)
    async with lane(store, turns) as open_lane:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(open_lane.send(anna, "1", "one"), timeout=0.03)
        answer = await open_lane.send(anna, "1", "one")
    assert answer.text == "1: one"
    assert len(turns.run) == 1


@pytest.mark.spec("A8")
async def test_two_lanes_of_two_processes_share_a_session(open_store: OpenStore, anna: Sender) -> None:
    turns = Remembering(takes_s=0.005)
    async with lane(await open_store(), turns) as one, lane(await open_store(), turns) as two:
        answers = await asyncio.gather(
            *(each.send(anna, f"m{n}", "x") for n, each in enumerate([one, two] * 5))
        )
    assert sorted(answer.seq for answer in answers) == list(range(1, 11))
    assert sorted(int(answer.text.partition(":")[0]) for answer in answers) == list(range(1, 11))
    assert turns.at_once == 1
    assert len(turns.run) == 10


@pytest.mark.spec("A8")
async def test_many_sessions_are_served_at_once(store: SessionStore, prefix: str) -> None:
    people = [Sender(tenant_id=prefix, channel="web", channel_user=f"u{n}") for n in range(200)]
    turns = Remembering(takes_s=0.3)
    async with lane(store, turns, LanePolicy(lease_s=30)) as open_lane, asyncio.timeout(20):
        answers = await asyncio.gather(*(open_lane.send(one, "1", "hi") for one in people))
    assert len({answer.session_id for answer in answers}) == 200


@pytest.mark.spec("A8")
async def test_a_turn_that_is_longer_than_its_lease_keeps_it(open_store: OpenStore, anna: Sender) -> None:
    turns = Remembering(takes_s=0.8)
    async with lane(await open_store(), turns) as one, lane(await open_store(), turns):
        assert (await one.send(anna, "1", "one")).text == "1: one"
    assert len(turns.run) == 1


@pytest.mark.spec("A8")
async def test_what_a_dead_process_left_is_answered_once_by_another(
    open_store: OpenStore, anna: Sender
) -> None:
    dead = await open_store()
    for text in ("one", "two"):
        accepted = await dead.accept(anna, text, text, customer_id="c")
    assert accepted is not None
    assert await dead.claim(accepted.session_id, "dead", lease_s=0.1)

    turns = Remembering()
    async with lane(await open_store(), turns) as alive:
        answers = [await alive.send(anna, text, text) for text in ("one", "two")]
    assert [answer.text for answer in answers] == ["1: one", "2: two"]
    key = accepted.session_id
    assert turns.run == [(f"{key}/1", 2), (f"{key}/2", 1)]


@pytest.mark.spec("A8")
async def test_a_writer_that_slept_too_long_is_stopped_and_its_answer_is_not_kept(
    open_store: OpenStore, anna: Sender
) -> None:
    store, other = await open_store(), await open_store()
    stopped = asyncio.Event()

    async def slow(turn: Turn) -> Reply:
        try:
            await asyncio.sleep(30)
        finally:
            stopped.set()
        return Reply(text="too late")

    async with lane(store, slow, LanePolicy(lease_s=0.2, poll_s=0.01)) as slow_lane:
        sending = asyncio.create_task(slow_lane.send(anna, "1", "one"))
        turn = await _taken_over(other, anna)
        async with asyncio.timeout(5):
            await stopped.wait()
        await other.commit(turn, Reply(text="in time"), 60)
        assert (await sending).text == "in time"


async def _taken_over(store: SessionStore, sender: Sender) -> Turn:
    """Takes the session away from whoever has it, as if its lease had ended: two claims in one."""
    accepted = None
    while accepted is None:
        accepted = await store.accept(sender, "1", "one")
        await asyncio.sleep(0.02)
    while True:
        turn = await store.claim(accepted.session_id, "other", 60)
        if turn is not None:
            return turn
        await _end_lease(store, accepted.session_id)


async def _end_lease(store: SessionStore, session_id: str) -> None:
    ended = Turn(
        session_id=session_id,
        seq=1,
        token=1,
        attempt=1,
        sender=Sender(tenant_id="", channel="", channel_user=""),
        customer_id="",
        message_id="",
        text="",
        received_ns=0,
        state=b"",
    )
    await store.give_back(ended)
    await asyncio.sleep(0.001)


@pytest.mark.spec("A8")
async def test_a_turn_that_fails_is_tried_again_and_then_says_so(store: SessionStore, anna: Sender) -> None:
    attempts: list[int] = []

    async def fails(turn: Turn) -> Reply:
        attempts.append(turn.attempt)
        if turn.text == "bad":
            raise KeyError(turn.text)
        return Reply(text=f"fine, after {turn.state.decode()}", state=b"fine")

    async with lane(store, fails) as open_lane:
        await open_lane.send(anna, "1", "good")
        bad = await open_lane.send(anna, "2", "bad")
        good = await open_lane.send(anna, "3", "good")
    assert (bad.text, bad.failed) == (FAILED_TEXT, True)
    assert attempts == [1, 1, 2, 3, 1]
    assert (good.text, good.failed) == ("fine, after fine", False)


@pytest.mark.spec("A8")
async def test_a_turn_that_kills_its_process_each_time_is_not_begun_for_ever(
    open_store: OpenStore, anna: Sender
) -> None:
    store = await open_store()
    accepted = await store.accept(anna, "1", "poison", customer_id="c")
    assert accepted is not None
    for _ in range(QUICK.attempts):
        await asyncio.sleep(0.01)
        assert await store.claim(accepted.session_id, "dies", lease_s=0.001)
    turns = Remembering()
    async with lane(await open_store(), turns) as alive:
        answer = await alive.send(anna, "1", "poison")
    assert (answer.failed, turns.run) == (True, [])


@pytest.mark.spec("A8")
async def test_who_it_is_is_asked_once_and_the_first_answer_stays(store: SessionStore, prefix: str) -> None:
    asked: list[str] = []

    async def directory(sender: Sender) -> str:
        asked.append(sender.channel_user)
        await asyncio.sleep(0.01)
        return f"customer-{len(asked)}"

    sender = Sender(tenant_id=prefix, channel="web", channel_user="new")
    async with SessionLane(store, Remembering(), directory=directory, policy=QUICK) as open_lane:
        at_once = await asyncio.gather(*(open_lane.send(sender, f"m{n}", "hi") for n in range(4)))
        asked_before = len(asked)
        later = await open_lane.send(sender, "later", "hi")
    assert {answer.session_id for answer in at_once} == {later.session_id}
    assert len(asked) == asked_before


@pytest.mark.spec("A8")
async def test_a_lane_that_closes_ends_its_turns_and_takes_no_more(store: SessionStore, anna: Sender) -> None:
    turns = Remembering(takes_s=0.1)
    async with lane(store, turns) as open_lane:
        sending = asyncio.create_task(open_lane.send(anna, "1", "one"))
        await asyncio.sleep(0.05)
    assert (await sending).text == "1: one"
    with pytest.raises(LaneClosedError, match="send it to another one"):
        await open_lane.send(anna, "2", "two")


@pytest.mark.spec("A8")
async def test_a_turn_that_outlives_the_grace_is_left_to_others_at_once(
    open_store: OpenStore, anna: Sender
) -> None:
    hasty = LanePolicy(lease_s=60, poll_s=0.01, grace_s=0.05)
    async with lane(await open_store(), Remembering(takes_s=30), hasty) as closing:
        sending = asyncio.create_task(closing.send(anna, "1", "one"))
        await asyncio.sleep(0.1)
    with pytest.raises(LaneClosedError):
        await sending
    async with lane(await open_store(), Remembering()) as another, asyncio.timeout(5):
        assert (await another.send(anna, "1", "one")).text == "1: one"


class Failing:
    """A store of which one method fails as long as it is told to."""

    def __init__(self, store: SessionStore, method: str) -> None:
        self._store = store
        self._method = method
        self.fails = True

    def __getattr__(self, name: str) -> object:
        return self._fail if self.fails and name == self._method else getattr(self._store, name)

    async def _fail(self, *_: object, **__: object) -> None:
        raise SessionStoreError("the server is away")


@pytest.mark.spec("A8")
async def test_a_store_that_is_away_is_told_and_nothing_is_dropped(store: SessionStore, anna: Sender) -> None:
    failing = Failing(store, "claim")
    async with lane(failing, Remembering()) as open_lane:  # type: ignore[arg-type]
        with pytest.raises(SessionStoreError, match="the server is away"):
            await open_lane.send(anna, "1", "one")
        failing.fails = False
        answer: Answer = await open_lane.send(anna, "1", "one")
    assert answer.text == "1: one"


@pytest.mark.spec("A8")
async def test_a_turn_goes_on_while_its_lease_cannot_be_prolonged(store: SessionStore, anna: Sender) -> None:
    turns = Remembering(takes_s=0.6)
    async with lane(Failing(store, "renew"), turns, LanePolicy(lease_s=0.3)) as open_lane:  # type: ignore[arg-type]
        assert (await open_lane.send(anna, "1", "one")).text == "1: one"
    assert len(turns.run) == 1


async def test_a_text_that_no_database_keeps_is_mended(store: SessionStore, anna: Sender) -> None:
    async with lane(store, Remembering()) as open_lane:
        assert (await open_lane.send(anna, "1", "a\0b\ud800c")).text == "1: a\ufffdb?c"
