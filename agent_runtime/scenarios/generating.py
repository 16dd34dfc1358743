"""Generates a scenario's conversations in batches, in this process or in several: the same either way."""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from heapq import heappop, heappush
from operator import attrgetter
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.scenarios.description import Scenario
from agent_runtime.scenarios.planning import Planner
from agent_runtime.scenarios.playing import Stage
from agent_runtime.scenarios.truth import Truth
from streaming.contract.events import AgentEvent
from streaming.contract.json_format import decode_json, encode_json

BATCH: Final = 50
"""Conversations a batch; those begun again come on top."""
_AHEAD: Final = 3
"""Batches a worker may be ahead, so that none waits and memory stays small."""
_IN_TIME: Final = attrgetter("time_ns", "id")


class Load(Struct, frozen=True, kw_only=True):
    """What is to be generated.

    Attributes:
        scenario: What is played.
        seed: Equal loads give equal events, byte for byte.
        total: How many conversations; those that the scenario says where it is None.
    """

    scenario: Scenario
    seed: int = 7
    total: int | None = None

    @property
    def conversations(self) -> int:
        """How many conversations begin, beside those that are begun again."""
        return self.scenario.conversations if self.total is None else self.total


class Batch(Struct, frozen=True, kw_only=True):
    """Some conversations.

    Attributes:
        numbers: How many numbers are done.
        until_ns: No event of a later batch is earlier than this, ns since the epoch.
        events: Theirs, in the order of the conversations.
        truths: What is true of them, one each.
    """

    numbers: int
    until_ns: int
    events: list[AgentEvent]
    truths: list[Truth]


class _Sent(Struct, frozen=True):
    """A batch on its way between processes.

    Its events travel as text: a pickled one has copies of its default values, and msgspec, which knows
    those by identity, would write them out.
    """

    batch: Batch
    lines: list[bytes]


def generate(load: Load, *, workers: int = 1) -> Iterator[Batch]:
    """Holds all conversations, in the order of their start.

    Args:
        load: What is generated; the same for any number of workers.
        workers: Processes that hold conversations; one is this process.

    Raises:
        ValueError: ``workers`` or the number of conversations is below one.
    """
    if workers < 1:
        raise ValueError(f"conversations are held by one process at least, got {workers}")
    if load.conversations < 1:
        raise ValueError(f"a load has at least one conversation, got {load.conversations}")
    starts = range(0, load.conversations, BATCH)
    if workers == 1:
        troupe = _Troupe(load)
        yield from map(troupe.batch, starts)
        return
    spawned = multiprocessing.get_context("spawn")  # forked, a worker would inherit a producer's threads
    with ProcessPoolExecutor(workers, mp_context=spawned, initializer=_begin, initargs=(load,)) as pool:
        waiting: deque[Future[_Sent]] = deque()
        for start in starts:
            waiting.append(pool.submit(_hold_batch, start))
            if len(waiting) >= workers * _AHEAD:
                yield _received(waiting.popleft().result())
        while waiting:
            yield _received(waiting.popleft().result())


def in_order_of_time(batches: Iterable[Batch]) -> Iterator[tuple[list[AgentEvent], Batch]]:
    """The events of each batch that are due, and those of earlier ones that were not yet, by time and id.

    All together are in the order of time, so that whoever loads them is as late as life was: what comes
    days after a conversation waits in memory until then. The last one brings what is left.
    """
    waiting: list[tuple[int, str, AgentEvent]] = []
    last: Batch | None = None
    for batch in batches:
        if last is not None:
            yield _due(waiting, last), last
        last = batch
    if last is not None:
        yield sorted(last.events + [event for _, _, event in waiting], key=_IN_TIME), last


def _due(waiting: list[tuple[int, str, AgentEvent]], batch: Batch) -> list[AgentEvent]:
    """What nothing of a later batch comes before; the rest goes to the heap, or stays there."""
    due: list[AgentEvent] = []
    for event in batch.events:
        if event.time_ns < batch.until_ns:
            due.append(event)
        else:
            heappush(waiting, (event.time_ns, event.id, event))
    while waiting and waiting[0][0] < batch.until_ns:
        due.append(heappop(waiting)[2])
    due.sort(key=_IN_TIME)
    return due


class _Troupe:
    """Holds batches, with all that a process needs for them."""

    def __init__(self, load: Load) -> None:
        self._planner = Planner(load.scenario, seed=load.seed, total=load.total)
        self._stage = Stage(self._planner)

    def batch(self, start: int) -> Batch:
        return asyncio.run(self._hold(range(start, min(start + BATCH, self._planner.total))))

    async def _hold(self, numbers: range) -> Batch:
        events: list[AgentEvent] = []
        truths: list[Truth] = []
        for number in numbers:
            truths += [held.truth for held in await self._stage.hold_number(number, events.append)]
        return Batch(
            numbers=len(numbers),
            until_ns=self._planner.start_ns(numbers.stop),
            events=events,
            truths=truths,
        )


_troupes: list[_Troupe] = []
"""Of a worker process: the one that it holds its batches with."""


def _begin(load: Load) -> None:
    _troupes[:] = [_Troupe(load)]


def _hold_batch(start: int) -> _Sent:
    batch = _troupes[0].batch(start)
    lines = [encode_json(event) for event in batch.events]
    return _Sent(replace(batch, events=[]), lines)


def _received(sent: _Sent) -> Batch:
    return replace(sent.batch, events=[decode_json(line) for line in sent.lines])
