"""Conversations with unpublished tools: their answers tell what they wrote, and nothing else does."""

import json
from typing import Any

import pytest

from agent_runtime.domains.retail import RetailDatabase, load_shop
from agent_runtime.domains.retail.exactness import Replayer
from agent_runtime.messages import ToolCall
from agent_runtime.recordings import (
    AgentCall,
    CustomerTurn,
    RecordedConversation,
    RecordedGrade,
    Task,
)
from analytics.reward_audit.told_writes import grade_as_told
from tests.agent_runtime.domains.retail.conftest import HOME, made_shop

NEW_HOME = {**HOME, "address1": "2 Elm"}
MOVE = ToolCall("1", "modify_pending_order_address", {"order_id": "#P", **NEW_HOME})
STOP = CustomerTurn(raw="###STOP###", text="", stops=True)


def order(**changed: Any) -> dict[str, Any]:
    return {**made_shop()["orders"]["#P"], **changed}


def reward(name: str, answer: str, *, truth: tuple[ToolCall, ...] = (MOVE,), **arguments: Any) -> float:
    """Of a conversation that calls an unpublished tool."""
    conversation = RecordedConversation(
        conversation_id="run/1",
        run="run",
        model="gpt-4o",
        task_id=1,
        task=Task(user_id="ada_1", instruction="", actions=truth, outputs=()),
        policy=None,
        steps=(AgentCall(call=ToolCall("9", name, arguments), observation=answer), STOP),
        closing_thoughts=(),
        grade=RecordedGrade(reward=1.0),
        error=None,
    )
    replayer = Replayer(RetailDatabase(load_shop(made_shop())))
    found = grade_as_told(replayer.replay(conversation), replayer)
    assert found is not None
    return found.reward


@pytest.mark.spec("G4")
@pytest.mark.parametrize("nested", [False, True])
def test_an_order_in_the_answer_is_written_where_the_call_asked_for_it(nested: bool) -> None:
    told: Any = order(address=NEW_HOME)
    answer = json.dumps({"#P": json.dumps(told) if nested else told})
    assert reward("move_all", answer, order_ids=["#P"], **NEW_HOME) == 1.0


@pytest.mark.spec("G4")
def test_an_order_as_somebody_else_left_it_is_no_write_of_this_call() -> None:
    answer = json.dumps(order(address=NEW_HOME))
    assert reward("get_item", answer, order_id="#P") == 0.0


@pytest.mark.spec("G4")
@pytest.mark.parametrize("answer", [json.dumps(order()), "Done!", "12.5", "[1, 2]", '{"#P": "moved"}'])
def test_an_answer_that_shows_no_write_wrote_nothing(answer: str) -> None:
    assert reward("move_all", answer, order_ids=["#P"], **NEW_HOME) == 0.0
    assert reward("move_all", answer, truth=(), order_ids=["#P"], **NEW_HOME) == 1.0


@pytest.mark.spec("G4")
def test_an_order_that_the_shop_does_not_have_is_left_alone() -> None:
    answer = json.dumps(order(order_id="#X", address=NEW_HOME))
    assert reward("move_all", answer, truth=(), order_ids=["#X"], **NEW_HOME) == 1.0
