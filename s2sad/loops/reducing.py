"""Sums, extrema and products of arrays: loops with what they gather."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit, Operand
from s2sad.ir.types import Number
from s2sad.loops.elementwise import cast, result_dtype
from s2sad.loops.indexing import is_literal
from s2sad.loops.lower import Lowering
from s2sad.loops.nodes import (
    Add,
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Index,
    Item,
    Line,
    Name,
    Stmt,
    Store,
    items_in,
)
from s2sad.loops.scalars import LARGER, SMALLER
from s2sad.loops.values import ONE, ZERO, Elements, Unlowered, in_memory

EXTREMA = {
    np.max: ("-np.inf", LARGER),
    np.min: ("np.inf", SMALLER),
}


def arguments(let: Let) -> dict[str, Operand]:
    """The operands of a call by their parameters."""
    return dict(zip(let.primitive.params, let.args, strict=False))


def axes_of(let: Let, operand: Operand, rank: int) -> tuple[int, ...]:
    """The axes of a reduction, counted from the start."""
    if not isinstance(operand, Lit):
        raise Unlowered("an axis that is not known", let.at)
    value = operand.value
    if value is None:
        return tuple(range(rank))
    axes = value if isinstance(value, tuple) else (value,)
    return tuple(sorted(a % rank for a in axes))


def lower_sum(low: Lowering, let: Let) -> None:
    """`np.sum`, and the count of what is not zero."""
    given = arguments(let)
    for name, plain in (("dtype", None), ("out", None), ("initial", None), ("where", True)):
        if name in given and not is_literal(given[name], plain):
            raise Unlowered(f"{let.primitive.name} with {name}", let.at)
    a = low.array(let.args[0])
    axes = axes_of(let, given.get("axis", Lit(None)), len(a.extents))
    keepdims = not is_literal(given.get("keepdims", Lit(False)), False)
    dtype = result_dtype(let)
    zero = "0" if dtype.kind == "i" else spelled_zero(dtype)

    def at(place: Index) -> Expr:
        return cast(a.at(place), a.dtype, dtype)

    reduce(low, let, a.extents, axes, keepdims, dtype, Const(zero), at, plus)


def spelled_zero(dtype: np.dtype) -> str:
    """Zero of a floating dtype."""
    return "0.0" if dtype == np.dtype("f8") else f"np.{dtype.name}(0.0)"


def plus(name: str, value: Expr) -> Stmt:
    """A sum over elements, whose order is left open."""
    return Add(name, value)


def lower_extremum(low: Lowering, let: Let) -> None:
    """`np.max` and `np.min`: NaN where one is among the elements."""
    given = arguments(let)
    for name in ("out", "initial", "where"):
        if name in given and not (is_literal(given[name], None) or is_literal(given[name], True)):
            raise Unlowered(f"{let.primitive.name} with {name}", let.at)
    a = low.array(let.args[0])
    if a.dtype != np.dtype("f8"):
        raise Unlowered(f"{let.primitive.name} of {a.dtype}", let.at)
    axes = axes_of(let, given["axis"], len(a.extents))
    for axis in axes:
        low.guard(a.extents[axis] - ONE)
    keepdims = not is_literal(given.get("keepdims", Lit(False)), False)
    start, text = EXTREMA[let.primitive.of]

    def step(name: str, value: Expr) -> Stmt:
        return Assign(name, Apply(text, (Name(name), value)))

    reduce(low, let, a.extents, axes, keepdims, a.dtype, Const(start), a.at, step)


def reduce(
    low: Lowering, let: Let, extents: Index, axes: tuple[int, ...], keepdims: bool,
    dtype: np.dtype, start: Expr, at: Callable[[Index], Expr], step: Callable[[str, Expr], Stmt],
) -> None:  # fmt: skip
    """Loops in the order of memory; the innermost axes are gathered in a number."""
    rank = len(extents)
    kept = [k for k in range(rank) if k not in axes]
    name = low.names.of(let.target)
    if not kept:
        total = name if isinstance(let.target.type, Number) else low.indices.fresh("alpha")
        low.out.append(Assign(total, start))
        low.nest(extents, lambda i: [step(total, at(i))])
        _give(low, let, total, dtype, rank if keepdims else 0)
        return
    into = low.indices.fresh("alpha") if _reads(at, extents, name) else name
    sizes = tuple(extents[k] for k in kept)
    shape = tuple(ONE if k in axes else extents[k] for k in range(rank)) if keepdims else sizes
    inner = rank - len(axes)
    last = tuple(range(inner, rank))
    if tuple(axes) == last:
        _rows(low, into, shape, extents, inner, dtype, start, at, step)
    else:
        _columns(low, into, shape, extents, axes, dtype, start, at, step)
    if into != name:
        low.out.append(Assign(name, Name(into)))
    low.values[let.target] = in_memory(name, shape, dtype)


def _reads(at: Callable[[Index], Expr], extents: Index, name: str) -> bool:
    return any(x.array == name for x in items_in(at(tuple(extents))))


def _give(low: Lowering, let: Let, total: str, dtype: np.dtype, rank: int) -> None:
    if isinstance(let.target.type, Number):
        low.assign(let.target, Name(total))
    else:
        low.values[let.target] = Elements((ONE,) * rank, dtype, lambda _: Name(total))


def _rows(
    low: Lowering, into: str, shape: Index, extents: Index, inner: int, dtype: np.dtype,
    start: Expr, at: Callable[[Index], Expr], step: Callable[[str, Expr], Stmt],
) -> None:  # fmt: skip
    """What is left are the first axes: one number a row."""
    total = low.indices.fresh("total")
    rest = (ZERO,) * (len(shape) - inner)

    def row(i: Index) -> list[Stmt]:
        loops = low.loops(extents[inner:], lambda j: [step(total, at((*i, *j)))])
        place = (*i, *rest)
        return [Assign(total, start), *loops, Store(into, place, Name(total))]

    low.out.append(Alloc(into, dtype.str[1:], shape))
    low.nest(extents[:inner], row)


def _columns(
    low: Lowering, into: str, shape: Index, extents: Index, axes: tuple[int, ...],
    dtype: np.dtype, start: Expr, at: Callable[[Index], Expr], step: Callable[[str, Expr], Stmt],
) -> None:  # fmt: skip
    """What is left are later axes: sums are added up in the result itself."""
    adds = isinstance(step("", start), Add)
    low.out.append(Alloc(into, dtype.str[1:], shape, "zeros" if adds else "empty"))
    if not adds:
        low.nest(shape, lambda i: [Store(into, i, start)])
    full = len(shape) == len(extents)

    def place(i: Index) -> Index:
        if full:
            return tuple(ZERO if k in axes else x for k, x in enumerate(i))
        return tuple(x for k, x in enumerate(i) if k not in axes)

    def body(i: Index) -> list[Stmt]:
        made = step("", at(i))
        if isinstance(made, Add):
            return [Store(into, place(i), at(i), "+")]
        item = Item(into, place(i))
        assert isinstance(made, Assign) and isinstance(made.value, Apply)
        return [Store(into, place(i), Apply(made.value.text, (item, at(i))))]

    low.nest(extents, body)


def lower_matmul(low: Lowering, let: Let) -> None:
    """Products of vectors and matrices: loops for vectors, BLAS for matrices."""
    a, b = (low.array(x) for x in let.args[:2])
    ranks = len(a.extents), len(b.extents)
    dtype = result_dtype(let)
    if a.dtype != dtype or b.dtype != dtype or dtype.kind != "f":
        raise Unlowered(f"{let.primitive.name} of {a.dtype} and {b.dtype}", let.at)
    zero = Const(spelled_zero(dtype))
    if ranks == (1, 1):
        low.same(a.extents[0], b.extents[0])
        reduce(low, let, a.extents, (0,), False, dtype, zero,
               lambda i: Apply("{0} * {1}", (a.at(i), b.at(i))), plus)  # fmt: skip
    elif ranks == (2, 1):
        low.same(a.extents[1], b.extents[0])
        reduce(low, let, a.extents, (1,), False, dtype, zero,
               lambda i: Apply("{0} * {1}", (a.at(i), b.at(i[1:]))), plus)  # fmt: skip
    elif ranks == (1, 2):
        low.same(a.extents[0], b.extents[0])
        reduce(low, let, b.extents, (0,), False, dtype, zero,
               lambda i: Apply("{0} * {1}", (a.at(i[:1]), b.at(i))), plus)  # fmt: skip
    elif ranks == (2, 2):
        _blas(low, let, a, b, dtype)
    else:
        raise Unlowered(f"{let.primitive.name} of ranks {ranks}", let.at)


def lower_vdot(low: Lowering, let: Let) -> None:
    """`np.vdot`: all products of two arrays of the same sizes."""
    a, b = (low.array(x) for x in let.args[:2])
    dtype = result_dtype(let)
    if len(a.extents) != len(b.extents) or {a.dtype, b.dtype} != {dtype} or dtype.kind != "f":
        raise Unlowered(f"np.vdot of {a.dtype} and {b.dtype}", let.at)
    for n, m in zip(a.extents, b.extents, strict=True):
        low.same(n, m)
    axes = tuple(range(len(a.extents)))
    reduce(low, let, a.extents, axes, False, dtype, Const(spelled_zero(dtype)),
           lambda i: Apply("{0} * {1}", (a.at(i), b.at(i))), plus)  # fmt: skip


def _blas(low: Lowering, let: Let, a: Elements, b: Elements, dtype: np.dtype) -> None:
    low.same(a.extents[1], b.extents[0])
    name = low.names.of(let.target)
    operands = tuple(matrix(low, x) for x in (a, b))
    low.out.append(Line(f"{name} = np.dot({{0}}, {{1}})", operands, (name,)))
    low.values[let.target] = in_memory(name, (a.extents[0], b.extents[1]), dtype)


def matrix(low: Lowering, x: Elements) -> Expr:
    """A matrix as BLAS takes it: in memory, or the transpose of one that is."""
    if x.memory:
        return Name(x.memory)
    if x.place is not None:
        probe = (Amount.symbol("?1"), Amount.symbol("?2"))
        if x.place[1](probe) == probe[::-1] and x.whole == x.extents[::-1]:
            return Apply("{0}.T", (Name(x.place[0]),))
    return Name(low.materialized(x))
