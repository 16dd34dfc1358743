"""Holds the cases of a suite with an agent, in the real runtime: loop, ledger, tools (spec G1)."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec import Struct

from agent_runtime.agent import Agent
from agent_runtime.clock import Clock, ReplayClock, SystemClock
from agent_runtime.domains.retail import RETAIL_TOOLS, RetailStore
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import MemoryLedger
from agent_runtime.loop import Conversation
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.interface import ChatModel
from agent_runtime.tenancy import customer_key, tenant_of
from analytics.evals.agents import AgentConfig, Live, Sides, seated
from analytics.evals.cases import Case, Suite
from analytics.evals.errors import NothingHeldError
from analytics.evals.worlds import World
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids

CHANNEL: Final = "eval"


class Held(Struct, frozen=True, kw_only=True):
    """A conversation that was held for a case.

    Attributes:
        case: The case.
        trial: Which of its trials, from 0.
        conversation_id: As its events say.
        events: Everything that it emitted.
        first_token_ms: Until the first token of each answer to the customer, milliseconds; empty
            where nobody measured.
    """

    case: Case
    trial: int
    conversation_id: str
    events: list[AgentEvent]
    first_token_ms: tuple[float, ...] = ()


async def hold_suite(
    suite: Suite,
    world: World,
    agent: AgentConfig,
    *,
    run_id: str,
    trials: Iterable[int] = (0,),
    at_once: int = 8,
) -> list[Held]:
    """Holds every case that an agent can hold, several times each.

    Args:
        suite: The cases.
        world: Their shop.
        agent: Who holds them.
        run_id: Tells these conversations from those of other runs.
        trials: Numbers of the trials of each case.
        at_once: Conversations at the same time, where a live model is asked.

    Raises:
        NothingHeldError: The agent can hold none of the cases.
    """
    started_ns, live = time.time_ns(), isinstance(agent.model, Live)
    configured, held_trials = _configured(agent, suite), tuple(trials)

    def clock() -> Clock:
        return SystemClock() if live else ReplayClock(started_ns)

    async with seated(agent) as seats:
        due = [(case, trial, seats(case, trial)) for case in suite.cases for trial in held_trials]
        seat_count = asyncio.Semaphore(at_once if live else 1)

        async def hold(case: Case, trial: int, sides: Sides) -> Held:
            async with seat_count:
                conversation_id = f"{run_id}/{case.case_id}/{trial}"
                events, first_tokens = await _hold(
                    conversation_id,
                    configured,
                    case,
                    sides,
                    store=world.open(case),
                    clock=clock(),
                )
                return Held(
                    case=case,
                    trial=trial,
                    conversation_id=conversation_id,
                    events=events,
                    first_token_ms=first_tokens,
                )

        held = await asyncio.gather(*(hold(case, trial, sides) for case, trial, sides in due if sides))
    if not held:
        raise NothingHeldError(f"{agent.version} can hold none of {len(suite.cases)} cases of {suite.name}")
    return held


async def _hold(
    conversation_id: str,
    agent: Agent[RetailStore],
    case: Case,
    sides: Sides,
    *,
    store: RetailStore,
    clock: Clock,
) -> tuple[list[AgentEvent], tuple[float, ...]]:
    """Everything that the conversation emitted, and how long first tokens took."""
    model, customer = sides
    timed, events = _Timed(model, clock), list[AgentEvent]()
    conversation = Conversation(
        agent=agent,
        model=timed,
        store=store,
        ledger=MemoryLedger(),
        emitter=Emitter(
            conversation_id=conversation_id,
            tenant_id=tenant_of(case.task.user_id),
            agent_version=agent.version,
            clock=clock,
            ids=seeded_ids(conversation_id),
            sink=events.append,
        ),
        clock=clock,
    )
    await conversation.hold(
        customer, channel=CHANNEL, scenario=case.scenario, customer_key=customer_key(case.task.user_id)
    )
    store.forget()
    return events, tuple(timed.first_token_ms)


def _configured(agent: AgentConfig, suite: Suite) -> Agent[RetailStore]:
    allowed = RETAIL_TOOLS.permissions()
    if agent.tools is not None:
        allowed = frozenset(tool.permission for tool in RETAIL_TOOLS if tool.name in agent.tools)
    return Agent(
        name="retail-agent",
        version=agent.version,
        policy=agent.policy or suite.policy,
        tools=RETAIL_TOOLS,
        permissions=allowed,
        bounds=agent.bounds,
    )


class _Timed:
    """A model, and when the first token of each of its texts came after the customer's message."""

    def __init__(self, model: ChatModel, clock: Clock) -> None:
        self.name = model.name
        self.provider = model.provider
        self.first_token_ms: list[float] = []
        self._model = model
        self._clock = clock
        self._asked_ns: int | None = None

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`."""
        called_ns = self._clock.now_ns()
        if self._asked_ns is None or context[-1].role == "user":
            self._asked_ns = called_ns
        response = await self._model.complete(context, tools)
        if response.usage.first_token_ns is not None and response.tool_call is None:
            self.first_token_ms.append((called_ns - self._asked_ns + response.usage.first_token_ns) / 1e6)
        return response
