"""What a team costs beside models and tools: making its conversation, and a delegation."""

import asyncio
import gc
import statistics
import time
from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from agent_runtime.clock import SystemClock
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import MemoryLedger
from agent_runtime.messages import Message, ModelResponse, ToolCall, Usage
from agent_runtime.supervisor import Specialist, SupervisedConversation, Team
from streaming.contract.cloudevents import encode
from streaming.contract.events import AgentEvent
from streaming.contract.ids import live_event_id
from tests.bench.record import Row
from tests.bench.runtime.canned import AGENT, OneQuestion

ROUNDS: Final = 7
CONVERSATIONS: Final = 50
DELEGATIONS: Final = 20
"""Delegations a conversation."""
_USAGE: Final = Usage(input_tokens=100, output_tokens=10, cost_usd=0.0, duration_ns=0)


class Delegates:
    """A head that delegates some times and then answers."""

    name = provider = "canned"

    def __init__(self, times: int) -> None:
        self._left = times

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        self._left -= 1
        if self._left < 0:
            return ModelResponse(content="All done.", usage=_USAGE)
        call = ToolCall(f"call_{self._left}", "delegate_to_canned_one", {"task": f"task {self._left}"})
        return ModelResponse(tool_call=call, usage=_USAGE)


class Answers:
    """A specialist that answers at once."""

    name = provider = "canned"

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        return ModelResponse(content="Done.", usage=_USAGE)


TEAM: Final = Team(
    AGENT,
    [Specialist(agent=replace(AGENT, name="canned_one"), purpose="It answers.", model=Answers)],
    shared=("case",),
)


def rows() -> list[Row]:
    """Measures conversations without a delegation, and with some."""
    without, delegating = conversation_ms(0), conversation_ms(DELEGATIONS)
    return [
        Row(
            id="A9-conversation",
            what="a team's conversation of one answer beside the model, made anew",
            target=None,
            result=round(without, 4),
            unit="ms",
            better="lower",
        ),
        Row(
            id="A9-delegation",
            what="a delegation beside the models: a step of the head, a specialist anew and its one step",
            target=None,
            result=round((delegating - without) / DELEGATIONS, 4),
            unit="ms",
            better="lower",
        ),
    ]


def conversation_ms(delegations: int) -> float:
    """Milliseconds of the processor that a conversation takes, the median of some rounds."""
    rounds = []
    for number in range(ROUNDS):
        gc.collect()
        began = time.process_time()
        asyncio.run(_hold([f"{number}/{each}" for each in range(CONVERSATIONS)], delegations))
        rounds.append(1e3 * (time.process_time() - began) / CONVERSATIONS)
    return statistics.median(rounds)


async def _hold(identities: list[str], delegations: int) -> None:
    for identity in identities:
        clock = SystemClock()
        conversation = SupervisedConversation(
            team=TEAM,
            model=Delegates(delegations),
            store=None,
            ledger=MemoryLedger(),
            emitter=Emitter(
                conversation_id=identity,
                tenant_id="bench",
                agent_version=TEAM.head.version,
                clock=clock,
                ids=live_event_id,
                sink=_encoded,
            ),
            clock=clock,
        )
        ending = await conversation.hold(OneQuestion(), channel="bench")
        assert ending.reason == "customer_left", ending


def _encoded(event: AgentEvent) -> None:
    encode(event)
