"""What a function's signature and docstring say about the tool that it is."""

import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, Final, NewType, get_type_hints

import msgspec
from msgspec import Meta, Struct

IdempotencyKey = NewType("IdempotencyKey", str)
"""Names one effect. A parameter of this type gets the key of the call; a model never sees it."""

_annotated: Any = Annotated  # a checker reads Annotated[...] as a type, here it is a value
_ARGS: Final = re.compile(r"^Args:\n(?P<body>(?:[ \t]+.*\n?|\n)*)", re.MULTILINE)
_SECTION: Final = re.compile(r"^(Args|Returns|Raises|Yields|Note|Example):", re.MULTILINE)
_ARGUMENT: Final = re.compile(r"^(?P<name>\w+): *(?P<text>.*(?:\n[ \t]+.*)*)", re.MULTILINE)


class Signature(Struct, frozen=True, kw_only=True):
    """A tool's function as it is called.

    Attributes:
        description: What the model reads about it.
        parameters: JSON Schema of the arguments, an object.
        arguments: Struct type that arguments are checked against.
        key_parameter: Which parameter takes the idempotency key, if one does.
        is_async: Whether the function has to be awaited.
    """

    description: str
    parameters: dict[str, Any]
    arguments: type[Struct]
    key_parameter: str | None
    is_async: bool


def read_signature(function: Callable[..., Any]) -> Signature:
    """Reads a tool's function.

    Raises:
        TypeError: There is no docstring, an argument has no type or no line under ``Args:``, or the
            answer is declared as something else than a text.
    """
    description, documented = _read_docstring(function)
    hints = get_type_hints(function, include_extras=True)
    if hints.get("return", str) not in (str, Any):
        raise TypeError(f"tool {function.__name__}: answer with a text (-> str), JSON where there are fields")
    named = list(inspect.signature(function).parameters.items())[1:]
    keys = [name for name, _ in named if hints.get(name) is IdempotencyKey]
    told = [(name, parameter) for name, parameter in named if name not in keys]
    arguments = _arguments_struct(function, hints, documented, told)
    return Signature(
        description=description,
        parameters=_parameters(arguments),
        arguments=arguments,
        key_parameter=keys[0] if keys else None,
        is_async=inspect.iscoroutinefunction(function),
    )


def _read_docstring(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """The description, and what is said of each argument."""
    text = inspect.getdoc(function) or ""
    section = _SECTION.search(text)
    description = _one_line(text[: section.start()] if section else text)
    if not description:
        raise TypeError(f"tool {function.__name__}: write a docstring, the model reads it")
    arguments = _ARGS.search(text)
    body = inspect.cleandoc("\n" + arguments["body"]) if arguments else ""
    return description, {found["name"]: _one_line(found["text"]) for found in _ARGUMENT.finditer(body)}


def _arguments_struct(
    function: Callable[..., Any],
    hints: dict[str, Any],
    documented: dict[str, str],
    named: list[tuple[str, inspect.Parameter]],
) -> type[Struct]:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, parameter in named:
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
