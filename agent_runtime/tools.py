"""Tools: typed, documented functions that a model may call (spec A2).

A tool is a function whose first parameter is the store that it works on; the rest
are its arguments. Its name, description and JSON Schema come from the signature and
the Google docstring, so that what the model reads and what runs cannot differ.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any, Final, Generic, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta, Struct

from agent_runtime.errors import ToolRefusal
from agent_runtime.messages import ToolCall
from streaming.contract.payloads import Effect

__all__ = ["Effect", "Tool", "ToolErrorType", "ToolFunction", "ToolRegistry", "ToolResult", "tool"]

StoreT = TypeVar("StoreT")
ToolErrorType = Literal["refused", "invalid_arguments", "unknown_tool"]
ToolFunction = Callable[..., str]
"""A tool's own code: the store, then the arguments by name; answers a text."""

_annotated: Any = Annotated  # a checker reads Annotated[...] as a type, here it is a value
_ARGS: Final = re.compile(r"^Args:\n(?P<body>(?:[ \t]+.*\n?|\n)*)", re.MULTILINE)
_SECTION: Final = re.compile(r"^(Args|Returns|Raises|Yields|Note|Example):", re.MULTILINE)
_ARGUMENT: Final = re.compile(r"^(?P<name>\w+): *(?P<text>.*(?:\n[ \t]+.*)*)", re.MULTILINE)


class Tool(Struct, Generic[StoreT], frozen=True, kw_only=True):
    """A tool as a model and the runtime see it.

    Attributes:
        name: What the model calls.
        description: What the model reads about it.
        parameters: JSON Schema of the arguments, an object.
        effect: What a call does to the world.
        function: The code, see :data:`ToolFunction`.
        arguments: Struct type that arguments are checked against.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    effect: Effect
    function: ToolFunction
    arguments: type[Struct]

    def schema(self) -> dict[str, Any]:
        """The tool in OpenAI function form."""
        function = {"name": self.name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}


class ToolResult(Struct, frozen=True, kw_only=True):
    """What a call came to.

    Attributes:
        text: The answer as the model reads it.
        ok: Whether the tool did what was asked.
        error_type: Why not, as ``error.type`` of the event; None where it did.
    """

    text: str
    ok: bool = True
    error_type: ToolErrorType | None = None


def tool(*, effect: Effect) -> Callable[[ToolFunction], Tool[Any]]:
    """Makes a tool of a typed, documented function.

    The function refuses by raising :class:`~agent_runtime.errors.ToolRefusal`.

    Args:
        effect: What a call does to the world.

    Raises:
        TypeError: An argument has no type or no line under ``Args:``.
    """

    def define(function: ToolFunction) -> Tool[Any]:
        description, documented = _read_docstring(function)
        arguments = _arguments_struct(function, documented)
        return Tool(
            name=function.__name__,
            description=description,
            parameters=_parameters(arguments),
            effect=effect,
            function=function,
            arguments=arguments,
        )

    return define


class ToolRegistry(Generic[StoreT]):
    """The tools of one domain, by name."""

    def __init__(self, tools: Iterable[Tool[StoreT]]) -> None:
        self._tools: dict[str, Tool[StoreT]] = {}
        for each in tools:
            if each.name in self._tools:
                raise ValueError(f"two tools are called {each.name!r}: rename one")
            self._tools[each.name] = each

    def __iter__(self) -> Iterator[Tool[StoreT]]:
        """The tools in the order given."""
        return iter(self._tools.values())

    def __contains__(self, name: str) -> bool:
        """Whether a tool of this name exists."""
        return name in self._tools

    def schemas(self) -> list[dict[str, Any]]:
        """All tools in OpenAI function form, in the order given."""
        return [each.schema() for each in self]

    def effect_of(self, name: str) -> Effect:
        """What a call of this name does; an unknown tool does nothing, hence ``read``."""
        known = self._tools.get(name)
        return known.effect if known else "read"

    def call(self, store: StoreT, call: ToolCall) -> ToolResult:
        """Executes a call. Every failure that a model may cause is an answer, not an exception."""
        known = self._tools.get(call.name)
        if known is None:
            return ToolResult(text=f"Unknown action {call.name}", ok=False, error_type="unknown_tool")
        try:
            arguments = msgspec.convert(call.arguments, known.arguments)
        except msgspec.ValidationError as cause:
            text = f"Error: arguments of {call.name}: {cause}"
            return ToolResult(text=text, ok=False, error_type="invalid_arguments")
        try:
            return ToolResult(text=known.function(store, **msgspec.structs.asdict(arguments)))
        except ToolRefusal as refusal:
            return ToolResult(text=f"Error: {refusal}", ok=False, error_type="refused")


def _read_docstring(function: ToolFunction) -> tuple[str, dict[str, str]]:
    """The description, and what is said of each argument."""
    text = inspect.getdoc(function) or ""
    section = _SECTION.search(text)
    description = _one_line(text[: section.start()] if section else text)
    if not description:
        raise TypeError(f"tool {function.__name__}: write a docstring, the model reads it")
    arguments = _ARGS.search(text)
    body = inspect.cleandoc("\n" + arguments["body"]) if arguments else ""
    return description, {found["name"]: _one_line(found["text"]) for found in _ARGUMENT.finditer(body)}


def _arguments_struct(function: ToolFunction, documented: dict[str, str]) -> type[Struct]:
    hints = get_type_hints(function, include_extras=True)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        if name not in hints or name not in documented:
            raise TypeError(f"tool {function.__name__}: give {name!r} a type and a line under Args:")
        kind = _annotated[hints[name], Meta(description=documented[name])]
        required = parameter.default is inspect.Parameter.empty
        fields.append((name, kind) if required else (name, kind, parameter.default))
    return msgspec.defstruct(function.__name__, fields, kw_only=True, forbid_unknown_fields=True)


def _parameters(arguments: type[Struct]) -> dict[str, Any]:
    """JSON Schema of a struct of arguments, as tool-calling models expect it."""
    _, components = msgspec.json.schema_components([arguments])
    schema: dict[str, Any] = components[arguments.__name__]
    for each in schema["properties"].values():
        if all(isinstance(value, str) for value in each.get("enum", [None])):
            each["type"] = "string"
    return {
        "type": "object",
        "properties": schema["properties"],
        "required": schema.get("required", []),
        "additionalProperties": False,
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
