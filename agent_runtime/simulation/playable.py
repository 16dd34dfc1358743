"""Simulated conversations, ready to be played against the real tools."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from agent_runtime.domains.retail.recorded import TASK_REWARD
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.grading import State, expected_state, grade
from agent_runtime.loop import Agent
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
        self._conversations = sorted(simulation.conversations, key=lambda each: each.scenario.number)
        self._database = database
        self._expected: dict[int, State] = {}
        self.total = len(self._conversations)

    def __iter__(self) -> Iterator[Playable[RetailStore]]:
        """By scenario, so that all agent versions meet the same one at about the same time."""
        return (self._playable(each) for each in self._conversations)

    def _playable(self, conversation: SimulatedConversation) -> Playable[RetailStore]:
        return Playable(
            conversation_id=conversation.conversation_id,
            customer_id=conversation.task.user_id,
            scenario=f"{conversation.scenario.intent}-{conversation.scenario.number}",
            agent=Agent(
                name="retail-agent", version=conversation.agent_version, policy=POLICY, tools=RETAIL_TOOLS
            ),
            model=conversation.model,
            customer=conversation.customer,
            open_store=partial(self._database.store, conversation.conversation_id),
            judge=partial(self._judge, conversation),
        )

    def _judge(
        self, conversation: SimulatedConversation, store: RetailStore, played: Played
    ) -> list[OutcomeRecorded]:
        meant_to_leave = conversation.scenario.intent == "abandon"
        result = grade(
            final=store.changes(),
            expected=self._expected_state(conversation),
            outputs=conversation.task.outputs,
            agent_texts=played.agent_texts,
            ended=played.ending.reason in ("customer_done", "agent_transfer")
            or (played.ending.reason == "customer_left" and meant_to_leave),
        )
        return [
            OutcomeRecorded(name=TASK_REWARD, score=result.reward),
            OutcomeRecorded(
                name=PLANTED_REWARD,
                score=conversation.expected_reward,
                label=conversation.fault or "no_fault",
            ),
        ]

    def _expected_state(self, conversation: SimulatedConversation) -> State:
        number = conversation.scenario.number
        if number not in self._expected:
            untouched = self._database.store(f"expected/{number}")
            self._expected[number] = expected_state(RETAIL_TOOLS, untouched, conversation.task.actions)
        return self._expected[number]
