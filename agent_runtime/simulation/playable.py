"""Simulated conversations, ready to be played against the real tools."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from agent_runtime.agent import Agent
from agent_runtime.domains.retail.judging import TaskJudge
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.play import Playable, Played
from agent_runtime.simulation.conversations import POLICY, SimulatedConversation, Simulation
from streaming.contract.payloads import OutcomeRecorded

PLANTED_REWARD: Final = "planted_reward"
"""What the planted fault leaves of the reward: the truth that a grade can be held against."""


class SimulatedRuns:
    """All conversations of a simulation as one stream.

    Args:
        simulation: What to play.
        database: The simulation's shop, as ``load_shop(simulation.shop.documents())`` has it.
    """

    def __init__(self, simulation: Simulation, database: RetailDatabase) -> None:
        self._conversations = sorted(simulation.conversations, key=lambda each: each.errand.number)
        self._database = database
        self._judge = TaskJudge(database)
        self.total = len(self._conversations)

    def __iter__(self) -> Iterator[Playable[RetailStore]]:
        """By errand, so that all agent versions meet the same one at about the same time."""
        return (self._playable(each) for each in self._conversations)

    def _playable(self, conversation: SimulatedConversation) -> Playable[RetailStore]:
        return Playable(
            conversation_id=conversation.conversation_id,
            customer_id=conversation.task.user_id,
            scenario=f"{conversation.errand.intent}-{conversation.errand.number}",
            agent=Agent(
                name="retail-agent",
                version=conversation.agent_version,
                policy=POLICY,
                tools=RETAIL_TOOLS,
                permissions=RETAIL_TOOLS.permissions(),
            ),
            model=conversation.model,
            customer=conversation.customer,
            open_store=partial(self._database.store, conversation.conversation_id),
            judge=partial(self._judgements, conversation),
        )

    def _judgements(
        self, conversation: SimulatedConversation, store: RetailStore, played: Played
    ) -> list[OutcomeRecorded]:
        planted = OutcomeRecorded(
            name=PLANTED_REWARD,
            score=conversation.expected_reward,
            label=conversation.fault or "no_fault",
        )
        return [self._judge.judge(conversation.task, store, played), planted]
