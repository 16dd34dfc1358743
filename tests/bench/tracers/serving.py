"""A peer's server while it is measured. Runs in the peers' own environment."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
import msgspec

from tests.bench.tracers.told import QUESTIONS, TIMES, Answer, Conversation, Told, read_conversations

_UP_S = 200.0
_TOLD = 2_000


class ServerError(RuntimeError):
    """A peer's server did not come up, or did not take what it was sent."""


@contextmanager
def served(
    command: Sequence[str], environment: Mapping[str, str], health: str, folder: Path
) -> Iterator[float]:
    """Runs a server in a folder; yields the seconds that it took to answer."""
    started, log = time.perf_counter(), folder / "server.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=folder, env={**os.environ, **environment}, stdout=output, stderr=output
        ) as server,
    ):
        try:
            while not _healthy(health):
                if server.poll() is not None or time.perf_counter() - started > _UP_S:
                    raise ServerError(f"{command[0]} did not answer: {log.read_text()[-_TOLD:]}")
                time.sleep(0.2)
            yield time.perf_counter() - started
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


class Peer(Protocol):
    """What holds conversations and answers the questions; each method has the name of its question."""

    def load(self, conversations: Sequence[Conversation]) -> int:
        """Takes them all; returns how many spans they are."""

    def volume(self) -> Answer: ...

    def latency(self) -> Answer: ...

    def tool_errors(self) -> Answer: ...

    def cost(self) -> Answer: ...

    def worst(self) -> Answer: ...


def measure(conversations: Path, start_s: float, peer: Peer) -> Told:
    """Loads the conversations, then asks each question several times."""
    read = read_conversations(conversations.read_bytes())
    began = time.perf_counter()
    spans = peer.load(read)
    load_s = time.perf_counter() - began
    seconds, answers = dict[str, float](), dict[str, list[list[Any]]]()
    for question in QUESTIONS:
        ask: Callable[[], Answer] = getattr(peer, question)
        took = []
        for _ in range(TIMES):
            began = time.perf_counter()
            answers[question] = [[*row] for row in ask()]
            took.append(time.perf_counter() - began)
        seconds[question] = statistics.median(took)
    return Told(spans=spans, start_s=start_s, load_s=load_s, disk_bytes=0, seconds=seconds, answers=answers)


def tell(told: Told, folder: Path, where: Path) -> None:
    """Writes what was measured, with what the stopped server left in its folder."""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".log")
    where.write_bytes(msgspec.json.encode(msgspec.structs.replace(told, disk_bytes=size)))


def script(name: str) -> str:
    """A command of the environment that runs this."""
    return str(Path(sys.executable).with_name(name))


def _healthy(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
