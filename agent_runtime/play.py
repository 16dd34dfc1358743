"""Plays conversations through the runtime: recorded ones, or those of a generator."""

from collections.abc import Callable, Iterable
from typing import Final, Generic, TypeVar

from msgspec import Struct

from agent_runtime.agent import Agent, Ending
from agent_runtime.calendar import Calendar
from agent_runtime.clock import ReplayClock
from agent_runtime.customers import Customer
from agent_runtime.emitter import Emitter, EventSink
from agent_runtime.execution import Deliver, deliver
from agent_runtime.experiments.registry import Registry
from agent_runtime.experiments.running import RunningExperiments
from agent_runtime.ledger import LedgerStore, MemoryLedger
from agent_runtime.loop import Conversation
from agent_runtime.models.interface import ChatModel
from agent_runtime.tenancy import customer_key, tenant_of
from streaming.contract import payloads as p
from streaming.contract.ids import seeded_ids

StoreT = TypeVar("StoreT")

JUDGED_AFTER_NS: Final = 3_600_000_000_000
"""A judgement comes an hour after the conversation: outcomes are late in real life too."""

_NO_EXPERIMENTS: Final = RunningExperiments(Registry(default={}))


class Played(Struct, frozen=True, kw_only=True):
    """What a judge is told beside the state: how it ended and what the agent said."""

    ending: Ending
    agent_texts: list[str]


class Playable(Struct, Generic[StoreT], frozen=True, kw_only=True):
    """A conversation that can be played.

    Attributes:
        conversation_id: Unique over all that is played.
        customer_id: Who asks; decides the tenant.
        scenario: What it is about, such as the number of a task.
        agent: The agent's configuration.
        model: Makes the model.
        customer: Makes the customer.
        open_store: Opens what the tools work on, untouched.
        judge: Judges what was done by the final state of the store.
        crash: Why the recorded run broke down before a word was said, if it did.
    """

    conversation_id: str
    customer_id: str
    scenario: str
    agent: Agent[StoreT]
    model: Callable[[], ChatModel]
    customer: Callable[[], Customer]
    open_store: Callable[[], StoreT]
    judge: Callable[[StoreT, Played], list[p.OutcomeRecorded]]
    crash: str | None = None


async def play(
    conversations: Iterable[Playable[StoreT]],
    *,
    total: int,
    sink: EventSink,
    calendar: Calendar | None = None,
    ledger: LedgerStore | None = None,
    carrier: Deliver = deliver,
    experiments: RunningExperiments | None = None,
    on_played: Callable[[Ending], None] = lambda _: None,
) -> int:
    """Plays conversations one after another on a replayed clock.

    Args:
        conversations: What to play, in the order of their start.
        total: How many there are; spreads them over the calendar.
        sink: Where events go.
        calendar: When they happen.
        ledger: Keeps what tools did; in memory unless said, which is enough for what is only played.
        carrier: Carries calls to tools.
        experiments: What is tried on whom.
        on_played: Called after each, for progress.

    Returns:
        How many were played.
    """
    calendar = calendar or Calendar()
    played = 0
    for played, conversation in enumerate(conversations, start=1):
        start_ns = calendar.start_ns(played - 1, total)
        ending = await play_one(
            conversation,
            start_ns=start_ns,
            sink=sink,
            ledger=ledger,
            carrier=carrier,
            experiments=experiments,
        )
        on_played(ending)
    return played


async def play_one(
    playable: Playable[StoreT],
    *,
    start_ns: int,
    sink: EventSink,
    ledger: LedgerStore | None = None,
    carrier: Deliver = deliver,
    experiments: RunningExperiments | None = None,
) -> Ending:
    """Plays one conversation; the same arguments give the same events, ids included."""
    clock = ReplayClock(start_ns)
    unit = customer_key(playable.customer_id)
    agent, variants, first_use = (experiments or _NO_EXPERIMENTS).meet(unit, playable.agent)
    emitter = Emitter(
        conversation_id=playable.conversation_id,
        tenant_id=tenant_of(playable.customer_id),
        agent_version=playable.agent.version,
        clock=clock,
        ids=seeded_ids(playable.conversation_id),
        sink=sink,
        experiments=variants,
    )
    if playable.crash is not None:
        return _crash(playable, emitter, playable.crash)
    store = playable.open_store()
    conversation = Conversation(
        agent=agent,
        model=playable.model(),
        store=store,
        ledger=ledger or MemoryLedger(),
        emitter=emitter,
        clock=clock,
        carrier=carrier,
        first_use=first_use,
    )
    ending = await conversation.hold(
        playable.customer(),
        channel="chat",
        scenario=playable.scenario,
        customer_key=unit,
    )
    clock.advance(JUDGED_AFTER_NS)
    played = Played(ending=ending, agent_texts=conversation.agent_texts)
    for judgement in playable.judge(store, played):
        emitter.emit(judgement)
    return ending


def _crash(playable: Playable[StoreT], emitter: Emitter, why: str) -> Ending:
    """A run that broke down is told as it was: started, failed, ended."""
    ending = Ending(outcome="failed", reason="crashed")
    emitter.emit(
        p.ConversationStarted(
            agent_name=playable.agent.name,
            channel="chat",
            scenario=playable.scenario,
            customer=customer_key(playable.customer_id),
        )
    )
    emitter.emit(p.Error(error_type="recorded_crash", message=why))
    emitter.emit(p.ConversationEnded(outcome=ending.outcome, reason=ending.reason, turns=0, steps=0))
    return ending
