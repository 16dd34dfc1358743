"""One HTTP request to an endpoint and the events that stream back, within its deadlines (spec A10)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx

from agent_runtime.models.endpoint import Endpoint
from agent_runtime.models.errors import (
    EVIDENCE_CHARACTERS,
    AnswerLostError,
    AnswerNotUnderstoodError,
    EndpointUnavailableError,
    ModelCallError,
    RequestRefusedError,
)
from agent_runtime.models.wire import DONE, data_of

EVENT_STREAM: Final = "text/event-stream"
LONGEST_LINE: Final = 2**20
"""Characters of an event beyond which it is none."""
_AGAIN_LATER: Final = {408, 409, 425, 429}
_SERVER_ERROR: Final = 500
_ADVICE: Final = {
    401: "check the API key",
    403: "check what the API key may do",
    404: "check the base URL and the model's name",
    413: "shorten the context",
    422: "check the request against what the endpoint supports",
}
_NO_CHAT: Final = "check that the address serves chat completions"
_PATIENCE: Final = "raise the timeout, or give the endpoint more capacity"

Begun = Callable[[], bool]
"""Says whether the first token has come."""


class Attempt:
    """A request that was sent and whose answer has begun to stream.

    Args:
        endpoint: Who answers.
        response: The answer's head.
        sent_s: When the request left, monotonic seconds.
    """

    def __init__(self, endpoint: Endpoint, response: httpx.Response, sent_s: float) -> None:
        self._endpoint = endpoint
        self._response = response
        self._sent_s = sent_s

    async def events(self, begun: Begun) -> AsyncIterator[str]:
        """The data of each event, to the end of the stream.

        Args:
            begun: From when on the deadline of the whole call holds, and no longer that of the
                first token.

        Raises:
            AnswerLostError: The stream broke, or a deadline passed.
            AnswerNotUnderstoodError: The stream is no text, or no lines.
        """
        texts, rest = self._response.aiter_text(), ""
        while (text := await self._next(texts, begun)) is not None:
            *lines, rest = (rest + text).split("\n")
            for data in map(data_of, lines):
                if data == DONE:
                    return
                if data:
                    yield data
            if len(rest) > LONGEST_LINE:
                what = f"a line of the stream is longer than {LONGEST_LINE:,} characters"
                raise AnswerNotUnderstoodError(str(self._endpoint), what, advice=_NO_CHAT, evidence=rest)

    async def _next(self, texts: AsyncIterator[str], begun: Begun) -> str | None:
        with _as_call_errors(self._endpoint):
            async with _deadline(self._endpoint, self._sent_s, begun()):
                return await anext(texts, None)


@asynccontextmanager
async def attempt(
    client: httpx.AsyncClient, endpoint: Endpoint, body: Mapping[str, Any]
) -> AsyncIterator[Attempt]:
    """Sends a request; closes the connection when it is left, so that the endpoint stops as well.

    Args:
        client: What sends.
        endpoint: Where to.
        body: The request as JSON.

    Raises:
        EndpointUnavailableError: Not reached, too busy, or out of order.
        RequestRefusedError: It will not answer such a request.
        AnswerLostError: No head of an answer came in time.
        AnswerNotUnderstoodError: What came is no event stream.
    """
    sent_s = time.monotonic()
    request = client.build_request("POST", endpoint.url, json=body)
    with _as_call_errors(endpoint):
        async with _deadline(endpoint, sent_s, begun=False):
            response = await client.send(request, stream=True)
    try:
        if not response.is_success or EVENT_STREAM not in response.headers.get("content-type", ""):
            raise await _refusal(endpoint, response, sent_s)
        yield Attempt(endpoint, response, sent_s)
    finally:
        await response.aclose()


def retry_after_s(header: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for: a number, or the time until a date (RFC 9110).

    Args:
        header: Its value.
        now: The time, with its zone.
    """
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


async def _refusal(endpoint: Endpoint, response: httpx.Response, sent_s: float) -> ModelCallError:
    """The error that an answer without an event stream is."""
    said = await _beginning(endpoint, response, sent_s)
    status, where = response.status_code, str(endpoint)
    what = f"HTTP {status}"
    if status in _AGAIN_LATER or status >= _SERVER_ERROR:
        return EndpointUnavailableError(
            where,
            what,
            advice="ask again later; where this goes on, look into its log and capacity",
            evidence=said,
            retry_after_s=retry_after_s(response.headers.get("retry-after"), datetime.now(UTC)),
        )
    if not response.is_success:
        advice = _ADVICE.get(status, "check the request against what the endpoint supports")
        return RequestRefusedError(where, what, advice=advice, evidence=said)
    kind = response.headers.get("content-type", "nothing")
    what = f"it answered with {kind}, not with an event stream"
    return AnswerNotUnderstoodError(where, what, advice=_NO_CHAT, evidence=said)


async def _beginning(endpoint: Endpoint, response: httpx.Response, sent_s: float) -> str:
    """As much of a body as an error keeps."""
    said = ""
    with _as_call_errors(endpoint):
        async with _deadline(endpoint, sent_s, begun=False):
            async for text in response.aiter_text():
                said += text
                if len(said) >= EVIDENCE_CHARACTERS:
                    break
    return said


@asynccontextmanager
async def _deadline(endpoint: Endpoint, sent_s: float, begun: bool) -> AsyncIterator[None]:
    timeouts = endpoint.timeouts
    limit_s = timeouts.whole_s if begun else min(timeouts.first_token_s, timeouts.whole_s)
    left_s = sent_s + limit_s - time.monotonic()
    try:
        async with asyncio.timeout(left_s):
            yield
    except TimeoutError as cause:
        missing = "whole answer" if begun else "first token"
        what = f"no {missing} in {limit_s:g} s"
        raise AnswerLostError(str(endpoint), what, advice=_PATIENCE) from cause


@contextmanager
def _as_call_errors(endpoint: Endpoint) -> Iterator[None]:
    """Tells what the HTTP client raises in this package's words."""
    where = str(endpoint)
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as cause:
        what = f"it cannot be reached ({type(cause).__name__}: {cause})"
        raise EndpointUnavailableError(where, what, advice="check the address, and that it runs") from cause
    except (httpx.UnsupportedProtocol, httpx.InvalidURL, httpx.LocalProtocolError) as cause:
        raise RequestRefusedError(where, f"no request: {cause}", advice="check the base URL") from cause
    except httpx.DecodingError as cause:
        raise AnswerNotUnderstoodError(where, f"unreadable: {cause}", advice="check the endpoint") from cause
    except httpx.TransportError as cause:
        what = f"the connection broke ({type(cause).__name__}: {cause})"
        raise AnswerLostError(where, what, advice="ask again") from cause
