"""An OpenAI-compatible endpoint, well behaved and not: spec A10."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from agent_runtime.errors import ModelError, TerminalError, TransientError
from agent_runtime.messages import ModelResponse, ToolCall
from agent_runtime.models.attempt import retry_after_s
from agent_runtime.models.endpoint import Timeouts
from agent_runtime.models.errors import (
    AnswerLostError,
    AnswerNotUnderstoodError,
    EndpointUnavailableError,
    ModelCallError,
    RequestRefusedError,
)
from agent_runtime.models.openai_compatible import OpenAICompatibleModel
from infra.local.ports import free_ports
from tests.agent_runtime.models.asking import CONTEXT, TOOLS, ask, endpoint, pieces
from tests.agent_runtime.models.misbehaving import (
    Behaviour,
    MisbehavingEndpoint,
    calls,
    delta,
    hangs,
    says,
    silent,
    status,
    streamed,
    until,
)

LOOK = ("look", '{"item": "hat"}')
HASTY = Timeouts(connect_s=1.0, first_token_s=0.3, whole_s=0.6)


@pytest.mark.spec("A10")
async def test_a_text_streams_in_pieces_and_the_whole_comes_last(served: MisbehavingEndpoint) -> None:
    served.will(says("We have three."))
    *texts, answer = await pieces(endpoint(served.base_url))
    assert texts == ["We", " ", "have", " ", "three."]
    assert isinstance(answer, ModelResponse)
    assert (answer.content, answer.tool_call, answer.model) == ("We have three.", None, "m")


@pytest.mark.spec("A10")
async def test_usage_is_what_the_endpoint_counted_and_its_price(served: MisbehavingEndpoint) -> None:
    usage = (await ask(endpoint(served.base_url))).usage
    assert (usage.input_tokens, usage.output_tokens, usage.estimated) == (11, 3, False)
    assert usage.cost_usd == pytest.approx(11e-6 + 30e-6)


async def test_usage_is_estimated_where_the_endpoint_tells_none(served: MisbehavingEndpoint) -> None:
    served.will(says("Hello.", usage=None))
    usage = (await ask(endpoint(served.base_url))).usage
    assert usage.estimated
    assert usage.input_tokens > 0 < usage.output_tokens


@pytest.mark.spec("A10", "G1")
async def test_the_first_token_is_timed(served: MisbehavingEndpoint) -> None:
    served.will(says("one two three", pause_s=0.05))
    usage = (await ask(endpoint(served.base_url))).usage
    assert usage.first_token_ns is not None
    assert 0.05e9 <= usage.first_token_ns < usage.duration_ns - 0.15e9


@pytest.mark.spec("A10")
async def test_a_call_is_put_together_from_its_pieces(served: MisbehavingEndpoint) -> None:
    served.will(calls(LOOK))
    answer = await ask(endpoint(served.base_url))
    assert answer.tool_call == ToolCall("id-0", "look", {"item": "hat"})


@pytest.mark.spec("A10")
async def test_context_tools_and_key_are_sent_as_the_protocol_has_them(served: MisbehavingEndpoint) -> None:
    await ask(endpoint(served.base_url, api_key="secret"))
    (body,) = served.asked
    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Any hats?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "id-7",
                    "type": "function",
                    "function": {"name": "look", "arguments": '{"item": "hat"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "id-7", "content": "3"},
    ]
    assert body["tools"] == TOOLS
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})
    assert served.authorizations == ["Bearer secret"]


GARBAGE: dict[str, tuple[Behaviour, str]] = {
    "arguments that are no JSON": (calls(("look", '{"item": ')), "arguments of look are no JSON object"),
    "arguments that are no object": (calls(("look", '"1234"')), "arguments of look are no JSON object"),
    "an unknown tool": (calls(("steal", "{}")), "calls 'steal', which is no tool"),
    "no choices": (streamed({"choices": []}), "no choices"),
    "nothing at all": (streamed(), "no choices"),
    "an empty text": (streamed(delta(content=" "), delta(finish="stop")), "the answer is empty"),
    "an event that is no JSON": (streamed("data: <html>\n\n"), "not what the protocol says"),
    "an event of another shape": (streamed({"choices": "yes"}), "not what the protocol says"),
    "a page instead of a stream": (status(200, "<html>Welcome"), "it answered with text/plain"),
    "an answer cut at the limit": (
        streamed(delta(content="We h"), delta(finish="length")),
        "cut at the token limit; raise max_output_tokens",
    ),
    "an event without end": (streamed(*["data: " + "a" * 500_000] * 5), "a line of the stream is longer"),
    "an answer without end": (
        streamed(*[delta(content="a" * 500_000)] * 10),
        "longer than 4,194,304 characters",
    ),
}


@pytest.mark.spec("A10")
@pytest.mark.parametrize(("behaviour", "what"), GARBAGE.values(), ids=GARBAGE)
async def test_garbage_is_an_error_that_says_where_and_what(
    served: MisbehavingEndpoint, behaviour: Behaviour, what: str
) -> None:
    served.will(behaviour)
    with pytest.raises(AnswerNotUnderstoodError, match=what) as caught:
        await ask(endpoint(served.base_url, api_key="secret"))
    assert isinstance(caught.value, ModelError)
    assert isinstance(caught.value, TerminalError)
    assert str(caught.value).startswith(f"m at {served.base_url}: ")
    assert "secret" not in str(caught.value)


async def test_calls_made_at_once_are_all_there_in_their_order(served: MisbehavingEndpoint) -> None:
    served.will(calls(*[LOOK] * 10))
    answer = await ask(endpoint(served.base_url))
    assert answer.tool_call is not None
    made = (answer.tool_call, *answer.further_calls)
    assert [call.name for call in made] == ["look"] * 10
    assert len({call.id for call in made}) == 10


async def test_the_evidence_is_kept_and_cut(served: MisbehavingEndpoint) -> None:
    served.will(calls(("look", "no JSON " + "x" * 10_000)))
    with pytest.raises(AnswerNotUnderstoodError) as caught:
        await ask(endpoint(served.base_url))
    assert caught.value.evidence.startswith("look(no JSON xxx")
    assert len(caught.value.evidence) == 500


LOST: dict[str, tuple[Behaviour, str]] = {
    "no first token": (hangs(), "no first token in 0.3 s"),
    "no head of an answer": (silent(), "no first token in 0.3 s"),
    "no last token": (streamed(*[delta(content="a")] * 40, pause_s=0.05), "no whole answer in 0.6 s"),
    "a stream that ends early": (streamed(delta(content="We h"), done=False), "ended before the answer"),
    "a connection that breaks": (streamed(delta(content="We h"), crash=True), "the connection broke"),
    "a failure on the way": (
        streamed(delta(content="We h"), {"error": {"message": "out of memory", "code": 500}}),
        "failed while it answered .code 500.*out of memory",
    ),
}


@pytest.mark.spec("A10")
@pytest.mark.parametrize(("behaviour", "what"), LOST.values(), ids=LOST)
async def test_a_lost_answer_is_of_unknown_outcome_and_may_be_asked_for_again(
    served: MisbehavingEndpoint, behaviour: Behaviour, what: str
) -> None:
    served.will(behaviour)
    with pytest.raises(AnswerLostError, match=what) as caught:
        await ask(endpoint(served.base_url, timeouts=HASTY))
    assert isinstance(caught.value, TransientError)


@pytest.mark.spec("A10")
@pytest.mark.parametrize("code", [408, 429, 500, 503])
async def test_an_endpoint_that_is_busy_or_broken_is_unavailable(
    served: MisbehavingEndpoint, code: int
) -> None:
    served.will(status(code, "come back", retry_after="7"))
    with pytest.raises(
        EndpointUnavailableError, match=f"HTTP {code}; ask again later.*'come back'"
    ) as caught:
        await ask(endpoint(served.base_url))
    assert isinstance(caught.value, TransientError)
    assert caught.value.retry_after_s == 7


async def test_an_endpoint_that_is_not_there_is_unavailable() -> None:
    (port,) = free_ports(1)
    with pytest.raises(EndpointUnavailableError, match=r"cannot be reached.*check the address"):
        await ask(endpoint(f"http://127.0.0.1:{port}/v1"))


async def test_a_connection_that_is_not_accepted_is_given_up_in_time() -> None:
    async with asyncio.timeout(3):
        # TEST-NET-1 (RFC 5737): nobody is there, or the network says so at once.
        with pytest.raises(ModelCallError, match=r"cannot be reached|no first token"):
            await ask(endpoint("http://192.0.2.1/v1", timeouts=HASTY))


@pytest.mark.spec("A10")
@pytest.mark.parametrize(
    ("code", "advice"), [(400, "check the request"), (401, "check the API key"), (404, "the model's name")]
)
async def test_a_refused_request_is_terminal_and_says_what_to_do(
    served: MisbehavingEndpoint, code: int, advice: str
) -> None:
    served.will(status(code, json.dumps({"error": {"message": "context of 9000 tokens"}})))
    with pytest.raises(RequestRefusedError, match=f"HTTP {code}; .*{advice}.*context of 9000") as caught:
        await ask(endpoint(served.base_url))
    assert isinstance(caught.value, TerminalError)


async def test_a_filtered_answer_is_refused(served: MisbehavingEndpoint) -> None:
    served.will(streamed(delta(content="I"), delta(finish="content_filter")))
    with pytest.raises(RequestRefusedError, match="content filter"):
        await ask(endpoint(served.base_url))


async def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(RequestRefusedError, match="check the base URL"):
        await ask(endpoint("nowhere/v1"))


@pytest.mark.spec("A10")
async def test_who_stops_listening_stops_the_endpoint_as_well(served: MisbehavingEndpoint) -> None:
    served.will(says("one two three four five", pause_s=0.2))
    async with OpenAICompatibleModel(endpoint(served.base_url)) as model:
        asking = asyncio.create_task(model.complete(CONTEXT, TOOLS))
        await until(lambda: served.asked)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await until(lambda: served.cut_off)


async def test_a_hundred_conversations_ask_at_once_over_one_model(served: MisbehavingEndpoint) -> None:
    served.will(says("one two", pause_s=0.02))
    async with OpenAICompatibleModel(endpoint(served.base_url)) as model:
        answers = await asyncio.gather(*(model.complete(CONTEXT, TOOLS) for _ in range(100)))
    assert {answer.content for answer in answers} == {"one two"}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("Fri, 27 Nov 2026 00:00:30 GMT", 30.0),
        ("Thu, 26 Nov 2026 00:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, datetime(2026, 11, 27, tzinfo=UTC)) == seconds
