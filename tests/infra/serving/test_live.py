"""A real language model behind the runtime's client: spec A10, L1."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from rich.console import Console

from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.loop import Bounds
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.errors import RequestRefusedError
from agent_runtime.models.live import endpoints
from agent_runtime.models.openai_compatible import OpenAICompatibleModel
from agent_runtime.settings import ModelSettings
from agent_runtime.simulation.conversations import POLICY
from infra.local.ports import free_ports
from infra.serving.demo import converse, tiny_model
from infra.serving.errors import ServingMissingError
from infra.serving.server import is_healthy, require_installed, running_server
from infra.serving.settings import ServingSettings

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServingSettings]:
    """A server of its own; the tests are skipped where its environment is not installed."""
    (port,) = free_ports(1)
    settings = ServingSettings(port=port)
    try:
        require_installed(settings)
    except ServingMissingError as missing:
        pytest.skip(str(missing))
    with running_server(settings, tmp_path_factory.mktemp("vllm") / "vllm.log"):
        yield settings
    assert not is_healthy(settings)


@pytest.mark.spec("A10")
async def test_conversations_run_through_the_live_model_and_every_call_is_legal(
    served: ServingSettings,
) -> None:
    settings = tiny_model(served).model_copy(update={"temperature": 0.0})
    counts = await converse(settings, 1, Console(quiet=True), Bounds(max_steps=3))
    assert counts.model_calls >= 1
    assert counts.illegal_calls == 0
    assert len(counts.first_token_s) == counts.model_calls
    async with httpx.AsyncClient(trust_env=False) as client:
        metrics = await client.get(f"{served.root_url}/metrics")
    assert "vllm:num_requests_running" in metrics.text


@pytest.mark.spec("A10")
async def test_it_streams_and_counts_as_the_protocol_says(served: ServingSettings) -> None:
    (endpoint,) = endpoints(ModelSettings(base_url=served.base_url, tool_mode="native", max_output_tokens=60))
    context = [Message(role="user", content="What is the capital of France? Answer in one short sentence.")]
    async with OpenAICompatibleModel(endpoint) as model:
        *pieces, answer = [piece async for piece in model.stream(context, [])]
    assert isinstance(answer, ModelResponse)
    assert "Paris" in answer.content
    assert "".join(str(piece) for piece in pieces) == answer.content
    usage = answer.usage
    assert not usage.estimated
    assert len(pieces) - 2 <= usage.output_tokens <= len(pieces) + 3
    assert usage.first_token_ns is not None
    assert usage.first_token_ns < usage.duration_ns


@pytest.mark.spec("A10")
async def test_four_conversations_share_the_server(served: ServingSettings) -> None:
    (endpoint,) = endpoints(tiny_model(served))
    context = [Message(role="system", content=POLICY), Message(role="user", content="Cancel order #W123.")]
    async with OpenAICompatibleModel(endpoint) as model:
        answers = await asyncio.gather(*(model.complete(context, RETAIL_TOOLS.schemas()) for _ in range(4)))
    for answer in answers:
        assert answer.content or (answer.tool_call and answer.tool_call.name in RETAIL_TOOLS)


async def test_a_model_that_it_does_not_have_is_refused(served: ServingSettings) -> None:
    (endpoint,) = endpoints(ModelSettings(base_url=served.base_url, name="another"))
    async with OpenAICompatibleModel(endpoint) as model:
        with pytest.raises(RequestRefusedError, match=r"HTTP 404; check the base URL and the model's name"):
            await model.complete([Message(role="user", content="hi")], [])
