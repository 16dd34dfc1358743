"""Rewards as the public benchmark gives them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_runtime.domains.retail import RETAIL_TOOLS, RetailDatabase, load_shop
from agent_runtime.errors import ToolRefusal
from agent_runtime.grading import expected_state, grade, grade_of_doing_nothing, pass_hat_k
from agent_runtime.messages import ToolCall
from agent_runtime.recordings import Recordings
from agent_runtime.tools import ToolRegistry, tool


class Shelf:
    def __init__(self) -> None:
        self.taken: dict[str, int] = {}

    def changes(self) -> dict[str, int]:
        return self.taken


@tool(effect="write")
def take(shelf: Shelf, item: str) -> str:
    """Take an item.

    Args:
        item: Which.
    """
    if item == "sofa":
        raise ToolRefusal("too heavy")
    shelf.taken[item] = shelf.taken.get(item, 0) + 1
    return ""


@tool(effect="terminal")
def leave(shelf: Shelf) -> str:
    """Leave, and take everything along."""
    shelf.taken["everything"] = 1
    return ""


TOOLS: ToolRegistry[Shelf] = ToolRegistry([take, leave])


def test_the_expected_state_skips_endings_and_ignores_refusals() -> None:
    actions = [
        ToolCall("1", "take", {"item": "lamp"}),
        ToolCall("2", "take", {"item": "sofa"}),
        ToolCall("3", "leave", {}),
        ToolCall("4", "fly", {}),
    ]
    assert expected_state(TOOLS, Shelf(), actions) == {"lamp": 1}


@pytest.mark.parametrize(
    ("final", "texts", "ended", "reward"),
    [
        ({"lamp": 1}, ["It costs $1,234.50 at Oak Street."], True, 1.0),
        ({"lamp": 1}, ["It costs 1234.50.", "See OAK STREET"], True, 1.0),
        ({"lamp": 2}, ["It costs 1234.50 at Oak Street."], True, 0.0),
        ({"lamp": 1}, ["It costs 1234 at Oak Street."], True, 0.0),
        ({"lamp": 1}, ["It costs 1234.50 at Oak", "Street."], True, 0.0),
        ({"lamp": 1}, ["It costs 1234.50 at Oak Street."], False, 0.0),
    ],
    ids=["commas", "case and two texts", "wrong state", "missing output", "split output", "never ended"],
)
def test_rewards(final: dict[str, int], texts: list[str], *, ended: bool, reward: float) -> None:
    given = grade(
        final=final, expected={"lamp": 1}, outputs=["1234.50", "Oak Street"], agent_texts=texts, ended=ended
    )
    assert given.reward == reward


def test_doing_nothing_wins_only_where_nothing_was_asked() -> None:
    assert grade_of_doing_nothing(expected={}, outputs=[]).reward == 1.0
    assert grade_of_doing_nothing(expected={"lamp": 1}, outputs=[]).reward == 0.0
    assert grade_of_doing_nothing(expected={}, outputs=["42"]).reward == 0.0


@pytest.mark.parametrize(("k", "expected"), [(1, (1 + 2 / 4) / 2), (2, (1 + 1 / 6) / 2), (4, 0.5)])
def test_pass_hat_k_of_two_tasks(k: int, expected: float) -> None:
    assert pass_hat_k([(4, 4), (2, 4)], k) == pytest.approx(expected)


@given(st.lists(st.integers(min_value=0, max_value=6), min_size=1, max_size=9))
def test_pass_hat_k_falls_with_k_from_the_mean_to_the_share_of_perfect_tasks(successes: list[int]) -> None:
    trials = [(won, 6) for won in successes]
    values = [pass_hat_k(trials, k) for k in range(1, 7)]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(sum(successes) / 6 / len(successes))
    assert values[-1] == pytest.approx(sum(won == 6 for won in successes) / len(successes))


@pytest.mark.parametrize(("trials", "k"), [([], 1), ([(1, 2)], 3), ([(1, 2)], 0)])
def test_pass_hat_k_needs_enough_trials(trials: list[tuple[int, int]], k: int) -> None:
    with pytest.raises(ValueError, match=r"needs at least one task"):
        pass_hat_k(trials, k)


@pytest.mark.recordings
def test_doing_nothing_is_rewarded_on_seven_of_the_115_test_tasks(recordings_folder: Path) -> None:
    database = RetailDatabase(load_shop(recordings_folder))
    tasks = Recordings(recordings_folder).tasks()
    rewards = [
        grade_of_doing_nothing(
            expected=expected_state(RETAIL_TOOLS, database.store(f"task {number}"), task.actions),
            outputs=task.outputs,
        ).reward
        for number, task in enumerate(tasks)
    ]
    assert (sum(rewards), len(rewards)) == (7, 115)
