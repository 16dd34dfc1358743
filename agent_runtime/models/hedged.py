"""A model that asks a second endpoint when the first is slow (spec A10).

Source: J. Dean and L. A. Barroso, The Tail at Scale, 2013: hedged requests.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from agent_runtime.errors import ModelError
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.interface import ChatModel


class HedgedModel:
    """Asks the next model after a delay, or as soon as one fails; the first answer wins.

    The others are cancelled before the answer is returned: their connections close, and
    endpoints stop working for nobody. What they had generated may be charged and is not in the
    answer's usage. Implements ``ChatModel``.

    Args:
        models: What is asked, in this order; the first is what events call it.
        delay_s: How long an answer is waited for before the next model is asked as well,
            seconds; the usual choice is the 95th percentile of the time that an answer takes.

    Raises:
        ValueError: There is no model.
    """

    def __init__(self, models: Sequence[ChatModel], *, delay_s: float) -> None:
        if not models:
            raise ValueError("a hedge needs at least one model")
        self.name = models[0].name
        self.provider = models[0].provider
        self._models = tuple(models)
        self._delay_s = delay_s

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`; raises the last error where all fail."""
        running: set[asyncio.Task[ModelResponse]] = set()
        try:
            for place, model in enumerate(self._models, start=1):
                running.add(asyncio.create_task(model.complete(context, tools)))
                answer = await self._first(running, last=place == len(self._models))
                if answer is not None:
                    return answer
            raise AssertionError("the last model has answered or failed")
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _first(self, running: set[asyncio.Task[ModelResponse]], *, last: bool) -> ModelResponse | None:
        """The first answer, or None where it is the next model's turn."""
        failed: ModelError | None = None
        while running:
            timeout = None if last else self._delay_s
            done, _ = await asyncio.wait(running, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                running.discard(task)
                try:
                    return task.result()
                except ModelError as error:
                    failed = error
            if not last:
                return None
        assert failed is not None  # noqa: S101 - nothing runs any more, and nothing answered
        raise failed
