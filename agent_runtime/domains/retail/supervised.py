"""Simulated customers served by the team: ``python -m agent_runtime.domains.retail.supervised``."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

import typer
from msgspec import Struct

from agent_runtime.agent import Ending
from agent_runtime.clock import ReplayClock
from agent_runtime.domains.retail.judging import TaskJudge
from agent_runtime.domains.retail.shop import load_shop
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.domains.retail.team import retail_team, sort_wishes
from agent_runtime.emitter import Emitter
from agent_runtime.ledger import MemoryLedger
from agent_runtime.models.scripted import ScriptedModel
from agent_runtime.play import Played
from agent_runtime.simulation.conversations import SIMULATED_PRICE, SimulatedConversation, simulate
from agent_runtime.simulation.faults import FaultRates
from agent_runtime.supervisor import SupervisedConversation, Team
from agent_runtime.tenancy import tenant_of
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent
from streaming.contract.ids import seeded_ids

START_NS = 1_700_000_000_000_000_000


class Served(Struct, frozen=True, kw_only=True):
    """A conversation that the team held.

    Attributes:
        conversation: What it was about, and what it should come to.
        ending: How it ended.
        reward: 1 where state and answers are those of the ground truth, else 0.
        events: What was told of it.
        store: The shop as it left it.
    """

    conversation: SimulatedConversation
    ending: Ending
    reward: float
    events: list[AgentEvent]
    store: RetailStore


async def serve(count: int, *, seed: int = 7) -> list[Served]:
    """Holds simulated conversations, one after the other.

    Args:
        count: How many.
        seed: Equal seeds give equal customers.
    """
    version = retail_team().head.version
    simulation = simulate(seed=seed, conversations=count, versions={version: FaultRates()})
    database = RetailDatabase(load_shop(simulation.shop.documents()))
    judge, team = TaskJudge(database), retail_team()
    return [await _hold(each, team, database, judge) for each in simulation.conversations]


async def _hold(
    simulated: SimulatedConversation, team: Team[RetailStore], database: RetailDatabase, judge: TaskJudge
) -> Served:
    clock, events, store = (
        ReplayClock(START_NS),
        list[AgentEvent](),
        database.store(simulated.conversation_id),
    )
    conversation = SupervisedConversation(
        team=team,
        model=ScriptedModel(sort_wishes, name="scripted", price=SIMULATED_PRICE),
        store=store,
        ledger=MemoryLedger(),
        emitter=Emitter(
            conversation_id=simulated.conversation_id,
            tenant_id=tenant_of(simulated.task.user_id),
            agent_version=team.head.version,
            clock=clock,
            ids=seeded_ids(simulated.conversation_id),
            sink=events.append,
        ),
        clock=clock,
    )
    ending = await conversation.hold(simulated.customer(), channel="chat")
    played = Played(ending=ending, agent_texts=conversation.agent_texts)
    reward = judge.judge(simulated.task, store, played).score
    return Served(conversation=simulated, ending=ending, reward=reward, events=events, store=store)


def lines(served: Served) -> Iterator[str]:
    """What was said, by whom and to whom."""
    for event in served.events:
        match event.payload:
            case p.MsgReceived(content=content):
                yield f"customer: {content}"
            case p.AgentMessage(kind=kind, sender=sender, recipient=recipient, content=content):
                yield f"  {sender} -> {recipient} ({kind}): {content}"
            case p.ToolCallEnd(tool=tool, agent=str() as agent, effect="write", ok=ok):
                yield f"  {agent}: {tool} {'done' if ok else 'not done'}"
            case p.ResponseSent(content=content):
                yield f"agent: {content}"


def main(
    count: Annotated[int, typer.Argument(min=1, help="Conversations.")] = 5,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal customers.")] = 7,
) -> None:
    """Serves simulated customers by the team, and shows what its agents told each other."""
    for served in asyncio.run(serve(count, seed=seed)):
        typer.echo(f"--- {served.conversation.errand.intent}, reward {served.reward:g}")
        for line in lines(served):
            typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
