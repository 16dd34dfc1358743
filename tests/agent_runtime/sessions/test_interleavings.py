"""Any interleaving of sends, crashes and restarts gives each message one answer, in order: spec A8."""

import asyncio
import contextlib
import time
from collections.abc import Iterator
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent_runtime.sessions.lane import LanePolicy, SessionLane
from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Answer, Reply, Sender, Turn
from tests.agent_runtime.sessions.conftest import open_at

POLICY = LanePolicy(lease_s=0.04, poll_s=0.004, sweep_s=0.01, attempts=1_000, grace_s=5)

steps = st.lists(
    st.one_of(
        # which process gets the message of whom, under which id: small ranges, so that messages repeat
        st.tuples(st.just("send"), st.integers(0, 1), st.integers(0, 1), st.integers(0, 4)),
        st.tuples(st.just("leave"), st.integers(0, 1), st.integers(0, 1), st.integers(0, 4)),
        st.tuples(st.just("crash"), st.integers(0, 1)),
        st.tuples(st.just("freeze"), st.integers(0, 1)),
        st.tuples(st.just("wait")),
    ),
    min_size=1,
    max_size=25,
)


class Process:
    """A lane that can die or freeze: from then on, or meanwhile, nothing that it does reaches the store."""

    def __init__(self, store: SessionStore, world: "World") -> None:
        self._store = store
        self._world = world
        self._begin()

    def _begin(self) -> None:
        self._tether = Tether(self._store, self._world)
        self.lane = SessionLane(self._tether, self._world.run_turn, policy=POLICY)  # type: ignore[arg-type]
        self._sweeping = asyncio.create_task(self.lane._sweep())

    def freeze(self) -> None:
        """Stands still for longer than a lease, and then goes on as if nothing had been."""
        self._tether.frozen_until_s = time.monotonic() + 2 * POLICY.lease_s

    def crash(self) -> None:
        """Dies, leases and all, and starts again."""
        self._tether.cut = True
        for task in [*self.lane._workers.values(), self._sweeping]:
            task.cancel()
        self._begin()


class Tether:
    """A store that hears its process while it lives and moves."""

    def __init__(self, store: SessionStore, world: "World") -> None:
        self._store = store
        self._world = world
        self.cut = False
        self.frozen_until_s = 0.0

    async def commit(self, turn: Turn, reply: Reply, lease_s: float) -> Turn | None:
        """Notes what the store kept."""
        following: Turn | None = await self.__getattr__("commit")(turn, reply, lease_s)
        self._world.kept.setdefault(turn.key, []).append(reply.text)
        return following

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def call(*args: object, **kwargs: object) -> object:
            await asyncio.sleep(max(0.0, self.frozen_until_s - time.monotonic()))
            if self.cut:
                await asyncio.Event().wait()
            return await method(*args, **kwargs)

        return call


class World:
    """Two customers, two processes, and a book of what was answered."""

    def __init__(self, tenant: str) -> None:
        self.people = [Sender(tenant_id=tenant, channel="web", channel_user=f"u{n}") for n in range(2)]
        self.read: dict[str, list[str]] = {}
        self.kept: dict[str, list[str]] = {}
        self._number = count()

    async def run_turn(self, turn: Turn) -> Reply:
        """Notes in the state what was answered; every attempt answers something else."""
        await asyncio.sleep(0.005)
        book = turn.state.decode().split() if turn.state else []
        self.read[turn.session_id] = book
        answer = f"{turn.message_id}#{next(self._number)}"
        return Reply(text=answer, state=" ".join([*book, answer]).encode())


async def played(store: SessionStore, script: list[tuple[object, ...]]) -> None:
    world = World(uuid4().hex)
    processes = [Process(store, world), Process(store, world)]
    sent: dict[tuple[int, int], list[asyncio.Task[Answer]]] = {}
    for step in script:
        match step:
            case ("send" | "leave" as what, int(process), int(person), int(number)):
                sending = asyncio.create_task(
                    processes[process].lane.send(world.people[person], f"m{number}", "hi")
                )
                sent.setdefault((person, number), []).append(sending)
                await asyncio.sleep(0.002)
                if what == "leave":
                    sending.cancel()
            case ("crash", int(process)):
                processes[process].crash()
            case ("freeze", int(process)):
                processes[process].freeze()
            case _:
                await asyncio.sleep(1.5 * POLICY.lease_s)
    await _settled(world, processes, sent)


async def _settled(
    world: World,
    processes: list[Process],
    sent: dict[tuple[int, int], list[asyncio.Task[Answer]]],
) -> None:
    """Clients ask again for what they did not get; then the book must be right."""
    places: dict[int, list[tuple[int, str]]] = {}
    for (person, number), tasks in sent.items():
        async with asyncio.timeout(10):
            answer = await processes[0].lane.send(world.people[person], f"m{number}", "hi")
        places.setdefault(person, []).append((answer.seq, answer.text))
        for task in tasks:
            if task.done() and not task.cancelled() and task.exception() is None:
                assert task.result().text == answer.text
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for person, answered in places.items():
        assert sorted(seq for seq, _ in answered) == list(range(1, len(answered) + 1))
        last = await processes[1].lane.send(world.people[person], "last", "hi")
        assert last.seq == len(answered) + 1
        assert world.read[last.session_id] == [text for _, text in sorted(answered)]
    assert {len(texts) for texts in world.kept.values()} <= {1}, world.kept


@pytest.fixture(scope="module", params=["sqlite", "postgres", "redis"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield str(tmp_path_factory.mktemp("interleavings") / "sessions.db")
    else:
        yield request.getfixturevalue(f"{request.param}_url")


@pytest.mark.spec("A8")
@given(script=steps)
@example(script=[("send", 0, 0, 0), ("freeze", 0), ("wait",), ("wait",), ("send", 1, 0, 0)])
@example(script=[("send", 0, 0, 0), ("send", 1, 0, 1), ("crash", 0), ("crash", 1), ("send", 1, 0, 0)])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_message_is_answered_once_and_in_order(kept: str, script: list[tuple[object, ...]]) -> None:
    async def run() -> None:
        store = await open_at(kept)
        stores_own = asyncio.all_tasks()
        try:
            await played(store, script)
        finally:
            await _end(asyncio.all_tasks() - stores_own)
            await store.close()

    asyncio.run(run())


async def _end(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            await asyncio.gather(*tasks, return_exceptions=True)
