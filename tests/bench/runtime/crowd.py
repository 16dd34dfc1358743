"""Two thousand conversations at once in one process."""

import asyncio
import gc
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil
from msgspec import Struct

from agent_runtime.clock import SystemClock
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import SqliteLedger
from agent_runtime.loop import Conversation
from agent_runtime.messages import Message, ModelResponse
from streaming.contract.cloudevents import encode
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id
from tests.bench.record import REPOSITORY, Row
from tests.bench.runtime.canned import AGENT, CannedModel, OneQuestion

CONVERSATIONS: Final = int(os.environ.get("TURNSTONE_BENCH_CROWD", "2000"))
STEPS: Final = 20
THINKS_S: Final = 1.0
"""What a model takes to answer: each conversation makes about one step a second."""


class Crowd(Struct, frozen=True):
    """What a crowd of conversations showed."""

    p50_ms: float
    p99_ms: float
    conversation_kb: float
    disordered: int
    cpu_share: float
    steps: int


class SlowModel(CannedModel):
    """Answers after a while, and notes when it did and was asked again."""

    def __init__(self, steps: int, waits: list[float]) -> None:
        super().__init__(steps)
        self._waits = waits
        self._answered = 0.0

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        began = time.perf_counter()
        if self._answered:
            self._waits.append(began - self._answered)
        await asyncio.sleep(THINKS_S)
        self._waits.append(time.perf_counter() - began - THINKS_S)
        self._answered = time.perf_counter()
        return await super().complete(context, tools)


def rows() -> list[Row]:
    """Measures in a process of its own, so that its memory is the crowd's."""
    command = [sys.executable, "-m", "tests.bench.runtime.crowd"]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    crowd = msgspec.json.decode(run.stdout, type=Crowd)
    at_once = f"{CONVERSATIONS:,} conversations at once in one process, a step a second each"

    def row(identity: str, what: str, result: float, unit: str, target: float | None = None) -> Row:
        return Row(
            id=f"A1-crowd-{identity}",
            what=f"{at_once}: {what}",
            target=target,
            result=result,
            unit=unit,
            better="lower",
        )

    return [
        row("p50", "delay of a step beside the model's time, p50", round(crowd.p50_ms, 2), "ms"),
        row("p99", "delay of a step beside the model's time, p99", round(crowd.p99_ms, 2), "ms"),
        row("memory", f"memory of one with {STEPS} steps behind it", round(crowd.conversation_kb, 1), "KB"),
        row("order", "events out of their conversation's order", crowd.disordered, "events", 0),
        row("cpu", "share of one core", round(crowd.cpu_share, 2), "cores"),
    ]


async def measure(folder: Path) -> Crowd:
    """Holds the crowd."""
    last: defaultdict[str, int] = defaultdict(int)
    disordered = 0

    def sink(event: AgentEvent) -> None:
        nonlocal disordered
        encode(event)
        disordered += event.time_ns <= last[event.conversation_id]
        last[event.conversation_id] = event.time_ns

    waits: list[float] = []
    ledger = SqliteLedger(folder / "ledger.db")
    process = psutil.Process()
    gc.collect()
    before, cpu, began = process.memory_info().rss, process.cpu_times(), time.perf_counter()
    crowd = [_conversation(f"crowd/{number}", ledger, sink, waits) for number in range(CONVERSATIONS)]
    await asyncio.gather(*(_late(each, number) for number, each in enumerate(crowd)))
    gc.collect()
    grown = process.memory_info().rss - before - sys.getsizeof(waits) - 24 * len(waits)
    used, took = process.cpu_times(), time.perf_counter() - began
    waits.sort()
    steps = CONVERSATIONS * STEPS
    return Crowd(
        p50_ms=1e3 * waits[len(waits) // 2],
        p99_ms=1e3 * waits[len(waits) * 99 // 100],
        conversation_kb=grown / CONVERSATIONS / 1e3,
        disordered=disordered,
        cpu_share=(used.user + used.system - cpu.user - cpu.system) / took,
        steps=steps,
    )


async def _late(conversation: Conversation[None], number: int) -> None:
    """Starts a conversation at its own moment of the first second, as customers do."""
    await asyncio.sleep(number / CONVERSATIONS)
    await conversation.hold(OneQuestion(), channel="bench")


def _conversation(identity: str, ledger: SqliteLedger, sink: Any, waits: list[float]) -> Conversation[None]:
    clock = SystemClock()
    emitter = Emitter(
        conversation_id=identity,
        tenant_id="bench",
        agent_version=AGENT.version,
        clock=clock,
        ids=live_event_id,
        sink=sink,
    )
    return Conversation(
        agent=AGENT, model=SlowModel(STEPS, waits), store=None, ledger=ledger, emitter=emitter, clock=clock
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(measure(Path(folder)))))
