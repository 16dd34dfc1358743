"""What a tool declares about itself, so that the runtime knows what it may do with a call."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from msgspec import Struct, structs

from agent_runtime.tools.signature import read_signature
from streaming.contract.payloads import Effect

StoreT = TypeVar("StoreT")

ToolFunction = Callable[..., Any]
"""A tool's own code: the store, then the arguments by name; answers a text, at once or awaited."""
Reconcile = Callable[..., Any]
"""Finds out what became of a call: the store, the arguments by name and ``key``; answers the text that
the tool would have answered, or None where the effect did not happen."""


class Retry(Struct, frozen=True, kw_only=True):
    """How often a call is made, and the waits between: exponential, with full jitter.

    The n-th wait is drawn evenly from 0 to ``min(cap_s, base_s * 2**n)`` (M. Brooker, "Exponential
    backoff and jitter", AWS Architecture Blog, 2015).
    """

    attempts: int = 3
    """Calls at most, the first included."""
    base_s: float = 0.1
    """Longest first wait, seconds."""
    cap_s: float = 2.0
    """Longest wait at all, seconds."""


READ_RETRY: Final = Retry()
NO_RETRY: Final = Retry(attempts=1)


class Tool(Struct, Generic[StoreT], frozen=True, kw_only=True):
    """A tool as a model and the runtime see it: what :func:`tool` was told, and what the signature says."""

    name: str
    description: str
    parameters: dict[str, Any]
    effect: Effect
    function: ToolFunction
    arguments: type[Struct]
    permission: str
    reversible: bool = False
    idempotent: bool = False
    identity: tuple[str, ...] | None = None
    essential: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    compensation: str | None = None
    reconcile: Reconcile | None = None
    retry: Retry = NO_RETRY
    timeout_s: float = 30.0
    blocking: bool = False
    fact: str | None = None
    key_parameter: str | None = None
    is_async: bool = False

    def schema(self) -> dict[str, Any]:
        """The tool in OpenAI function form."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}

    def bound(self, arguments: Struct, key: str) -> dict[str, Any]:
        """Arguments by name for the function, the idempotency key with them where it takes one."""
        named = structs.asdict(arguments)
        if self.key_parameter is not None:
            named[self.key_parameter] = key
        return named


def tool(
    *,
    effect: Effect,
    reversible: bool = False,
    idempotent: bool = False,
    identity: Sequence[str] | None = None,
    essential: Sequence[str] = (),
    permission: str | None = None,
    depends_on: Sequence[str] = (),
    compensation: str | None = None,
    reconcile: Reconcile | None = None,
    retry: Retry | None = None,
    timeout_s: float = 30.0,
    blocking: bool = False,
    fact: str | None = None,
) -> Callable[[ToolFunction], Tool[Any]]:
    """Makes a tool of a typed, documented function.

    The function refuses by raising :class:`~agent_runtime.errors.ToolRefusal`. It raises
    :class:`~agent_runtime.errors.TransientError` where nothing happened and trying again may help, and
    :class:`~agent_runtime.errors.OutcomeUnknownError` where it cannot tell whether something happened. A
    parameter of type :data:`~agent_runtime.tools.IdempotencyKey` gets the key of the effect. A write that
    takes it and declares no ``reconcile`` promises that a second call under the same key does nothing,
    because the service behind it knows such keys.

    Args:
        effect: What a call does to the world: ``read``, ``compute``, ``write``, or ``terminal`` where it
            ends the conversation.
        reversible: Whether what a write does can be taken back. What cannot is never retried.
        idempotent: Whether a second call with the same arguments changes nothing more. What is not is
            never done twice in a conversation unless the customer was asked in between.
        identity: Arguments that make two calls the same effect; all of them unless said. Leave out free
            text such as a note, which a model words anew each time.
        essential: Fields of the JSON answer that the model needs; all of it where empty.
        permission: What an agent must have been granted; the tool's own name unless said.
        depends_on: Tools that must have succeeded in the conversation before, with the same values in
            the arguments that both have.
        compensation: The tool that takes this one back; its arguments are found by name in this one's
            answer, then in this one's arguments.
        reconcile: Finds out what became of a call whose answer was lost, see :data:`Reconcile`.
        retry: How often a call that failed in passing is made again; reads three times, writes once
            unless said.
        timeout_s: Seconds that a call may take. Holds for asynchronous and blocking functions.
        blocking: Whether the function waits for something and therefore runs in a thread of its own.
        fact: What to remember of a success, with arguments in braces: ``"order {order_id} was
            cancelled"``. The call itself unless said.

    Raises:
        TypeError: An argument has no type or no line under ``Args:``, or the declaration contradicts itself.
    """

    def define(function: ToolFunction) -> Tool[Any]:
        signature = read_signature(function)
        declared: Tool[Any] = Tool(
            name=function.__name__,
            description=signature.description,
            parameters=signature.parameters,
            effect=effect,
            function=function,
            arguments=signature.arguments,
            permission=permission or function.__name__,
            reversible=reversible,
            idempotent=idempotent,
            identity=None if identity is None else tuple(identity),
            essential=tuple(essential),
            depends_on=tuple(depends_on),
            compensation=compensation,
            reconcile=reconcile,
            retry=retry or (NO_RETRY if effect in ("write", "terminal") else READ_RETRY),
            timeout_s=timeout_s,
            blocking=blocking,
            fact=fact,
            key_parameter=signature.key_parameter,
            is_async=signature.is_async,
        )
        _check(declared)
        return declared

    return define


def _check(tool: Tool[Any]) -> None:
    properties: Mapping[str, Any] = tool.parameters["properties"]
    wrong = {
        "identity names an argument that it has not": not {*(tool.identity or ())} <= properties.keys(),
        "only a write can be taken back, reconciled or idempotent": tool.effect != "write"
        and (tool.reversible or tool.idempotent or tool.compensation or tool.reconcile),
        "an irreversible write is not retried: say reversible=True or leave retry out": tool.effect == "write"
        and not tool.reversible
        and tool.retry.attempts > 1,
        "an asynchronous function does not block: leave blocking out": tool.blocking and tool.is_async,
        "attempts and timeout_s must be positive": tool.retry.attempts < 1 or tool.timeout_s <= 0,
    }
    for reason, holds in wrong.items():
        if holds:
            raise TypeError(f"tool {tool.name}: {reason}")
