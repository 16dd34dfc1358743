"""One call on its way to a tool, and what it came back with."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal, Protocol, runtime_checkable

from msgspec import Struct

from agent_runtime.errors import OutcomeUnknownError, ToolRefusal, TransientError
from agent_runtime.tools import Tool

Fate = Literal["answered", "refused", "transient", "timeout", "broke", "lost"]
"""How a call came back. answered and refused: with the tool's own words. transient: the tool said that
nothing happened and trying again may help. timeout, broke, lost: nobody can say what happened."""

Deliver = Callable[[Tool[Any], Any, Struct, str], Awaitable[object]]
"""Carries a call to a tool: the tool, the store, its arguments and the idempotency key ('' where it is
no write); answers what the tool answered, and raises what it raised."""


class Delivered(Struct, frozen=True):
    """What a call came back with: its fate, and the tool's answer or the error's text."""

    fate: Fate
    answer: object
    error: BaseException | None = None


@runtime_checkable
class RemembersEffects(Protocol):
    """A store that makes any of its writes happen once."""

    def once(self, key: str, act: Callable[[], str]) -> str:
        """Acts and notes the answer under a key, both or neither; an answer that is there is given again.

        Args:
            key: The idempotency key of the effect.
            act: What writes to the store. What it raises leaves the store as it was.

        Raises:
            OutcomeUnknownError: Whether it was written cannot be told.
        """
        ...


async def deliver(tool: Tool[Any], store: Any, arguments: Struct, key: str) -> object:
    """Calls a tool's function: on the spot, awaited, or in a thread, as it declares.

    A write that waits for nothing, on a store that remembers effects, is done through
    :meth:`RemembersEffects.once`.

    Raises:
        TimeoutError: An asynchronous or blocking function took longer than it declares. The thread of
            a blocking one cannot be stopped: what it does is not known.
    """
    call = partial(tool.function, store, **tool.bound(arguments, key))
    if tool.is_async:
        async with asyncio.timeout(tool.timeout_s):
            return await call()
    if tool.blocking:
        async with asyncio.timeout(tool.timeout_s):
            return await asyncio.to_thread(call)
    if key and is_transactional(tool, store):
        answer: str = store.once(key, call)
        return answer
    return call()


def is_transactional(tool: Tool[Any], store: Any) -> bool:
    """Whether a write either happens as a whole and is remembered under its key, or not at all."""
    return not tool.is_async and not tool.blocking and isinstance(store, RemembersEffects)


async def attempt(carrier: Deliver, tool: Tool[Any], store: Any, arguments: Struct, key: str) -> Delivered:
    """Makes one call; whatever goes wrong is told, not raised."""
    try:
        return Delivered("answered", await carrier(tool, store, arguments, key))
    except ToolRefusal as refusal:
        return Delivered("refused", str(refusal), refusal)
    except TransientError as error:
        return Delivered("transient", str(error), error)
    except TimeoutError as error:
        return Delivered("timeout", f"no answer within {tool.timeout_s:g} s", error)
    except OutcomeUnknownError as error:
        return Delivered("lost", str(error), error)
    except Exception as error:  # noqa: BLE001 - a tool's own code may raise anything
        return Delivered("broke", f"{type(error).__name__}: {error}", error)
