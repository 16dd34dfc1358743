"""A model behind an OpenAI-compatible endpoint: vLLM, or anybody's (spec A10).

One call is one attempt at one endpoint. Attempts, hedging and fallback are models around it:
:mod:`~agent_runtime.models.retrying`, :mod:`~agent_runtime.models.hedged`,
:mod:`~agent_runtime.models.fallback`.
"""

import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import cache
from typing import Any, Self

import httpx

from agent_runtime.messages import Message, ModelResponse, ToolCall, Usage
from agent_runtime.models.answer import StreamedAnswer
from agent_runtime.models.attempt import attempt
from agent_runtime.models.dialects import DIALECTS
from agent_runtime.models.endpoint import FREE, Endpoint
from agent_runtime.models.usage import UsageEstimator
from agent_runtime.models.wire import TokenCounts


class OpenAICompatibleModel:
    """Answers with one streamed chat completion; implements ``ChatModel``.

    Args:
        endpoint: Where and how.
        transport: What carries requests; the network where none is given.
        clock_ns: What durations are measured with, ns.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock_ns: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self.name = endpoint.model
        self.provider = endpoint.provider
        self._endpoint = endpoint
        self._dialect = DIALECTS[endpoint.tool_mode]
        self._clock_ns = clock_ns
        connect_s = endpoint.timeouts.connect_s
        self._client = httpx.AsyncClient(
            headers={"authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {},
            # Reading has the deadlines of the whole call, not one a byte.
            timeout=httpx.Timeout(None, connect=connect_s, pool=connect_s),
            transport=transport,
            verify=_tls(),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        )

    async def __aenter__(self) -> Self:
        """The first call connects; there is nothing to do before."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def complete(self, context: Sequence[Message], tools: Sequence[dict[str, Any]]) -> ModelResponse:
        """See :class:`~agent_runtime.models.interface.ChatModel`.

        Raises:
            ModelCallError: Its class says whether asking again may help.
        """
        pieces = [piece async for piece in self.stream(context, tools)]
        assert isinstance(pieces[-1], ModelResponse)  # noqa: S101 - what a stream that raised nothing ends with
        return pieces[-1]

    async def stream(
        self, context: Sequence[Message], tools: Sequence[dict[str, Any]]
    ) -> AsyncIterator[str | ModelResponse]:
        """The answer as it comes: pieces of text, and at the end all of it as a ``ModelResponse``.

        A piece is what the model writes; in structured mode that is JSON. To stop early, close
        the generator (``contextlib.aclosing``): the connection ends, and so does the endpoint's work.

        Args:
            context: As for :meth:`complete`.
            tools: As for :meth:`complete`.

        Raises:
            ModelCallError: As for :meth:`complete`; pieces may have come before it.
        """
        started_ns, first_token_ns = self._clock_ns(), None
        answer = StreamedAnswer(str(self._endpoint))
        body = self._body(self._dialect.request(context, tools))
        async with attempt(self._client, self._endpoint, body) as sent:
            async for data in sent.events(lambda: answer.begun):
                text = answer.add(data)
                if first_token_ns is None and answer.begun:
                    first_token_ns = self._clock_ns() - started_ns
                if text:
                    yield text
        answer.close()
        text, calls = self._dialect.read(answer, tools, call_id=f"call_{len(context)}")
        counts = answer.counts or _estimated(context, tools, text, calls)
        usage = Usage(
            input_tokens=counts.prompt_tokens,
            output_tokens=counts.completion_tokens,
            cost_usd=self._endpoint.price.cost_usd(counts.prompt_tokens, counts.completion_tokens),
            duration_ns=self._clock_ns() - started_ns,
            estimated=answer.counts is None,
            first_token_ns=first_token_ns,
        )
        first, *further = calls or (None,)
        yield ModelResponse(
            content=text, tool_call=first, further_calls=tuple(further), usage=usage, model=self.name
        )

    def _body(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "model": self._endpoint.model,
            "max_tokens": self._endpoint.max_output_tokens,
            "temperature": self._endpoint.temperature,
            "frequency_penalty": self._endpoint.frequency_penalty,
            "stream": True,
            "stream_options": {"include_usage": True},
            **fields,
        }


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are read once, not once a model."""
    return httpx.create_ssl_context()


def _estimated(
    context: Sequence[Message], tools: Sequence[dict[str, Any]], text: str, calls: Sequence[ToolCall]
) -> TokenCounts:
    """Token counts of an endpoint that tells none."""
    usage = UsageEstimator(FREE).usage(
        context, tools, Message(role="assistant", content=text, tool_call=calls[0] if calls else None)
    )
    return TokenCounts(usage.input_tokens, usage.output_tokens)
