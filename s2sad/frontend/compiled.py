"""What Numba compiles, as the Python that it was written as.

Dispatchers (`@njit`) are looked through where functions are read.  Here are the others: functions
made by `@vectorize`, `prange`, casts such as `numba.float64(x)`, typed containers.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import gast
import numpy as np

from s2sad.errors import SourceUnavailable
from s2sad.frontend.source import read
from s2sad.frontend.values import Value
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import Number
from s2sad.rules.applying import vectorized

CHOOSING = (ast.If, ast.IfExp, ast.BoolOp, ast.While, ast.For, ast.Compare, ast.Match)


INSTEAD = {"prange": range, "literal_unroll": lambda x: x, "List": list, "Dict": dict}
"""By the names of Numba's functions and classes."""


def is_numba(value: Any) -> bool:
    """Whether an object is one of Numba's."""
    return "numba" in sys.modules and type(value).__module__.partition(".")[0] == "numba"


def scalar_function(f: Any) -> FunctionType | None:
    """The function of numbers that `@vectorize` was put on."""
    inner = getattr(f, "__wrapped__", None) if is_numba(f) else None
    is_ufunc = type(f).__name__ == "DUFunc" and isinstance(inner, FunctionType)
    return inner if is_ufunc else None


def handler_of(s: Walk, f: Any) -> Callable[..., Value] | None:
    """What to do at a call of something of Numba's that is no dispatcher."""
    plain = scalar_function(f)
    if plain is not None:
        return lambda a, k, n: _elementwise(s, plain, a, k, n)
    instead = _instead(f)
    if instead is None:
        return None
    return lambda a, k, n: s.call(Lit(instead), a, k, n)


def _instead(f: Any) -> Any:
    """The function of Python or NumPy that does the same outside of compiled code."""
    if is_numba(f) and type(f).__module__ == "numba.core.types.scalars":
        return getattr(np, "bool_" if f.name == "bool" else f.name, None)
    module = str(getattr(f, "__module__", None) or "")
    return INSTEAD.get(getattr(f, "__name__", "")) if module.startswith("numba.") else None


def _elementwise(
    s: Walk, f: FunctionType, args: list[Value], kwargs: dict[str, Value], node: Any
) -> Value:
    """A call for numbers, or element by element; on whole arrays where that is the same."""
    given = (*args, *kwargs.values())
    numbers = all(isinstance(v, Lit) or _is_number(v) for v in given)
    if numbers or _is_straight(f):
        return s.call(Lit(f), args, kwargs, node)
    options = [Lit(None), s.known((), None), Lit(None)]
    found: Value = s.call_library(vectorized, [Lit(f), *options, *args], kwargs, node)
    return found


def _is_number(v: Value) -> bool:
    return isinstance(v, Var) and isinstance(v.type, Number)


def _is_straight(f: FunctionType) -> bool:
    """Whether a function is one expression of its parameters in operators and ufuncs of NumPy."""
    try:
        tree = read(f).tree
    except SourceUnavailable:
        return False
    nodes = list(_walk(tree))
    kinds = {type(node).__name__ for node in nodes}
    if kinds & {kind.__name__ for kind in CHOOSING}:
        return False
    names = {node.id for node in nodes if type(node).__name__ == "Name"}
    calls = [node for node in nodes if type(node).__name__ == "Call"]
    return set(f.__code__.co_varnames[: f.__code__.co_argcount]) <= names and all(
        _is_ufunc(f, call.func) for call in calls
    )


def _walk(node: Any) -> Iterator[Any]:
    body = node.body if isinstance(node.body, list) else [node.body]
    for statement in body:
        yield from gast.walk(statement)


def _is_ufunc(f: FunctionType, called: Any) -> bool:
    """Whether what is called is `np.exp` or the like."""
    if type(called).__name__ != "Attribute" or type(called.value).__name__ != "Name":
        return False
    module = f.__globals__.get(called.value.id)
    return module is np and isinstance(getattr(np, called.attr, None), np.ufunc)
