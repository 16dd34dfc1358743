"""What a step costs beside model and tools, with ledger, guards and events on."""

import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from agent_runtime.clock import SystemClock
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import Durability, SqliteLedger
from agent_runtime.loop import Conversation
from streaming.contract.cloudevents import encode
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id
from tests.bench.record import Row
from tests.bench.runtime.canned import AGENT, CannedModel, OneQuestion
from tests.bench.runtime.frameworks import step_ms_of_frameworks

LENGTHS: Final = (10, 50, 200)
ROUNDS: Final = 7
STEPS: Final = 2_000
"""Steps a round, over conversations of one length."""
TARGET_MS: Final = 0.3


def rows() -> list[Row]:
    """Measures conversations of several lengths, and records that outlive the machine."""
    measured = step_ms(LENGTHS)
    peers = step_ms_of_frameworks(LENGTHS)
    power = step_ms([50], "machine")[50]
    found = [
        Row(
            id=f"A11-step-{length}",
            what=f"a step beside model and tools in conversations of {length} steps: ledger in a file (one "
            "in five writes), guards, events encoded",
            target=TARGET_MS if length < 200 else None,
            result=round(took, 4),
            unit="ms",
            better="lower",
            peers={name: round(took[str(length)], 3) for name, took in peers.items()},
        )
        for length, took in measured.items()
    ]
    found.append(
        Row(
            id="A11-step-flat",
            what="a step of 200 as a share of a step of 10",
            target=1.1,
            result=round(measured[200] / measured[10], 3),
            unit="ratio",
            better="lower",
        )
    )
    found.append(
        Row(
            id="A11-step-machine",
            what="the same of 50 where every record of the ledger waits for the disk",
            target=None,
            result=round(power, 4),
            unit="ms",
            better="lower",
        )
    )
    return found


def step_ms(lengths: Sequence[int], durability: Durability = "process") -> dict[int, float]:
    """Milliseconds a step by the length of the conversation: medians of rounds that take turns."""
    taken: dict[int, list[float]] = {length: [] for length in lengths}
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.db", durability)
        for number in range(ROUNDS):
            for length, rounds in taken.items():
                rounds.append(_round_ms(number, length, ledger))
        ledger.close()
    return {length: statistics.median(rounds) for length, rounds in taken.items()}


def _round_ms(number: int, length: int, ledger: SqliteLedger) -> float:
    conversations = [
        conversation(f"{number}/{length}/{each}", length, ledger) for each in range(max(1, STEPS // length))
    ]
    gc.collect()
    began = time.perf_counter()
    asyncio.run(_hold(conversations))
    return 1e3 * (time.perf_counter() - began) / (len(conversations) * length)


def conversation(identity: str, length: int, ledger: SqliteLedger) -> Conversation[None]:
    """A conversation of some steps."""
    clock = SystemClock()
    return Conversation(
        agent=AGENT,
        model=CannedModel(length),
        store=None,
        ledger=ledger,
        emitter=Emitter(
            conversation_id=identity,
            tenant_id="bench",
            agent_version=AGENT.version,
            clock=clock,
            ids=live_event_id,
            sink=_encoded,
        ),
        clock=clock,
    )


async def _hold(conversations: list[Conversation[None]]) -> None:
    for each in conversations:
        ending = await each.hold(OneQuestion(), channel="bench")
        assert ending.reason == "customer_left", ending


def _encoded(event: AgentEvent) -> None:
    encode(event)
