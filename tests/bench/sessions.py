"""Topic ``runtime``, the session lane: what it adds to a message, on each store."""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Final, Literal

import pytest

from agent_runtime.sessions.lane import LanePolicy, SessionLane
from agent_runtime.sessions.postgres import postgres_store
from agent_runtime.sessions.redis import redis_store
from agent_runtime.sessions.sqlite import sqlite_store
from agent_runtime.sessions.store import SessionStore
from agent_runtime.sessions.turns import Reply, Sender, Turn
from tests.agent_runtime.sessions.servers import running_postgres, running_redis
from tests.bench.record import Row

MESSAGES: Final = 1_000
SESSIONS: Final = 200
STATE: Final = b"x" * 8_192
"""What a conversation of some twenty messages leaves for its next turn."""

Open = Callable[[], Awaitable[SessionStore]]


def rows() -> list[Row]:
    """Measures the stores one after another; a server that is not installed has no row."""
    found = []
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        for name, what, opened in _stores(Path(folder)):
            alone_us, together = asyncio.run(_measured(opened))
            found += [
                _row(
                    f"A8-lane-{name}-p50", f"{what}: what the lane adds to a message", alone_us, "µs", "lower"
                ),
                _row(
                    f"A8-lane-{name}-rate",
                    f"{what}: messages of {SESSIONS} sessions at once",
                    together,
                    "messages/s",
                    "higher",
                ),
            ]
    load = os.getloadavg()[0]
    found.append(_row("A8-lane-load", "load average of the machine", round(load, 1), "processes", "lower"))
    return found


def _row(name: str, what: str, result: float, unit: str, better: Literal["higher", "lower"]) -> Row:
    return Row(id=name, what=what, target=None, result=result, unit=unit, better=better)


def _stores(folder: Path) -> Iterator[tuple[str, str, Open]]:
    kinds: tuple[Literal["FULL", "NORMAL"], ...] = ("FULL", "NORMAL")
    for synchronous in kinds:
        path = folder / f"{synchronous}.db"
        what = f"SQLite, synchronous {synchronous}"
        yield f"sqlite-{synchronous.lower()}", what, partial(_sqlite, path, synchronous)
    with _running(running_postgres()) as url:
        if url:
            yield "postgres", "Postgres on the same machine", partial(postgres_store, url)
    redis_folder = folder / "redis"
    redis_folder.mkdir()
    with _running(running_redis(redis_folder)) as url:
        if url:
            yield "redis", "Redis on the same machine, appendfsync always", partial(redis_store, url)


async def _sqlite(path: Path, synchronous: Literal["FULL", "NORMAL"]) -> SessionStore:
    return sqlite_store(path, synchronous=synchronous)


@contextmanager
def _running(server: AbstractContextManager[str]) -> Iterator[str | None]:
    """The server's address; None where it is not installed."""
    try:
        with server as url:
            yield url
    except pytest.skip.Exception:
        yield None


async def _measured(opened: Open) -> tuple[float, float]:
    """Median µs of a message alone in its session, and messages a second of many sessions."""
    store = await opened()
    async with SessionLane(store, _no_work, policy=LanePolicy(lease_s=60, sweep_s=60)) as lane:
        took = []
        for number in range(MESSAGES):
            started = time.perf_counter_ns()
            await lane.send(_sender(0), f"m{number}", "hello")
            took.append(time.perf_counter_ns() - started)
        started = time.perf_counter_ns()
        await asyncio.gather(
            *(lane.send(_sender(n % SESSIONS + 1), f"m{n}", "hello") for n in range(MESSAGES))
        )
        seconds = (time.perf_counter_ns() - started) / 1e9
    await store.close()
    return round(statistics.median(took) / 1e3), round(MESSAGES / seconds)


async def _no_work(turn: Turn) -> Reply:
    return Reply(text="hello", state=STATE)


def _sender(number: int) -> Sender:
    return Sender(tenant_id="t", channel="web", channel_user=f"u{number}")


if __name__ == "__main__":
    for row in rows():
        print(f"{row.id:28} {row.result:>10,} {row.unit}")
