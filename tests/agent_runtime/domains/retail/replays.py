"""Recorded retail conversations through the runtime, with faults and without, and what they came to."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, RetailStore, load_shop
from agent_runtime.domains.retail.recorded import RecordedRuns
from agent_runtime.domains.retail.store import Changes
from agent_runtime.execution import Deliver, deliver
from agent_runtime.ledger import LedgerStore, MemoryLedger
from agent_runtime.messages import Message, ModelResponse, ToolCall, Usage
from agent_runtime.models.interface import ChatModel
from agent_runtime.play import Playable, play_one
from agent_runtime.recordings import Recordings
from agent_runtime.tools import Tool
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

START_NS = 1_700_000_000_000_000_000
DAY_NS = 86_400_000_000_000


class Ended(Struct, frozen=True, kw_only=True):
    """What a conversation came to.

    Attributes:
        observations: What the model read of each call.
        state: What differs from the untouched shop.
        scores: Judgements by name.
        reason: Why it ended.
        events: All of its events.
    """

    observations: list[str]
    state: Changes
    scores: dict[str, float]
    reason: str
    events: list[AgentEvent]


class ShopReplays:
    """Replays on one shop, each with a fresh ledger.

    Args:
        folder: The recordings.
        limit: How many conversations; all unless said.
    """

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        self.database = RetailDatabase(load_shop(folder))
        runs = RecordedRuns(Recordings(folder), self.database)
        self.playables: Sequence[Playable[RetailStore]] = list(islice(runs, limit))

    async def replay(
        self,
        *,
        carrier: Callable[[], Deliver] = lambda: deliver,
        ledger: Callable[[], LedgerStore] = MemoryLedger,
        model: Callable[[ChatModel], ChatModel] = lambda model: model,
        further_steps: Mapping[str, int] | None = None,
    ) -> dict[str, Ended]:
        """Every conversation by its id.

        Args:
            carrier: Makes what carries calls, once a conversation.
            ledger: Makes the ledger, once a conversation.
            model: Wraps the model.
            further_steps: Model calls that a conversation has beyond those of the record, by its id.
        """
        ended = {}
        for each in self.playables:
            self.database.store(each.conversation_id).forget()
            events: list[AgentEvent] = []
            steps = each.agent.bounds.max_steps + (further_steps or {}).get(each.conversation_id, 0)
            agent = replace(each.agent, bounds=replace(each.agent.bounds, max_steps=steps))
            playable = replace(each, agent=agent, model=_wrapped(each.model, model))
            kept, carry = ledger(), carrier()
            try:
                await play_one(playable, start_ns=START_NS, sink=events.append, ledger=kept, carrier=carry)
            except Crash:  # the process is gone; a new one takes the conversation up
                await play_one(
                    playable, start_ns=START_NS + DAY_NS, sink=events.append, ledger=kept, carrier=carry
                )
            ended[each.conversation_id] = self._ended(each.conversation_id, events)
        return ended

    def _ended(self, conversation_id: str, events: list[AgentEvent]) -> Ended:
        store = self.database.store(conversation_id)
        state = store.changes()
        store.forget()
        payloads = [each.payload for each in events]
        (end,) = [each for each in payloads if isinstance(each, p.ConversationEnded)]
        return Ended(
            observations=list(observations(payloads)),
            state=state,
            scores={each.name: each.score for each in payloads if isinstance(each, p.OutcomeRecorded)},
            reason=end.reason,
            events=events,
        )


def observations(payloads: Iterable[p.Payload]) -> Iterable[str]:
    """The last answer to each call, in the order of the calls."""
    calls: defaultdict[str, list[p.ToolCallEnd]] = defaultdict(list)
    for place, each in enumerate(payloads):
        if isinstance(each, p.ToolCallEnd):
            calls[each.idempotency_key or f"{place}"].append(each)
    return [ends[-1].result for ends in calls.values()]


def writes(ended: Mapping[str, Ended]) -> dict[str, int]:
    """How many writes left in each conversation."""
    return {
        name: sum(
            isinstance(each.payload, p.ToolCallStart) and each.payload.effect == "write"
            for each in one.events
        )
        for name, one in ended.items()
    }


class Crash(BaseException):
    """The process dies."""


def crash_after_first_commit() -> Deliver:
    """Dies once, after the first commit and before its answer."""
    crashed = False

    async def carry(tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
        nonlocal crashed
        answer = await deliver(tool, store, arguments, key)
        if tool.effect == "write" and not crashed:
            crashed = True
            raise Crash
        return answer

    return carry


class Impatient:
    """A model that was asked again while its write was under way, and calls it once more."""

    def __init__(self, model: ChatModel) -> None:
        self.name, self.provider = model.name, model.provider
        self._model = model
        self._repeated: set[str] = set()

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        call = context[-1].tool_call
        if (
            call is not None
            and RETAIL_TOOLS.effect_of(call.name) == "write"
            and call.id not in self._repeated
        ):
            again = ToolCall(f"{call.id}-again", call.name, call.arguments)
            self._repeated |= {call.id, again.id}
            usage = Usage(input_tokens=0, output_tokens=0, cost_usd=0, duration_ns=0)
            return ModelResponse(tool_call=again, usage=usage)
        return await self._model.complete(context, tools)


def _wrapped(
    make: Callable[[], ChatModel], wrap: Callable[[ChatModel], ChatModel]
) -> Callable[[], ChatModel]:
    return lambda: wrap(make())
