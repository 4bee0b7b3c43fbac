"""The values of --at "x=1.5, w=[1, 2, 3]"."""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.cli.problems import UsageError, pointed

NAMESPACE = {"np": np, "numpy": np, "math": math, "pi": math.pi, "inf": math.inf}


def arguments(fun: Callable[..., Any], text: str) -> inspect.BoundArguments:
    """The arguments of a call of `fun`, bound to its parameters.

    Each value is a Python expression, evaluated with `np` and `math` at hand.
    Raises UsageError with a caret where one is not right.
    """
    call = _parsed(text)
    positional = [_value(node, text) for node in call.args]
    named = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise _at(keyword.value, text, "** cannot stand here")
        named[keyword.arg] = _value(keyword.value, text)
    try:
        bound = inspect.signature(fun).bind(*positional, **named)
    except TypeError as error:
        wanted = inspect.signature(fun)
        name = getattr(fun, "__name__", "the function")
        raise UsageError(f"--at: {error}", f"the parameters are {name}{wanted}") from None
    except ValueError:
        raise UsageError(f"the parameters of {fun!r} are not known") from None
    bound.arguments.update(_as_annotated(fun, bound.arguments))
    return bound


_HEAD = "call("


def _parsed(text: str) -> ast.Call:
    try:
        tree = ast.parse(f"{_HEAD}{text}\n)", mode="eval").body
    except SyntaxError as error:
        column = (error.offset or 1) - 1 - len(_HEAD)
        problem = error.msg or "not Python"
        raise pointed("--at", text, column, problem, 'write "x=1.5, w=[1, 2, 3]"') from None
    assert isinstance(tree, ast.Call)
    return tree


def _at(node: ast.AST, text: str, problem: str) -> UsageError:
    column = getattr(node, "col_offset", len(_HEAD)) - len(_HEAD)
    return pointed("--at", text, column, problem)


class _evaluating:
    """Turns whatever an expression of the user raises into a usage error with a caret."""

    def __init__(self, node: ast.expr, text: str) -> None:
        self.node, self.text = node, text

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, where: object) -> None:
        if isinstance(error, Exception):
            problem = f"{type(error).__name__}: {error}"
            raise _at(self.node, self.text, problem) from None


def _value(node: ast.expr, text: str) -> Any:
    code = compile(ast.Expression(node), "<--at>", "eval")
    with _evaluating(node, text):
        return _converted(eval(code, dict(NAMESPACE)))


def _converted(value: Any) -> Any:
    """Lists of numbers, nested or not, as float arrays; other containers item by item."""
    if isinstance(value, list):
        if value and _is_numbers(value):
            return np.array(value, float)
        return [_converted(v) for v in value]
    if type(value) is tuple:
        return tuple(_converted(v) for v in value)
    if type(value) is dict:
        return {k: _converted(v) for k, v in value.items()}
    return value


def _is_numbers(value: list[Any]) -> bool:
    """Whether nested lists hold nothing but real numbers, in rows of one length."""
    if all(type(v) in (int, float) for v in value):
        return True
    rows = all(isinstance(v, list) and v and _is_numbers(v) for v in value)
    return rows and len({np.shape(v) for v in value}) == 1 if rows else False


def _as_annotated(fun: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    """Integers where the parameter is annotated as a float."""
    hints = getattr(fun, "__annotations__", {})
    return {
        name: float(value)
        for name, value in values.items()
        if type(value) is int and hints.get(name) in (float, "float")
    }
