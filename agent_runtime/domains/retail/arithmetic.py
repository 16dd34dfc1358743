"""Arithmetic on an expression that a model wrote, without running it as code."""

import ast
import operator
from collections.abc import Callable
from typing import Final

from agent_runtime.errors import ToolRefusal

_ALLOWED: Final = frozenset("0123456789+-*/(). ")
_LONGEST: Final = 1_000
_BINARY: Final[dict[type[ast.operator], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
}
_UNARY: Final[dict[type[ast.unaryop], Callable[[float], float]]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}


def evaluate(expression: str) -> float:
    """The value of an expression of numbers, ``+ - * / //`` and parentheses, as a float.

    Raises:
        ToolRefusal: Other characters, not an expression, too long or deep, or a division by zero.
    """
    if not _ALLOWED.issuperset(expression):
        raise ToolRefusal("invalid characters in expression")
    if len(expression) > _LONGEST:
        raise ToolRefusal(f"expression is longer than {_LONGEST} characters")
    try:
        return float(_value(ast.parse(expression.strip(), mode="eval").body))
    except SyntaxError as cause:
        raise ToolRefusal("invalid syntax in expression") from cause
    except RecursionError as cause:
        raise ToolRefusal("expression is nested too deeply") from cause
    except (ZeroDivisionError, OverflowError) as cause:
        raise ToolRefusal(str(cause)) from cause


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.UnaryOp(op=sign, operand=inner) if type(sign) in _UNARY:
            return _UNARY[type(sign)](_value(inner))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _BINARY:
            return _BINARY[type(sign)](_value(left), _value(right))
    raise ToolRefusal("invalid syntax in expression")
