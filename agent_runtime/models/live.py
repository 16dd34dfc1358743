"""The model that the settings name: endpoints with retries, breakers, hedging, fallback (spec A10)."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from agent_runtime.models.endpoint import Endpoint, Timeouts
from agent_runtime.models.fallback import BrokenCircuitModel, FallbackModel
from agent_runtime.models.hedged import HedgedModel
from agent_runtime.models.interface import ChatModel
from agent_runtime.models.openai_compatible import OpenAICompatibleModel
from agent_runtime.models.prices import Price
from agent_runtime.models.retrying import Backoff, RetryingModel
from agent_runtime.settings import ModelSettings


def endpoints(settings: ModelSettings) -> list[Endpoint]:
    """The endpoints in the order in which they are asked."""
    timeouts = Timeouts(
        connect_s=settings.connect_timeout_s,
        first_token_s=settings.first_token_timeout_s,
        whole_s=settings.timeout_s,
    )
    return [
        Endpoint(
            base_url=url,
            model=settings.name,
            api_key=settings.api_key.get_secret_value(),
            price=Price(settings.input_usd, settings.output_usd),
            timeouts=timeouts,
            max_output_tokens=settings.max_output_tokens,
            temperature=settings.temperature,
            frequency_penalty=settings.frequency_penalty,
            tool_mode=settings.tool_mode,
        )
        for url in (settings.base_url, *settings.fallback_urls)
    ]


@asynccontextmanager
async def live_model(settings: ModelSettings) -> AsyncIterator[ChatModel]:
    """The model, while it is used; one serves any number of conversations at once.

    Args:
        settings: Where it is and how it is asked.
    """
    async with AsyncExitStack() as stack:
        asked: list[ChatModel] = []
        for endpoint in endpoints(settings):
            model = await stack.enter_async_context(OpenAICompatibleModel(endpoint))
            retried = RetryingModel(model, Backoff(attempts=settings.attempts))
            asked.append(BrokenCircuitModel(retried))
        if len(asked) == 1:
            yield asked[0]
        elif settings.hedge_after_s is None:
            yield FallbackModel(asked)
        else:
            yield HedgedModel(asked, delay_s=settings.hedge_after_s)
