"""Tools defined by functions, and the registry that calls them."""

from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator

from agent_runtime.errors import ToolRefusal
from agent_runtime.messages import ToolCall
from agent_runtime.tools import Retry, ToolRegistry, ToolResult, tool

Shelf = dict[str, int]


@tool(effect="write")
def order(
    shelf: Shelf,
    item: str,
    sizes: list[str],
    speed: Literal["fast", "slow"],
    count: int = 1,
) -> str:
    """Order an item.

    It takes
    a while.

    Args:
        item: What to order,
            such as 'lamp'.
        sizes: All sizes: small first.
        speed: How soon.
        count: How many.

    Raises:
        ToolRefusal: There is none.
    """
    if item not in shelf:
        raise ToolRefusal(f"no {item}")
    return f"{count} {item} {sizes} {speed}"


@tool(effect="read")
def stock(shelf: Shelf) -> str:
    """Say what there is."""
    return ", ".join(shelf)


REGISTRY: ToolRegistry[Shelf] = ToolRegistry([order, stock])
ARGUMENTS = {"item": "lamp", "sizes": ["S"], "speed": "fast"}


def call(name: str, arguments: dict[str, Any]) -> ToolResult:
    return REGISTRY.call({"lamp": 3}, ToolCall("call_0", name, arguments))


def test_a_schema_is_derived_from_signature_and_docstring() -> None:
    assert REGISTRY.schemas()[0] == {
        "type": "function",
        "function": {
            "name": "order",
            "description": "Order an item. It takes a while.",
            "parameters": {
                "type": "object",
                "properties": {
                    "item": {"type": "string", "description": "What to order, such as 'lamp'."},
                    "sizes": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "All sizes: small first.",
                    },
                    "speed": {"type": "string", "enum": ["fast", "slow"], "description": "How soon."},
                    "count": {"type": "integer", "default": 1, "description": "How many."},
                },
                "required": ["item", "sizes", "speed"],
                "additionalProperties": False,
            },
        },
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ARGUMENTS,
        ARGUMENTS | {"count": 2},
        ARGUMENTS | {"count": "2"},
        ARGUMENTS | {"sizes": [1]},
        ARGUMENTS | {"speed": "warp"},
        ARGUMENTS | {"colour": "red"},
        {"item": "lamp"},
    ],
)
def test_arguments_are_accepted_exactly_where_the_schema_says(arguments: dict[str, Any]) -> None:
    valid = Draft202012Validator(order.parameters).is_valid(arguments)
    assert (call("order", arguments).error_type != "invalid_arguments") is valid


def test_a_call_is_answered_with_text() -> None:
    assert call("order", ARGUMENTS) == ToolResult(text="1 lamp ['S'] fast")


@pytest.mark.parametrize(
    ("name", "arguments", "text", "error_type"),
    [
        ("order", ARGUMENTS | {"item": "sofa"}, "Error: no sofa", "refused"),
        ("fly", {}, "Unknown action fly", "unknown_tool"),
        (
            "order",
            {"item": "lamp"},
            "Error: arguments of order: Object missing required field `sizes`",
            "invalid_arguments",
        ),
        (
            "stock",
            {"who": "me"},
            "Error: arguments of stock: Object contains unknown field `who`",
            "invalid_arguments",
        ),
    ],
)
def test_what_goes_wrong_is_an_answer(
    name: str, arguments: dict[str, Any], text: str, error_type: Any
) -> None:
    assert call(name, arguments) == ToolResult(text=text, ok=False, error_type=error_type)


def test_a_bug_in_a_tool_is_not_an_answer() -> None:
    @tool(effect="read")
    def broken(shelf: Shelf) -> str:
        """Break."""
        return str(shelf["nothing"])

    with pytest.raises(KeyError):
        ToolRegistry([broken]).call({}, ToolCall("call_0", "broken", {}))


def test_effects_are_told_and_an_unknown_tool_has_none() -> None:
    assert [REGISTRY.effect_of(name) for name in ("order", "stock", "fly")] == ["write", "read", "read"]
    assert "order" in REGISTRY
    assert "fly" not in REGISTRY


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two tools are called 'stock'"):
        ToolRegistry([stock, stock])


def test_an_argument_that_nobody_documented_is_refused() -> None:
    with pytest.raises(TypeError, match="tool look: give 'item' a type and a line under Args:"):

        @tool(effect="read")
        def look(shelf: Shelf, item: str) -> str:
            """Look."""
            return item


def test_a_tool_that_declares_another_answer_than_a_text_is_refused() -> None:
    with pytest.raises(TypeError, match="tool look: answer with a text"):

        @tool(effect="read")
        def look(shelf: Shelf) -> dict[str, int]:
            """Look."""
            return shelf


def test_a_tool_without_a_docstring_is_refused() -> None:
    with pytest.raises(TypeError, match="tool look: write a docstring"):

        @tool(effect="read")
        def look(shelf: Shelf) -> str:
            return ""


@pytest.mark.spec("A2", "A3")
@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"effect": "write", "identity": ["colour"]}, "identity names an argument"),
        ({"effect": "write", "fact": "{colour} was put"}, "fact names an argument"),
        ({"effect": "read", "idempotent": True}, "only a write"),
        ({"effect": "write", "retry": Retry(attempts=2)}, "an irreversible write is not retried"),
        ({"effect": "read", "timeout_s": 0}, "attempts and timeout_s must be positive"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(declared: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError, match=f"tool put: {reason}"):

        @tool(**declared)
        def put(shelf: Shelf, item: str) -> str:
            """Put something there.

            Args:
                item: What.
            """
            return item


@pytest.mark.spec("A4")
def test_tools_that_name_a_missing_one_or_each_other_in_a_circle_are_refused() -> None:
    def named(name: str, *depends_on: str) -> Any:
        def act(shelf: Shelf) -> str:
            return ""

        act.__name__, act.__doc__ = name, "Act."
        return tool(effect="write", depends_on=depends_on)(act)

    with pytest.raises(ValueError, match="tool a names 'b', which is no tool here"):
        ToolRegistry([named("a", "b")])
    with pytest.raises(ValueError, match="in a circle: "):
        ToolRegistry([named("a", "b"), named("b", "a")])


@pytest.mark.spec("A5")
def test_a_registry_tells_every_permission_that_its_tools_ask_for() -> None:
    assert REGISTRY.permissions() == {"order", "stock"}


def test_an_asynchronous_tool_cannot_be_called_past_the_runtime() -> None:
    @tool(effect="read")
    async def wait(shelf: Shelf) -> str:
        """Wait."""
        return ""

    with pytest.raises(TypeError, match="only a conversation can call it"):
        ToolRegistry([wait]).call({}, ToolCall("call_0", "wait", {}))
