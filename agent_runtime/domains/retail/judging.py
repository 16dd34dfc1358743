"""Judges a retail conversation by the state of the shop and what the agent said."""

from typing import Final

import msgspec

from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.domains.retail.store import RetailDatabase, RetailStore
from agent_runtime.grading import State, expected_state, grade
from agent_runtime.play import Played
from agent_runtime.recordings import Task
from streaming.contract.payloads import OutcomeRecorded

TASK_REWARD: Final = "task_reward"

ENDINGS: Final = frozenset({"customer_done", "customer_left", "agent_transfer"})
"""How a conversation comes to an end by itself; a bound or a failure that cuts it off earns nothing."""


class TaskJudge:
    """Grades tasks against an untouched shop after the ground-truth actions.

    Args:
        database: The shop.
    """

    def __init__(self, database: RetailDatabase) -> None:
        self._database = database
        self._expected: dict[bytes, State] = {}

    def judge(self, task: Task, store: RetailStore, played: Played) -> OutcomeRecorded:
        """The reward of a conversation, 0 or 1."""
        result = grade(
            final=store.changes(),
            expected=self._expected_state(task),
            outputs=task.outputs,
            agent_texts=played.agent_texts,
            ended=played.ending.reason in ENDINGS,
        )
        return OutcomeRecorded(name=TASK_REWARD, score=result.reward)

    def _expected_state(self, task: Task) -> State:
        key = msgspec.json.encode(task.actions)
        if key not in self._expected:
            untouched = self._database.store(f"expected/{len(self._expected)}")
            self._expected[key] = expected_state(RETAIL_TOOLS, untouched, task.actions)
            untouched.forget()
        return self._expected[key]
