"""Topic ``runtime``, model clients: what hedging does to slow answers, and the live model's speed."""

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from agent_runtime.domains.retail.registry import RETAIL_TOOLS
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.endpoint import Endpoint
from agent_runtime.models.hedged import HedgedModel
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.live import endpoints
from agent_runtime.models.openai_compatible import OpenAICompatibleModel
from agent_runtime.settings import ModelSettings
from agent_runtime.simulation.conversations import POLICY
from infra.local.ports import free_ports
from infra.serving.demo import tiny_model
from infra.serving.errors import ServingMissingError
from infra.serving.server import require_installed, running_server
from infra.serving.settings import ServingSettings
from tests.agent_runtime.models.misbehaving import Behaviour, misbehaving_endpoint, says
from tests.bench.record import Row

CALLS: Final = 1_000
AT_ONCE: Final = 4
USUAL_S: Final = 0.02
SLOW_S: Final = 1.0
SLOW_SHARE: Final = 0.03
HEDGE_AFTER_S: Final = 0.1
STREAMS: Final = 8
_CONTEXT: Final = [
    Message(role="system", content=POLICY),
    Message(role="user", content="Hello, I want to cancel my order #W1234567. My email is ann@example.com."),
]


def rows() -> list[Row]:
    """Measures hedging, and the live model where its environment is installed."""
    return [*asyncio.run(_hedging()), *_live()]


async def _hedging() -> list[Row]:
    """The same two endpoints, each slow now and then, asked with and without a hedge."""
    with misbehaving_endpoint() as one, misbehaving_endpoint() as two:
        one.will(_slow_now_and_then(random.Random(1)))
        two.will(_slow_now_and_then(random.Random(2)))
        async with AsyncExitStack() as stack:
            models = [
                await stack.enter_async_context(
                    OpenAICompatibleModel(Endpoint(base_url=each.base_url, model="m"))
                )
                for each in (one, two)
            ]
            plain = await _times(models[0])
            asked_before = len(one.asked) + len(two.asked)
            hedged = await _times(HedgedModel(models, delay_s=HEDGE_AFTER_S))
            extra = len(one.asked) + len(two.asked) - asked_before - CALLS
    what = f"{SLOW_SHARE:.0%} of answers take {SLOW_S:g} s, the others {USUAL_S * 1e3:g} ms: "
    return [
        Row(
            id="A10-hedge-p99",
            what=f"{what}p99 of a call, a second endpoint asked after {HEDGE_AFTER_S * 1e3:g} ms",
            target=None,
            result=round(_percentile(hedged, 0.99), 3),
            unit="s",
            better="lower",
            peers={"not hedged": round(_percentile(plain, 0.99), 3)},
        ),
        Row(
            id="A10-hedge-p50",
            what=f"{what}p50 of a call",
            target=None,
            result=round(_percentile(hedged, 0.5), 3),
            unit="s",
            better="lower",
            peers={"not hedged": round(_percentile(plain, 0.5), 3)},
        ),
        Row(
            id="A10-hedge-calls",
            what="further calls that hedging costs",
            target=None,
            result=round(100 * extra / CALLS, 1),
            unit="%",
            better="lower",
        ),
        Row(
            id="A10-hedge-load",
            what="load average of the machine",
            target=None,
            result=round(os.getloadavg()[0], 1),
            unit="processes",
            better="lower",
        ),
    ]


def _slow_now_and_then(drawn: random.Random) -> Behaviour:
    usual, slow = says("one", pause_s=USUAL_S / 2), says("one", pause_s=SLOW_S / 2)

    def answer(request: Request) -> Response:
        chosen = slow if drawn.random() < SLOW_SHARE else usual
        response = chosen(request)
        assert isinstance(response, Response)
        return response

    return answer


async def _times(model: ChatModel) -> list[float]:
    """Seconds of each of many calls, a few at once."""
    took: list[float] = []

    async def calls() -> None:
        for _ in range(CALLS // AT_ONCE):
            started = time.perf_counter()
            await model.complete(_CONTEXT, [])
            took.append(time.perf_counter() - started)

    await asyncio.gather(*(calls() for _ in range(AT_ONCE)))
    return took


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * len(values))]


def _live() -> list[Row]:
    """Tokens a second of the model that ``make serve`` serves; no rows where it is not installed."""
    (port,) = free_ports(1)
    serving = ServingSettings(port=port)
    try:
        require_installed(serving)
    except ServingMissingError:
        return []
    with (
        tempfile.TemporaryDirectory(prefix="turnstone-bench-") as folder,
        running_server(serving, Path(folder) / "vllm.log"),
    ):
        return asyncio.run(_live_rows(tiny_model(serving)))


async def _live_rows(settings: ModelSettings) -> list[Row]:
    native, bound = endpoints(settings.model_copy(update={"tool_mode": "native"})), endpoints(settings)
    async with OpenAICompatibleModel(native[0]) as model, OpenAICompatibleModel(bound[0]) as acting:
        await model.complete(_CONTEXT, [])
        alone = await _streams(model, 1)
        together = await _streams(model, STREAMS)
        await acting.complete(_CONTEXT, RETAIL_TOOLS.schemas())  # the grammar is compiled once
        actions = [answer async for answer in _actions(acting)]
    first = statistics.median(answer.usage.first_token_ns or 0 for answer in actions) / 1e9
    whole = statistics.median(answer.usage.duration_ns for answer in actions) / 1e9
    what = "SmolLM2-135M by vLLM on this CPU: "
    return [
        _live_row("A10-live-tokens-1", f"{what}one stream", alone, "tokens/s", higher=True),
        _live_row("A10-live-tokens-8", f"{what}{STREAMS} streams", together, "tokens/s", higher=True),
        _live_row(
            "A10-live-first-token", f"{what}first token of a bound action, p50", first, "s", higher=False
        ),
        _live_row("A10-live-action", f"{what}a bound action of 16 tools, p50", whole, "s", higher=False),
        _live_row(
            "A10-live-load", "load average of the machine", os.getloadavg()[0], "processes", higher=False
        ),
    ]


def _live_row(name: str, what: str, result: float, unit: str, *, higher: bool) -> Row:
    better = "higher" if higher else "lower"
    return Row(id=name, what=what, target=None, result=round(result, 2), unit=unit, better=better)


async def _streams(model: ChatModel, number: int) -> float:
    """Tokens a second of so many answers at once."""
    started = time.perf_counter()
    answers = await asyncio.gather(*(model.complete(_CONTEXT, []) for _ in range(number)))
    return sum(answer.usage.output_tokens for answer in answers) / (time.perf_counter() - started)


async def _actions(model: ChatModel) -> AsyncIterator[ModelResponse]:
    for number in range(5):
        context = [_CONTEXT[0], Message(role="user", content=f"Please cancel my order #W{number}765432.")]
        yield await model.complete(context, RETAIL_TOOLS.schemas())


if __name__ == "__main__":
    for row in rows():
        print(f"{row.id:24} {row.result:>10,} {row.unit:10} {row.peers}")
