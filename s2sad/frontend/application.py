"""Primitives applied to values: arguments bound by name, operands made, literals folded."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import item
from s2sad.frontend.values import Growing, Sequence, Value, atoms
from s2sad.frontend.walk import Walk
from s2sad.ir.nodes import Lit, Operand, Span, Var
from s2sad.ir.types import Opaque
from s2sad.rules.methods import flatten
from s2sad.rules.naming import is_importable
from s2sad.rules.notation import RULES, Primitive

_STATIC = frozenset(
    {"axis", "axes", "keepdims", "ddof", "dtype", "axis1", "axis2", "offset", "order", "k",
     "source", "destination", "endpoint", "indexing", "correction", "mode", "copy", "decimals"}
)  # fmt: skip
_NOTHING = object()
OF_MEMORY = (np.reshape, np.ravel, flatten)
"""Functions that may take elements in the order in which they lie in memory."""
OF_NUMBERS = (np.sum, np.prod)
"""Reductions that take axis=0 of what has no dimensions, as ufunc.reduce does."""


class Application:
    """How the interpreter makes a statement of the call of a primitive."""

    def primitive(self: Walk, of: Any, values: list[Value], node: Any) -> Value:
        operands = tuple(self.array_operand(v, node) for v in values)
        return self.b.let(RULES[of], operands)

    def array_operand(self: Walk, v: Value, node: Any) -> Operand:
        """A list where an array is wanted: NumPy makes an array of it."""
        if isinstance(v, Sequence):
            made: Operand = self.call(Lit(np.array), [v], {}, node)
            return made
        if isinstance(v, Growing):
            rows: Operand = self.as_array(v, node)
            return rows
        return self.operand(v, node)

    def apply(
        self: Walk, p: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> Value:
        """A primitive applied as the code writes it, its parameters bound by name."""
        if all(isinstance(v, Lit) for v in (*args, *kwargs.values())) and not kwargs:
            folded = fold(p.of, *args) if _folds(p) else None
            if folded is not None:
                return folded
        if isinstance(p.of, FunctionType) and not is_importable(p.of):
            self.name_object(p.of)
        named = self.bind_primitive(p, args, kwargs, node)
        operands: list[Operand] = []
        for name in p.params:
            v = named[name] if name in named else Lit(p.defaults[name])
            operands.append(self.argument(p, name, v, node))
        if p.of in OF_NUMBERS and getattr(type_of(operands[0]), "dims", None) == ():
            i = p.params.index("axis")
            axis = operands[i]
            operands[i] = Lit(None) if isinstance(axis, Lit) and axis.value in (0, -1) else axis
        found = self.b.let(p, tuple(operands))
        return found if p.results == 1 else self.results_of(p, found)

    def results_of(self: Walk, p: Primitive, found: Operand) -> Value:
        """The results of a function with several."""
        return Sequence(p.returns, [self.b.let(item(i), (found,)) for i in range(p.results)])

    def bind_primitive(
        self: Walk, p: Primitive, args: list[Value], kwargs: dict[str, Value], node: Any
    ) -> dict[str, Value]:
        if len(args) > len(p.params):
            raise self.refuse(
                f"{p.name} with {len(args)} positional arguments",
                f"use {', '.join(p.params)}",
                node,
            )
        named = dict(zip(p.params, args, strict=False))
        names = _own_names(p)
        for k, v in kwargs.items():
            k = names.get(k, k)
            if k in p.params:
                named[k] = v
            elif k == "subok":  # of subclasses of arrays, which there are none of
                self.static(v, "subok", node)
            elif not _is_default(p, k, v):
                raise self.refuse(f"{p.name} with {k}=", f"call it without {k}", node)
        missing = [n for n in p.params if n not in named and n not in p.defaults]
        if missing and missing == _left_out(p):
            return named | dict.fromkeys(missing, Lit(None))
        if missing:
            raise TypeError(f"{p.name}() missing a required argument: {missing[0]!r}")
        return named

    def argument(self: Walk, p: Primitive, name: str, v: Value, node: Any) -> Operand:
        """One argument: an operand, a sequence of operands, or a static value."""
        if name == "out" and not (isinstance(v, Lit) and v.value is None):
            raise self.refuse(f"{p.name} with out=", "assign the result to a variable", node)
        if name == "overwrite_input":  # a permission, which the derivative cannot give
            return Lit(False)
        if name == "order" and p.rule.of in OF_MEMORY and isinstance(v, Lit) and v.value in "KA":
            what = f"{p.of.__name__} with order={v.value!r}, which depends on memory,"
            raise self.refuse(what, "write order='C' or order='F'", node)
        if name == "copy" and p.of is np.reshape and isinstance(v, Lit) and not v.value:
            return Lit(None)  # whether it copies is asked for where it is written
        if name in ("index", "obj") and isinstance(v, Lit):
            return index_of(v.value)
        if name in ("indices", "obj") and isinstance(v, Sequence):
            listed: Operand = self.indices_of(v, node)
            return listed
        if isinstance(v, Growing):
            rows: Operand = self.as_array(v, node)
            return rows
        if name in p.sequences:
            return tuple(self.array_operand(x, node) for x in self.elements(v, node))
        if p.takes_array(name):
            return self.array_operand(v, node) if isinstance(v, Sequence) else self.operand(v, node)
        if isinstance(v, Var) and name in _STATIC and not isinstance(v.type, Opaque):
            return Lit(self.static(v, f"the argument {name} of {p.name}", node))
        if (
            isinstance(v, Sequence)
            and all(isinstance(a, Lit) for a in atoms(v))
            and name != "index"
        ):
            return Lit(self.static(v, name, node)) if name in _STATIC else self.operand(v, node)
        if isinstance(v, Sequence) and v.cls is list and name == "index":
            return self.array_operand(v, node)
        if isinstance(v, Sequence) and name == "index":
            return tuple(self.argument(p, name, i, node) for i in v.items)
        return self.operand(v, node)

    def indices_of(self: Walk, v: Sequence, node: Any) -> Operand:
        """A list of indices as an array; an empty one is of integers."""
        named = {} if v.items else {"dtype": Lit(int)}
        made: Operand = self.call(Lit(np.array), [v], named, node)
        return made


def index_of(value: Any) -> Operand:
    """An index known at compile time as an operand: slices and tuples taken apart."""
    if isinstance(value, slice):
        return Span(Lit(value.start), Lit(value.stop), Lit(value.step))
    if isinstance(value, tuple):
        return tuple(index_of(v) for v in value)
    return Lit(value)


def _own_names(p: Primitive) -> dict[str, str]:
    """NumPy's own keyword names of a function, where the rule calls them otherwise."""
    if p.signature is None:
        return {}
    return dict(zip(("x1", "x2"), p.params, strict=False))


def _left_out(p: Primitive) -> list[str]:
    """The parameters of a rule that NumPy's function takes for None where all are left out."""
    if isinstance(p.of, np.ufunc):
        return []
    found = inspect.signature(p.of).parameters
    return [n for n in p.params if n in found and found[n].default is np._NoValue]


def _is_default(p: Primitive, name: str, v: Value) -> bool:
    """Whether a keyword without a rule is given the value that NumPy would take anyway."""
    if not isinstance(v, Lit):
        return False
    try:
        known = inspect.signature(p.of).parameters[name].default
    except (ValueError, TypeError, KeyError):
        known = {"out": None, "where": True, "dtype": None, "casting": "same_kind"}.get(
            name, _NOTHING
        )
    return v.value is known


def _folds(p: Primitive) -> bool:
    """Whether a call with literals is computed at once: numbers in, a number out."""
    return p.pure and p.signature is not None


def fold(of: Any, *args: Lit) -> Lit | None:
    """The result of an operation on literals, if it is plain data; None if it raises."""
    values = [a.value for a in args]
    plain = (bool, int, float, complex, str, bytes, tuple, np.generic, np.dtype, type, type(None))
    if not all(isinstance(v, plain) for v in values):
        return None
    try:
        with np.errstate(all="ignore"):
            result = of(*values)
    except (TypeError, ValueError, ArithmeticError):
        return None
    if not isinstance(result, plain) or (isinstance(result, str) and len(result) > 1000):
        return None
    if isinstance(result, int) and result.bit_length() > 256:
        return None
    return Lit(result)
