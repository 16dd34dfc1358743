"""A real HTTP server that serves chat completions as badly as it is told."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

Behaviour = Callable[[Request], Response | Awaitable[Response]]
"""Answers one request."""
USAGE = {"prompt_tokens": 11, "completion_tokens": 3}


class MisbehavingEndpoint:
    """What runs, what it was asked, and what it shall do next.

    Attributes:
        behaviours: What the next requests get, in order; the last one goes on for ever.
        asked: The bodies of the requests.
        authorizations: Their authorization headers.
        cut_off: How many streams the client closed before their end.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.forget()

    def forget(self) -> None:
        """Behaves again, and remembers nothing."""
        self.behaviours: list[Behaviour] = [says("Hello.")]
        self.asked: list[dict[str, Any]] = []
        self.authorizations: list[str | None] = []
        self.cut_off = 0

    def will(self, *behaviours: Behaviour) -> None:
        """Sets what the next requests get."""
        self.behaviours = list(behaviours)

    async def answer(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.authorizations.append(request.headers.get("authorization"))
        behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
        answered = behaviour(request)
        response = answered if isinstance(answered, Response) else await answered
        if isinstance(response, StreamingResponse):
            response.body_iterator = self._watched(response.body_iterator)
        return response

    async def _watched(self, body: Any) -> AsyncIterator[Any]:
        ended = False
        try:
            async for piece in body:
                yield piece
            ended = True
        except RuntimeError:
            ended = True
            raise
        finally:
            self.cut_off += not ended


@contextmanager
def misbehaving_endpoint() -> Iterator[MisbehavingEndpoint]:
    """Serves on a free port, in a thread of its own, while it is used."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # who connects before the server runs waits instead of being refused
        endpoint = MisbehavingEndpoint(f"http://127.0.0.1:{listening.getsockname()[1]}/v1")
        app = Starlette(routes=[Route("/v1/chat/completions", endpoint.answer, methods=["POST"])])
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        )
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        serving.start()
        try:
            yield endpoint
        finally:
            server.should_exit = True
            serving.join()


async def until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Waits until something holds that nobody tells of."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - it is a look at another side's state
            await asyncio.sleep(0.005)


def streamed(*events: Any, done: bool = True, pause_s: float = 0.0, crash: bool = False) -> Behaviour:
    """Streams events; texts go out as they are.

    Args:
        events: What to send.
        done: Whether the stream ends as the protocol says.
        pause_s: How long before each event, seconds.
        crash: Whether the connection breaks after the last event.
    """

    async def body() -> AsyncIterator[str]:
        for event in events:
            await asyncio.sleep(pause_s)
            yield event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n"
        if crash:
            raise RuntimeError("the connection breaks here")
        if done:
            yield "data: [DONE]\n\n"

    return lambda _: StreamingResponse(body(), media_type="text/event-stream")


def says(text: str, *, usage: dict[str, int] | None = USAGE, pause_s: float = 0.0) -> Behaviour:
    """Answers with a text, a word an event."""
    words = [delta(content=word) for word in text.split(" ")]
    spaced = [delta(content=" ") if n % 2 else words[n // 2] for n in range(2 * len(words) - 1)]
    ending: list[Any] = [delta(finish="stop")]
    return streamed(*spaced, *ending, *([{"choices": [], "usage": usage}] if usage else []), pause_s=pause_s)


def calls(*wishes: tuple[str, str], finish: str = "tool_calls") -> Behaviour:
    """Answers with tool calls: names and the text of their arguments, which comes in two pieces."""
    events = []
    for index, (name, arguments) in enumerate(wishes):
        half = len(arguments) // 2
        for function in ({"name": name, "arguments": arguments[:half]}, {"arguments": arguments[half:]}):
            piece = {"index": index, "id": f"id-{index}", "function": function}
            events.append(delta(tool_calls=[piece]))
    return streamed(*events, delta(finish=finish), {"choices": [], "usage": USAGE})


def status(code: int, body: str = "no", **headers: str) -> Behaviour:
    """Answers with a status."""
    return lambda _: PlainTextResponse(body, code, {key.replace("_", "-"): v for key, v in headers.items()})


def hangs(seconds: float = 30.0) -> Behaviour:
    """Sends the head of an answer and then nothing for a while."""
    return streamed(delta(content="late"), delta(finish="stop"), pause_s=seconds)


def silent(seconds: float = 1.0) -> Behaviour:
    """Sends nothing at all for a while."""

    async def answer(_: Request) -> Response:
        await asyncio.sleep(seconds)
        return PlainTextResponse("late", 500)

    return answer


def delta(*, finish: str | None = None, **message: Any) -> dict[str, Any]:
    """One event of a stream."""
    return {"choices": [{"index": 0, "delta": message, "finish_reason": finish}]}
