"""A model that asks the next endpoint when one fails (spec A10)."""

from collections.abc import Sequence
from typing import Any

from agent_runtime.errors import ModelError
from agent_runtime.messages import Message, ModelResponse
from agent_runtime.models.breaker import CircuitBreaker
from agent_runtime.models.errors import CircuitOpenError, RequestRefusedError
from agent_runtime.models.interface import ChatModel


class BrokenCircuitModel:
    """A model behind a circuit breaker; implements ``ChatModel``.

    A refused request does not count against the endpoint: the next one may be in order.

    Args:
        model: What is asked.
        breaker: Counts its failures; shared by whoever asks the same endpoint.
    """

    def __init__(self, model: ChatModel, breaker: CircuitBreaker | None = None) -> None:
        self.name = model.name
        self.provider = model.provider
        self.breaker = breaker or CircuitBreaker()
        self._model = model

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`.

        Raises:
            CircuitOpenError: It failed so often of late that it was not asked.
        """
        if not self.breaker.admit():
            raise CircuitOpenError(
                self.name, "its circuit breaker is open", advice="ask another endpoint, or ask again later"
            )
        try:
            answer = await self._model.complete(context, tools)
        except RequestRefusedError:
            self.breaker.unknown()
            raise
        except ModelError:
            self.breaker.failed()
            raise
        except BaseException:
            self.breaker.unknown()
            raise
        self.breaker.succeeded()
        return answer


class FallbackModel:
    """Asks models in turn until one answers; implements ``ChatModel``.

    Args:
        models: What is asked, the favourite first; it is what events call this model, and the
            answer says who gave it.

    Raises:
        ValueError: There is no model.
    """

    def __init__(self, models: Sequence[ChatModel]) -> None:
        if not models:
            raise ValueError("a fallback needs at least one model")
        self.name = models[0].name
        self.provider = models[0].provider
        self._models = tuple(models)

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`.

        Raises:
            ModelError: All failed: the last one's error, with the others as notes.
        """
        failures: list[ModelError] = []
        for model in self._models:
            try:
                return await model.complete(context, tools)
            except ModelError as error:
                failures.append(error)
        *earlier, last = failures
        for failure in earlier:
            last.add_note(f"before it: {failure}")
        raise last
