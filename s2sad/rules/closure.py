"""What a rule calls: read from its trees, so that a rule without derivatives cannot hide."""

from __future__ import annotations

import builtins
import inspect
import operator
import types
from collections.abc import Iterator
from typing import Any

import gast
import numpy as np

from s2sad.rules.asking import is_known, refuse
from s2sad.rules.methods import ATTRIBUTES, METHODS
from s2sad.rules.notation import AT_COMPILE_TIME, RULES, Primitive, Template
from s2sad.rules.table import definition, lookup

STATIC = frozenset(
    {
        len,
        range,
        isinstance,
        tuple,
        list,
        slice,
        sorted,
        sum,
        min,
        max,
        np.ndim,
        np.shape,
        np.size,
        zip,
        np.iscomplexobj,
        refuse,
        is_known,
    }
)
"""Builtins of static values: sizes, axes, indices."""

META = frozenset({"shape", "ndim", "dtype", "size", "index"})
"""Attributes that are types or static values, not arrays."""

OPERATORS: dict[str, Any] = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
    "Pow": operator.pow, "MatMult": operator.matmul, "Mod": operator.mod, "USub": operator.neg,
    "FloorDiv": operator.floordiv, "BitAnd": operator.and_, "BitOr": operator.or_,
    "Invert": operator.invert, "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt,
    "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge,
}  # fmt: skip


def unruled(rule: Primitive) -> list[str]:
    """The names of functions, operators and attributes without a rule, in order of appearance."""
    kinds = [rule.partials, rule.tangent, rule.adjoint]
    if rule.linear or rule.multilinear:
        kinds.append(rule.primal)
    seen: set[Any] = set()
    found = [n for t in kinds if t is not None for n in _in_function(t.function, t.node, seen)]
    return list(dict.fromkeys(found))


def _in_function(function: Any, node: Any, seen: set[Any]) -> Iterator[str]:
    seen.add(function)
    for part in gast.walk(node):
        match part:
            case gast.Call(func=gast.Attribute(attr=name)):
                called = _resolved(part.func, function)
                if called is None:
                    if name not in METHODS and name not in META:
                        yield f".{name}()"
                else:
                    yield from _in_call(called, seen)
            case gast.Call():
                yield from _in_call(_resolved(part.func, function), seen, gast.unparse(part.func))
            case gast.Attribute(attr=name) if _resolved(part, function) is None:
                if name not in ATTRIBUTES and name not in META and name not in METHODS:
                    yield f".{name}"
            case gast.BinOp(op=op) | gast.UnaryOp(op=op):
                name = type(op).__name__
                if name != "Not" and OPERATORS.get(name) not in RULES:
                    yield name
            case gast.Compare(ops=ops):
                names = [type(op).__name__ for op in ops]
                skip = ("Is", "IsNot", "In", "NotIn")
                yield from [n for n in names if n not in skip and OPERATORS.get(n) not in RULES]


def stated(function: Any) -> bool:
    """Whether a function has a rule, or is stated in terms of others."""
    return lookup(function) is not None or definition(function) is not None


def _in_call(called: Any, seen: set[Any], text: str = "?") -> Iterator[str]:
    if called is None:
        yield text
    elif called in seen or _is_plain(called) or stated(called):
        return
    elif isinstance(called, types.FunctionType) and called.__module__.startswith("s2sad.rules"):
        yield from _in_function(called, Template(called).node, seen)
    else:
        yield getattr(called, "__name__", repr(called))


def _is_plain(called: Any) -> bool:
    """Whether a call is Python of the compiler's own: of static values, or of an error."""
    error = isinstance(called, type) and issubclass(called, Exception)
    return called in STATIC or called in AT_COMPILE_TIME or error


def _resolved(node: Any, function: Any) -> Any:
    """The object that a name or a dotted name of the function means; None for its locals."""
    if isinstance(node, gast.Attribute):
        owner = _resolved(node.value, function)
        of_rules = isinstance(owner, types.ModuleType | np.ufunc)  # np.add, np.add.reduce
        return getattr(owner, node.attr, None) if of_rules else None
    if not isinstance(node, gast.Name):
        return None
    if node.id in inspect.signature(function).parameters:
        return None
    code = function.__code__
    if node.id in code.co_freevars:
        return function.__closure__[code.co_freevars.index(node.id)].cell_contents
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    enclosed = {name: cell.cell_contents for name, cell in cells}
    return {**function.__globals__, **enclosed}.get(node.id, getattr(builtins, node.id, None))
