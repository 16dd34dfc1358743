"""A model that is asked again where that may help (spec A10)."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from agent_runtime.backoff import full_jitter_s
from agent_runtime.errors import ModelError, TransientError
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.errors import EndpointUnavailableError
from agent_runtime.models.interface import ChatModel

Sleep = Callable[[float], Awaitable[None]]


class Backoff(Struct, frozen=True, kw_only=True):
    """How often and after which pauses a model is asked again.

    The pause before attempt n+1 is drawn evenly from 0 to ``first_s * 2**(n-1)``, capped ("full
    jitter": M. Brooker, Exponential Backoff And Jitter, 2015), and never shorter than the
    endpoint's ``Retry-After``.
    """

    attempts: int = 3
    """Calls in all."""
    first_s: float = 0.5
    """Longest pause after the first failure."""
    longest_s: float = 20.0
    """Longest pause of all. An endpoint that wants to be left alone for longer is given up."""

    def pause_s(self, failures: int, error: ModelError, jitter: float) -> float | None:
        """Seconds to wait, or None where it is not worth it.

        Args:
            failures: How many attempts failed.
            error: What the last one came to.
            jitter: A random number from 0 to 1.
        """
        if failures >= self.attempts or not isinstance(error, TransientError):
            return None
        asked_s = error.retry_after_s if isinstance(error, EndpointUnavailableError) else None
        if asked_s is not None and asked_s > self.longest_s:
            return None
        drawn_s = full_jitter_s(failures, first_s=self.first_s, longest_s=self.longest_s, drawn=jitter)
        return max(drawn_s, asked_s or 0.0)


class RetryingModel:
    """Asks a model again after transient errors; implements ``ChatModel``.

    Args:
        model: What is asked.
        backoff: How often, after which pauses.
        sleep: What waits.
        draw: Random numbers from 0 to 1.
    """

    def __init__(
        self,
        model: ChatModel,
        backoff: Backoff | None = None,
        *,
        sleep: Sleep = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.name = model.name
        self.provider = model.provider
        self._model = model
        self._backoff = backoff or Backoff()
        self._sleep = sleep
        self._draw = draw

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`; the last error is raised as it came."""
        failures = 0
        while True:
            try:
                return await self._model.complete(context, tools)
            except ModelError as error:
                failures += 1
                pause_s = self._backoff.pause_s(failures, error, self._draw())
                if pause_s is None:
                    raise
            await self._sleep(pause_s)
