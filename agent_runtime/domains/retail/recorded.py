"""Recorded retail conversations, ready to be played against our own tools."""

from collections.abc import Iterator
from functools import partial
from heapq import merge
from typing import Final

from agent_runtime.agent import Agent, Bounds
from agent_runtime.domains.retail.judging import TaskJudge
from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.models.replay import RecordedCustomer, ReplayModel
from agent_runtime.play import Playable, Played
from agent_runtime.recordings import AgentCall, RecordedConversation, Recordings
from streaming.contract.payloads import OutcomeRecorded

BOUNDS: Final = Bounds(max_steps=30, deadline_s=float("inf"), cost_usd=float("inf"))
"""The record knows one bound: thirty agent steps."""

RECORDED_REWARD: Final = "recorded_reward"


class RecordedRuns:
    """All recorded runs as one stream of conversations.

    Args:
        recordings: The data set.
        database: The shop, as the data set has it.
    """

    def __init__(self, recordings: Recordings, database: RetailDatabase) -> None:
        self._recordings = recordings
        self._database = database
        self._policy = recordings.policy()
        self._judge = TaskJudge(database)
        self.total = sum(run.conversations for run in recordings.runs())
        self.source = (
            f"{self.total:,} recorded conversations of {len(recordings.runs())} public runs, replayed"
        )

    def __iter__(self) -> Iterator[Playable[RetailStore]]:
        """By task, so that all agent versions meet the same task at about the same time."""
        runs = [self._recordings.conversations(run) for run in self._recordings.runs()]
        for conversation in merge(*runs, key=lambda each: each.task_id):
            yield self._playable(conversation)

    def _playable(self, record: RecordedConversation) -> Playable[RetailStore]:
        return Playable(
            conversation_id=record.conversation_id,
            customer_id=record.task.user_id if record.task else record.conversation_id,
            scenario=f"retail-{record.task_id}",
            agent=Agent(
                name="retail-agent",
                version=record.run,
                policy=self._policy,
                tools=RETAIL_TOOLS,
                permissions=RETAIL_TOOLS.permissions(),
                bounds=BOUNDS,
            ),
            model=partial(ReplayModel, record),
            customer=partial(RecordedCustomer, record),
            open_store=partial(self._database.store, record.conversation_id),
            judge=partial(self._judgements, record),
            crash=None if record.steps else record.error or "recorded without a step",
        )

    def _judgements(
        self, record: RecordedConversation, store: RetailStore, played: Played
    ) -> list[OutcomeRecorded]:
        recorded = OutcomeRecorded(name=RECORDED_REWARD, score=record.grade.reward)
        if record.task is None or calls_unknown_tool(record):
            return [recorded]
        return [self._judge.judge(record.task, store, played), recorded]


def calls_unknown_tool(record: RecordedConversation) -> bool:
    """Whether a learned tool, of which no schema exists, is called: then the replay is not whole."""
    return any(isinstance(step, AgentCall) and step.call.name not in RETAIL_TOOLS for step in record.steps)
