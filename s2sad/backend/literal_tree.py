"""Values known at compile time as syntax trees."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.errors import InternalError

Reference = Callable[[Any], ast.expr | None]
"""How the module refers to an object by name, or None if it does not."""

LOAD = ast.Load()


def literal_tree(value: object, refer: Reference) -> ast.expr:
    """The expression for a value; containers hold expressions of their items."""
    if value is None or value is Ellipsis or isinstance(value, bool | str | bytes):
        return ast.Constant(value)
    if type(value) in (int, float):
        return _number(value, refer)  # type: ignore[arg-type]
    if type(value) is complex:
        return _complex(value, refer)
    if type(value) in (tuple, list, dict):
        return _container(value, refer)
    if isinstance(value, slice):
        parts = [literal_tree(v, refer) for v in (value.start, value.stop, value.step)]
        return ast.Call(_required(slice, refer), parts, [])
    if isinstance(value, np.dtype):
        return _dtype(value, refer)
    if isinstance(value, np.generic):
        return _scalar(value, refer)
    return _required(value, refer)


def _required(value: object, refer: Reference) -> ast.expr:
    found = refer(value)
    if found is None:
        raise InternalError(f"{value!r} has no name in the generated module")
    return found


def _number(value: int | float, refer: Reference) -> ast.expr:
    if value != value or value in (math.inf, -math.inf):
        name = "nan" if value != value else "inf"
        tree: ast.expr = ast.Attribute(_required(np, refer), name, LOAD)
    else:
        tree = ast.Constant(abs(value))
    negative = math.copysign(1.0, value) < 0 if isinstance(value, float) else value < 0
    return ast.UnaryOp(ast.USub(), tree) if negative and value == value else tree


def _complex(value: complex, refer: Reference) -> ast.expr:
    if value.real == 0 and math.copysign(1.0, value.real) > 0 and 0 <= value.imag < math.inf:
        return ast.Constant(value)
    parts = [_number(value.real, refer), _number(value.imag, refer)]
    return ast.Call(_required(complex, refer), parts, [])


def _container(value: Any, refer: Reference) -> ast.expr:
    if isinstance(value, dict):
        keys = [literal_tree(k, refer) for k in value]
        return ast.Dict(list(keys), [literal_tree(v, refer) for v in value.values()])
    items = [literal_tree(v, refer) for v in value]
    return ast.Tuple(items, LOAD) if isinstance(value, tuple) else ast.List(items, LOAD)


def _dtype(value: np.dtype[Any], refer: Reference) -> ast.expr:
    numpy = _required(np, refer)
    if value.isbuiltin == 1 and value.kind in "biufc":
        name = "bool_" if value.kind == "b" else value.name
        return ast.Attribute(numpy, name, LOAD)
    return ast.Call(ast.Attribute(numpy, "dtype", LOAD), [ast.Constant(value.str)], [])


def _scalar(value: np.generic, refer: Reference) -> ast.expr:
    if value.dtype.kind not in "biufc":
        raise InternalError(f"{value!r} cannot be written as a literal")
    return ast.Call(_dtype(value.dtype, refer), [literal_tree(value.item(), refer)], [])
