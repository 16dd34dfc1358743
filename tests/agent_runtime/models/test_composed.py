"""Retries, hedging, fallback and circuit breakers over real endpoints: spec A10."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from agent_runtime.errors import TransientError
from agent_runtime.messages import ModelResponse
from agent_runtime.models.breaker import CircuitBreaker
from agent_runtime.models.errors import (
    AnswerNotUnderstoodError,
    CircuitOpenError,
    EndpointUnavailableError,
    RequestRefusedError,
)
from agent_runtime.models.fallback import BrokenCircuitModel, FallbackModel
from agent_runtime.models.hedged import HedgedModel
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.live import live_model
from agent_runtime.models.openai_compatible import OpenAICompatibleModel
from agent_runtime.models.retrying import Backoff, RetryingModel
from agent_runtime.settings import ModelSettings
from tests.agent_runtime.models.asking import CONTEXT, TOOLS, endpoint
from tests.agent_runtime.models.misbehaving import (
    MisbehavingEndpoint,
    calls,
    hangs,
    says,
    status,
    streamed,
    until,
)


@pytest.fixture
async def models(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint
) -> AsyncIterator[tuple[OpenAICompatibleModel, OpenAICompatibleModel]]:
    """A model at each of the two endpoints, called ``first`` and ``second``."""
    async with AsyncExitStack() as stack:
        one = endpoint(served.base_url, model="first")
        two = endpoint(also_served.base_url, model="second")
        yield (
            await stack.enter_async_context(OpenAICompatibleModel(one)),
            await stack.enter_async_context(OpenAICompatibleModel(two)),
        )


Models = tuple[OpenAICompatibleModel, OpenAICompatibleModel]


async def answer_of(model: ChatModel) -> ModelResponse:
    return await model.complete(CONTEXT, TOOLS)


class Pauses:
    """Remembers how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.mark.spec("A10")
async def test_transient_errors_are_tried_again_with_growing_jittered_pauses(
    served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(500), streamed(done=True, crash=True), says("At last."))
    pauses = Pauses()
    model = RetryingModel(models[0], Backoff(first_s=0.4), sleep=pauses.sleep, draw=lambda: 0.5)
    assert (await answer_of(model)).content == "At last."
    assert pauses.taken == [0.2, 0.4]


@pytest.mark.spec("A10")
async def test_a_retry_waits_as_long_as_the_endpoint_asks(
    served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(429, retry_after="3"), says("Hello."))
    pauses = Pauses()
    await answer_of(RetryingModel(models[0], sleep=pauses.sleep))
    assert pauses.taken == [3.0]


async def test_an_endpoint_that_asks_for_too_long_a_pause_is_given_up_at_once(
    served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(429, retry_after="3600"))
    with pytest.raises(EndpointUnavailableError):
        await answer_of(RetryingModel(models[0], sleep=Pauses().sleep))
    assert len(served.asked) == 1


@pytest.mark.spec("A10")
async def test_attempts_end_with_the_error_as_it_came(served: MisbehavingEndpoint, models: Models) -> None:
    served.will(status(503))
    with pytest.raises(EndpointUnavailableError, match="HTTP 503"):
        await answer_of(RetryingModel(models[0], Backoff(attempts=4), sleep=Pauses().sleep))
    assert len(served.asked) == 4


@pytest.mark.parametrize("behaviour", [status(400), calls(("steal", "{}"))], ids=["refused", "garbage"])
async def test_terminal_errors_are_not_tried_again(
    served: MisbehavingEndpoint, models: Models, behaviour: object
) -> None:
    served.will(behaviour)  # type: ignore[arg-type]
    with pytest.raises((RequestRefusedError, AnswerNotUnderstoodError)):
        await answer_of(RetryingModel(models[0], sleep=Pauses().sleep))
    assert len(served.asked) == 1


@pytest.mark.spec("A10")
async def test_a_slow_endpoint_is_overtaken_and_its_work_is_stopped(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(streamed(*["data: {}\n\n"] * 1_000, pause_s=0.01))
    also_served.will(says("Hello."))
    started = time.perf_counter()
    answer = await answer_of(HedgedModel(models, delay_s=0.05))
    assert time.perf_counter() - started < 6  # the slow one would take ten
    assert (answer.content, answer.model) == ("Hello.", "second")
    await until(lambda: served.cut_off)


@pytest.mark.spec("A10")
async def test_a_quick_endpoint_is_not_hedged(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    assert (await answer_of(HedgedModel(models, delay_s=5))).model == "first"
    assert also_served.asked == []


async def test_a_failure_hedges_without_waiting(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(500))
    async with asyncio.timeout(5):
        assert (await answer_of(HedgedModel(models, delay_s=60))).model == "second"


async def test_the_first_answer_still_wins_after_the_second_was_asked(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(says("one two", pause_s=0.1))
    also_served.will(status(500))
    assert (await answer_of(HedgedModel(models, delay_s=0.05))).model == "first"
    assert len(also_served.asked) == 1


async def test_a_hedge_of_which_all_fail_fails_with_the_last_error(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(500))
    also_served.will(status(401))
    with pytest.raises(RequestRefusedError, match="second at"):
        await answer_of(HedgedModel(models, delay_s=60))


async def test_who_gives_up_a_hedge_stops_both(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    endless = streamed(*["data: {}\n\n"] * 1_000, pause_s=0.01)
    served.will(endless)
    also_served.will(streamed(*["data: {}\n\n"] * 1_000, pause_s=0.01))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await answer_of(HedgedModel(models, delay_s=0.02))
    await until(lambda: served.cut_off and also_served.cut_off)


@pytest.mark.spec("A10")
async def test_the_next_endpoint_answers_where_one_fails(served: MisbehavingEndpoint, models: Models) -> None:
    served.will(calls(("steal", "{}")))
    answer = await answer_of(FallbackModel(models))
    assert (answer.content, answer.model) == ("Hello.", "second")


async def test_where_all_fail_the_last_error_tells_of_the_others(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(500, "one"))
    also_served.will(status(500, "two"))
    with pytest.raises(EndpointUnavailableError, match="'two'") as caught:
        await answer_of(FallbackModel(models))
    assert "'one'" in caught.value.__notes__[0]


class Time:
    """A clock that is set."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.spec("A10")
async def test_an_endpoint_that_fails_again_and_again_is_left_alone_and_tried_anew(
    served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(500))
    time_s = Time()
    guarded = BrokenCircuitModel(models[0], CircuitBreaker(failures=2, open_s=10, clock_s=time_s))
    model = FallbackModel([guarded, models[1]])
    for _ in range(5):
        assert (await answer_of(model)).model == "second"
    assert (len(served.asked), guarded.breaker.state) == (2, "open")

    time_s.now_s = 10
    assert guarded.breaker.state == "half_open"
    assert (await answer_of(model)).model == "second"
    assert (len(served.asked), guarded.breaker.state) == (3, "open")

    served.will(says("I am back."))
    time_s.now_s = 20
    assert (await answer_of(model)).model == "first"
    assert guarded.breaker.state == "closed"


async def test_an_open_breaker_says_so_where_nobody_else_is_there(models: Models) -> None:
    breaker = CircuitBreaker(failures=1)
    breaker.failed()
    with pytest.raises(CircuitOpenError, match="first: its circuit breaker is open") as caught:
        await answer_of(BrokenCircuitModel(models[0], breaker))
    assert isinstance(caught.value, TransientError)


async def test_a_refused_request_does_not_open_the_breaker(
    served: MisbehavingEndpoint, models: Models
) -> None:
    served.will(status(400))
    guarded = BrokenCircuitModel(models[0], CircuitBreaker(failures=1))
    for _ in range(3):
        with pytest.raises(RequestRefusedError):
            await answer_of(guarded)
    assert guarded.breaker.state == "closed"


async def test_a_half_open_breaker_lets_one_call_try_and_is_not_stuck_where_it_is_cancelled(
    served: MisbehavingEndpoint, models: Models
) -> None:
    time_s = Time()
    guarded = BrokenCircuitModel(models[0], CircuitBreaker(failures=1, open_s=1, clock_s=time_s))
    guarded.breaker.failed()
    time_s.now_s = 1
    served.will(hangs(), says("Hello."))
    trying = asyncio.create_task(answer_of(guarded))
    await until(lambda: served.asked)
    with pytest.raises(CircuitOpenError):
        await answer_of(guarded)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert (await answer_of(guarded)).content == "Hello."


@pytest.mark.parametrize("kind", [FallbackModel, lambda models: HedgedModel(models, delay_s=1)])
def test_no_model_is_refused(kind: object) -> None:
    with pytest.raises(ValueError, match="at least one model"):
        kind([])  # type: ignore[operator]


@pytest.mark.spec("A10")
@pytest.mark.parametrize("hedge_after_s", [None, 0.05], ids=["fallback", "hedged"])
async def test_the_settings_make_a_model_that_survives_its_first_endpoint(
    served: MisbehavingEndpoint, also_served: MisbehavingEndpoint, hedge_after_s: float | None
) -> None:
    served.will(status(500))
    also_served.will(says("Hello."))
    settings = ModelSettings(
        base_url=served.base_url,
        fallback_urls=(also_served.base_url,),
        api_key="secret",  # type: ignore[arg-type]
        attempts=1,
        tool_mode="native",
        hedge_after_s=hedge_after_s,
    )
    async with live_model(settings) as model:
        assert (await answer_of(model)).content == "Hello."
        assert model.name == "smollm2-135m-instruct"
    assert also_served.authorizations == ["Bearer secret"]
    assert "secret" not in repr(settings)
