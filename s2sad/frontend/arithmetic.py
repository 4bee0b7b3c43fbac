"""Peephole rules for the arithmetic of derivative code."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from s2sad.frontend.infer import infer, type_of
from s2sad.ir.nodes import Let, Lit, Operand, Var
from s2sad.ir.types import Array, Number, is_inexact, same_dtype
from s2sad.rules.notation import RULES, Primitive

if TYPE_CHECKING:
    from s2sad.frontend.build import Builder


def same_type(x: Operand, wanted: Any) -> bool:
    """Whether x already has the dtype and sizes of `wanted`, so that it may stand for it."""
    t = type_of(x)
    dtype, dims = getattr(t, "dtype", None), getattr(t, "dims", None)
    if dtype is None or dims is None or wanted.dims is None:
        return False
    return same_dtype(dtype, wanted.dtype) and dims == wanted.dims and dtype.kind in "fc"


def is_number(x: Operand, value: float) -> bool:
    """Whether an operand is this number as a literal, and no negative zero."""
    return (
        isinstance(x, Lit)
        and type(x.value) in (int, float)
        and x.value == value
        and str(x.value)[0] != "-"
    )


def definition(b: Builder, x: Operand) -> Let | None:
    """The statement that made an operand."""
    return b.defined.get(x) if isinstance(x, Var) else None


def negated(b: Builder, x: Operand) -> Operand | None:
    """e where x is -e."""
    d = definition(b, x)
    return d.args[0] if d is not None and d.primitive.of is operator.neg else None


def _multiply(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    x, y = args
    result = infer(p, args, b.fresh)
    for one, other in ((x, y), (y, x)):
        if is_number(one, 1.0) and same_type(other, result):
            return other
    if isinstance(x, Lit) and isinstance(y, Lit) and _numbers(x, y):
        return Lit(x.value * y.value)
    if isinstance(y, Lit) and not isinstance(x, Lit) and p.of is operator.mul:
        return b.let(p, (y, x))
    if isinstance(x, Lit) and is_number(x, -1) is False and _minus_one(x) and same_type(y, result):
        return b.let(RULES[operator.neg], (y,))
    return _multiply_scaled(b, p, x, y)


def _multiply_scaled(b: Builder, p: Primitive, x: Operand, y: Operand) -> Operand | None:
    """a * (c * e) -> (a c) * e for literals; (-e) * f -> -(e * f)."""
    for number, other in ((x, y), (y, x)):
        scaled = scaled_by(b, other) if isinstance(type_of(number), Number) else None
        if scaled is not None and all_real(number, *scaled):
            return b.let(p, (b.let(p, (scaled[0], number)), scaled[1]))
    d = definition(b, y)
    if isinstance(x, Lit) and d is not None and d.primitive.of is operator.mul:
        c = d.args[0]
        if isinstance(c, Lit) and _numbers(x, c) and _power_of_two(x) | _power_of_two(c):
            return b.let(p, (Lit(x.value * c.value), d.args[1]))
    if isinstance(x, Lit) and d is not None and d.primitive.of is operator.truediv:
        c = d.args[0]
        if isinstance(c, Lit) and _numbers(x, c):
            return b.let(d.primitive, (Lit(x.value * c.value), d.args[1]))
    for first, second, swap in ((x, y, False), (y, x, True)):
        e = negated(b, first)
        if e is not None:
            product = b.let(p, (second, e) if swap else (e, second))
            return b.let(RULES[operator.neg], (product,))
    return None


def _power_of_two(x: Lit) -> bool:
    """Scaling by it is exact, so that factors may be merged without changing a bit."""
    v = x.value
    return isinstance(v, int | float) and v != 0 and abs(np.frexp(float(v))[0]) == 0.5


def _minus_one(x: Lit) -> bool:
    return type(x.value) in (int, float) and x.value == -1


def _numbers(x: Lit, y: Lit) -> bool:
    return type(x.value) in (int, float) and type(y.value) in (int, float)


def _divide(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    x, y = args
    if is_number(y, 1.0) and same_type(x, infer(p, args, b.fresh)):
        return x
    e = negated(b, x)
    if e is not None:
        return b.let(RULES[operator.neg], (b.let(p, (e, y)),))
    return None


def _add(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    x, y = args
    for none, other in ((x, y), (y, x)):
        if isinstance(none, Lit) and none.value is False:
            return other
    if x is y and isinstance(x, Var):
        two = 2.0 if is_inexact(x.type) else 2
        return b.let(RULES[operator.mul], (Lit(two), x))
    e = negated(b, y)
    if e is not None:
        return b.let(RULES[operator.sub], (x, e))
    e = negated(b, x)
    if e is not None:
        return b.let(RULES[operator.sub], (y, e))
    return None


def _subtract(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    e = negated(b, args[1])
    return b.let(RULES[operator.add], (args[0], e)) if e is not None else None


def _negative(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    (x,) = args
    if isinstance(x, Lit) and type(x.value) in (int, float):
        return Lit(-x.value)
    d = definition(b, x)
    if d is None:
        return None
    if d.primitive.of is operator.neg:
        return d.args[0]
    if d.primitive.of is operator.sub and p.of is operator.neg:
        return b.let(d.primitive, (d.args[1], d.args[0]))
    if d.primitive.of is operator.mul and isinstance(d.args[0], Lit):
        value = d.args[0].value
        if type(value) in (int, float):
            return b.let(d.primitive, (Lit(-value), d.args[1]))
    return None


def _power(b: Builder, p: Primitive, args: tuple[Operand, ...]) -> Operand | None:
    """x ** 1 is x; x ** 0 is left alone (it is one even at zero)."""
    x, y = args
    one = isinstance(y, Lit) and type(y.value) in (int, float) and y.value == 1
    return x if one and same_type(x, infer(p, args, b.fresh)) else None


def scaled_by(b: Builder, x: Operand) -> tuple[Operand, Operand] | None:
    """(c, e) where x is c * e for a number c and an array e."""
    d = definition(b, x)
    if d is None or d.primitive.of is not operator.mul:
        return None
    for c, e in (d.args, d.args[::-1]):
        if isinstance(type_of(c), Number) and isinstance(type_of(e), Array) and all_real(c, e):
            return c, e
    return None


def all_real(*operands: Operand) -> bool:
    """Whether all are floating and of one dtype, so that regrouping changes rounding alone."""
    types = [type_of(x) for x in operands]
    strong = {t.dtype for t in types if isinstance(t, Array | Number) and not _is_weak(t)}
    return len(strong) <= 1 and all(
        getattr(getattr(t, "dtype", None), "kind", "") == "f" for t in types if not _is_weak(t)
    )


def _is_weak(t: object) -> bool:
    return isinstance(t, Number) and t.weak


ARITHMETIC: dict[Any, Any] = {
    np.multiply: _multiply,
    np.divide: _divide,
    np.add: _add,
    np.subtract: _subtract,
    np.negative: _negative,
    np.power: _power,
}
