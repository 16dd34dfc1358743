"""What a step costs beside model and tools, with ledger, guards and events on."""

import asyncio
import gc
import statistics
import tempfile
import time
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
    measured = {length: step_ms(length) for length in LENGTHS}
    peers = step_ms_of_frameworks(LENGTHS)
    power = step_ms(50, "machine")
    found = [
        Row(
            id=f"A11-step-{length}",
            what=f"a step beside model and tools in conversations of {length} steps: ledger in a file (one "
            "call in five writes), guards, events encoded",
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


def step_ms(length: int, durability: Durability = "process") -> float:
    """Milliseconds a step, the median of some rounds."""
    with tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder:
        ledger = SqliteLedger(Path(folder) / "ledger.db", durability)
        rounds = []
        for number in range(ROUNDS):
            conversations = [
                (conversation(f"{number}/{each}", length, ledger)) for each in range(max(1, STEPS // length))
            ]
            gc.collect()
            began = time.perf_counter()
            asyncio.run(_hold(conversations))
            rounds.append(1e3 * (time.perf_counter() - began) / (len(conversations) * length))
        ledger.close()
    return statistics.median(rounds)


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
