"""Grades: was the customer's task done, judged by the final state and what was said.

The rules are those of the public benchmark, so that rewards can be compared with its
records. ``pass^k``: Yao et al. 2024, tau-bench, arXiv:2406.12045, section 3.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from agent_runtime.messages import ToolCall
from agent_runtime.tools import ToolRegistry

State = Mapping[Any, Any]
"""What differs from the untouched store; equal states have equal mappings."""


class GradedStore(Protocol):
    """A store that tells its state."""

    def changes(self) -> State:
        """What differs from the untouched store."""
        ...


StoreT = TypeVar("StoreT", bound=GradedStore)


class Grade(Struct, frozen=True, kw_only=True):
    """What a conversation achieved.

    Attributes:
        ended: Whether it came to an end: the customer was done, or a human took over.
        state_matches: Whether the final state is the expected one.
        outputs_found: Whether each required output was said.
    """

    ended: bool
    state_matches: bool
    outputs_found: dict[str, bool]

    @property
    def reward(self) -> float:
        """1 where all of it holds, else 0."""
        return float(self.ended and self.state_matches and all(self.outputs_found.values()))


def expected_state(tools: ToolRegistry[StoreT], untouched: StoreT, actions: Iterable[ToolCall]) -> State:
    """The state after the ground-truth actions.

    Calls that end the conversation are skipped, and refused ones change nothing.

    Args:
        tools: The domain's tools.
        untouched: A store that nothing has written to; it is written to here.
        actions: The ground truth.
    """
    for action in actions:
        if tools.effect_of(action.name) != "terminal":
            tools.call(untouched, action)
    return untouched.changes()


def grade(
    *, final: State, expected: State, outputs: Iterable[str], agent_texts: Iterable[str], ended: bool
) -> Grade:
    """Grades a conversation.

    Args:
        final: State after the conversation.
        expected: State after the ground-truth actions.
        outputs: What the agent has to say; found in one text, whatever the case.
        agent_texts: What the agent said; commas do not count.
        ended: Whether the conversation came to an end.
    """
    said = [text.lower().replace(",", "") for text in agent_texts]
    found = {output: any(output.lower() in text for text in said) for output in outputs}
    return Grade(ended=ended, state_matches=final == expected, outputs_found=found)


def grade_of_doing_nothing(*, expected: State, outputs: Iterable[str]) -> Grade:
    """What an agent gets that neither speaks nor acts: the row that no report may leave out."""
    return grade(final={}, expected=expected, outputs=outputs, agent_texts=(), ended=True)


def pass_hat_k(successes: Collection[tuple[int, int]], k: int) -> float:
    """``pass^k``: the chance that k trials of a task all succeed, averaged over tasks.

    Args:
        successes: For each task, how many of its trials succeeded and how many there were.
        k: Trials that have to succeed, at most the fewest trials of a task.

    Raises:
        ValueError: No task, or a task with fewer than k trials.
    """
    fewest = min((trials for _, trials in successes), default=0)
    if not 1 <= k <= fewest:
        raise ValueError(f"pass^{k} needs at least one task and {k} trials of each; the fewest are {fewest}")
    return math.fsum(math.comb(won, k) / math.comb(trials, k) for won, trials in successes) / len(successes)
