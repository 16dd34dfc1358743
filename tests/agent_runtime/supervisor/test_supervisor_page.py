"""The examples of docs/supervisor.md run as they stand there: spec A9."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from agent_runtime.customers import CustomerMessage
from agent_runtime.supervisor import Recovery
from streaming.contract import payloads as p
from streaming.contract.events import AgentEvent

PAGE = Path(__file__).parents[3] / "docs" / "supervisor.md"

pytestmark = pytest.mark.spec("A9")


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    """Every name that the examples define."""
    names: dict[str, Any] = {}
    text = PAGE.read_text(encoding="utf-8")
    for example in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(example, str(PAGE), "exec", dont_inherit=True), names)
    return names


async def test_the_team_of_the_page_cancels_an_order(page: dict[str, Any]) -> None:
    store, events = {"W1": "pending"}, list[AgentEvent]()
    conversation = page["open_conversation"](store, events.append)
    answer = await conversation.answer(CustomerMessage("Please cancel order W1."))
    assert answer == "It is cancelled.\n\nWhat is certain:\n- order W1 was cancelled"
    assert store == {"W1": "cancelled"}
    kinds = [each.payload.kind for each in events if isinstance(each.payload, p.AgentMessage)]
    assert kinds == ["delegate", "result"]


async def test_the_tools_of_the_page_are_those_of_the_head(page: dict[str, Any]) -> None:
    conversation = page["open_conversation"]({}, lambda _: None)
    names = {each.name for each in conversation.tools.tools}
    assert names == {"delegate_to_orders", "hand_off_to_orders", "read_shared", "write_shared"}


def test_the_page_names_every_recovery_kind_of_message_and_default() -> None:
    text = PAGE.read_text(encoding="utf-8")
    then = Recovery.__annotations__["then"]
    assert all(f'"{each}"' in text for each in get_args(then))
    assert all(f"`{each}`" in text for each in get_args(p.MessageKind))
