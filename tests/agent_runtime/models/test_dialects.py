"""Tools told in the system message, answers bound to a schema: spec A10."""

import json
from typing import Any

import jsonschema
import pytest

from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.messages import ToolCall
from agent_runtime.models.dialects import action_schema
from agent_runtime.models.errors import AnswerNotUnderstoodError
from tests.agent_runtime.models.asking import CONTEXT, TOOLS, ask, endpoint, pieces
from tests.agent_runtime.models.misbehaving import MisbehavingEndpoint, delta, streamed


def bound(action: Any) -> Any:
    text = json.dumps({"action": action})
    return streamed(delta(content=text[:9]), delta(content=text[9:]), delta(finish="stop"))


@pytest.mark.spec("A10")
async def test_the_answer_is_bound_to_a_text_or_a_legal_call(served: MisbehavingEndpoint) -> None:
    served.will(bound({"tool": "look", "arguments": {"item": "hat"}}))
    answer = await ask(endpoint(served.base_url, tool_mode="structured"))
    assert answer.tool_call == ToolCall(f"call_{len(CONTEXT)}", "look", {"item": "hat"})
    assert answer.content == ""
    (body,) = served.asked
    assert "tools" not in body
    assert body["response_format"]["json_schema"]["schema"] == action_schema(TOOLS)


@pytest.mark.spec("A10")
async def test_a_text_is_read_out_of_its_object(served: MisbehavingEndpoint) -> None:
    served.will(bound({"say": "We have 3."}))
    assert (await ask(endpoint(served.base_url, tool_mode="structured"))).content == "We have 3."


async def test_a_model_that_knows_no_tools_reads_calls_and_results_as_text(
    served: MisbehavingEndpoint,
) -> None:
    served.will(bound({"say": "We have 3."}))
    await pieces(endpoint(served.base_url, tool_mode="structured"))
    system, user, assistant, tool = served.asked[0]["messages"]
    assert system["content"].startswith("Be kind.\n\nAnswer with JSON: ")
    assert system["content"].endswith("- look(item): Say how many there are.")
    assert user == {"role": "user", "content": "Any hats?"}
    assert json.loads(assistant["content"]) == {"action": {"tool": "look", "arguments": {"item": "hat"}}}
    assert tool == {"role": "user", "content": "Result of look: 3"}


@pytest.mark.parametrize(
    ("action", "what"),
    [
        ({"say": " "}, "the answer is empty"),
        ({"tool": "steal", "arguments": {}}, "calls 'steal', which is no tool"),
        ({"tool": "look", "arguments": "hat"}, "the answer is no action"),
        ("look", "the answer is no action"),
    ],
    ids=["nothing said", "unknown tool", "arguments that are no object", "no object"],
)
async def test_an_endpoint_that_ignores_the_schema_is_found_out(
    served: MisbehavingEndpoint, action: Any, what: str
) -> None:
    served.will(bound(action))
    with pytest.raises(AnswerNotUnderstoodError, match=what):
        await ask(endpoint(served.base_url, tool_mode="structured"))


def test_the_schema_admits_a_call_of_every_tool_and_nothing_else() -> None:
    validator = jsonschema.Draft202012Validator(action_schema(RETAIL_TOOLS.schemas()))
    cancel = {"order_id": "#W1", "reason": "no longer needed"}
    assert validator.is_valid({"action": {"tool": "cancel_pending_order", "arguments": cancel}})
    assert validator.is_valid({"action": {"say": "Hello."}})
    for illegal in (
        {"tool": "cancel_pending_order", "arguments": cancel | {"reason": "because"}},
        {"tool": "cancel_pending_order", "arguments": {"order_id": "#W1"}},
        {"tool": "steal", "arguments": {}},
        {"say": "Hello.", "tool": "think"},
        {},
    ):
        assert not validator.is_valid({"action": illegal}), illegal
