"""Means, products and running sums."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit
from s2sad.ir.types import Number
from s2sad.loops.elementwise import cast, result_dtype
from s2sad.loops.indexing import is_literal
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Index,
    Item,
    Name,
    Size,
    Stmt,
    Store,
)
from s2sad.loops.reducing import arguments, axes_of, plus, reduce, spelled_zero
from s2sad.loops.values import ONE, Elements, Unlowered, in_memory


def plain(let: Let, **wanted: object) -> None:
    """Raise where an option is given that is not lowered."""
    given = arguments(let)
    for name, value in wanted.items():
        if name in given and not is_literal(given[name], value):
            raise Unlowered(f"{let.primitive.name} with {name}", let.at)


def lower_mean(low: Lowering, let: Let) -> None:
    """`np.mean`: the sum over its number of elements."""
    plain(let, dtype=None, out=None, where=True)
    a = low.array(let.args[0])
    dtype = result_dtype(let)
    axes = axes_of(let, arguments(let)["axis"], len(a.extents))
    keepdims = not is_literal(arguments(let).get("keepdims", Lit(False)), False)
    count = ONE
    for k in axes:
        count = count * a.extents[k]
    low.guard(count - ONE)
    zero = Const(spelled_zero(dtype))

    def at(place: Index) -> Expr:
        return cast(a.at(place), a.dtype, dtype)

    reduce(low, let, a.extents, axes, keepdims, dtype, zero, at, plus)
    number = cast(Size(count), np.dtype("i8"), dtype)
    if isinstance(let.target.type, Number):
        low.assign(let.target, Apply("{0} / {1}", (low.scalar(let.target).expr, number)))
        return
    total = low.array(let.target)
    name = total.memory
    if not name:
        name = low.indices.fresh("mean")
        low.out.append(Assign(name, Apply("{0} / {1}", (total.at(total.extents), number))))
        low.values[let.target] = Elements(total.extents, dtype, lambda _: Name(name))
        return
    low.nest(total.extents, lambda i: [Store(name, i, Apply("{0} / {1}", (total.at(i), number)))])


def lower_prod(low: Lowering, let: Let) -> None:
    """`np.prod`: the product of elements."""
    plain(let, dtype=None, out=None, initial=None, where=True)
    a = low.array(let.args[0])
    dtype = result_dtype(let)
    if dtype.kind != "f" or a.dtype != dtype:
        raise Unlowered("np.prod of integers", let.at)
    axes = axes_of(let, arguments(let)["axis"], len(a.extents))
    keepdims = not is_literal(arguments(let).get("keepdims", Lit(False)), False)
    one = "1.0" if dtype == np.dtype("f8") else f"np.{dtype.name}(1.0)"

    def step(name: str, value: Expr) -> Stmt:
        return Assign(name, Apply("{0} * {1}", (Name(name), value)))

    reduce(low, let, a.extents, axes, keepdims, dtype, Const(one), a.at, step)


def lower_cumsum(low: Lowering, let: Let) -> None:
    """`np.cumsum` and `np.cumprod`: the running value goes along the innermost loop."""
    plain(let, dtype=None, out=None)
    a = low.array(let.args[0])
    axis = arguments(let).get("axis", Lit(None))
    rank = len(a.extents)
    check_type(let.target.type, let.primitive.name)
    if not isinstance(axis, Lit) or (axis.value is None and rank != 1):
        raise Unlowered(f"{let.primitive.name} of all elements", let.at)
    along = 0 if axis.value is None else axis.value % rank
    dtype = result_dtype(let)
    name = low.names.of(let.target)
    total = low.indices.fresh("total")
    low.out.append(Alloc(name, dtype.str[1:], a.extents))
    others = tuple(n for k, n in enumerate(a.extents) if k != along)
    text, number = ("{0} + {1}", 0) if let.primitive.of is np.cumsum else ("{0} * {1}", 1)
    start = cast(Size(Amount.number(number)), np.dtype("i8"), dtype)

    def row(i: Index) -> list[Stmt]:
        def step(j: Index) -> list[Stmt]:
            place = (*i[:along], j[0], *i[along:])
            value = cast(a.at(place), a.dtype, dtype)
            return [
                Assign(total, Apply(text, (Name(total), value))),
                Store(name, place, Name(total)),
            ]

        return [Assign(total, start), *low.loops((a.extents[along],), step)]

    low.nest(others, row)
    low.values[let.target] = in_memory(name, a.extents, dtype)


def _rows(low: Lowering, let: Let, axis: int, name: str) -> tuple[Index, Index, str, np.dtype]:
    """A new array for a result: the sizes beside an axis, that along it, its name and dtype."""
    a = low.array(let.args[0])
    dtype = result_dtype(let)
    low.out.append(Alloc(name, dtype.str[1:], a.extents))
    others = tuple(n for k, n in enumerate(a.extents) if k != axis)
    low.values[let.target] = in_memory(name, a.extents, dtype)
    return others, (a.extents[axis],), low.indices.fresh("total"), dtype


def _operands(low: Lowering, let: Let) -> tuple[Elements, Elements, int]:
    """Two arrays of the same sizes, and an axis."""
    a, b = (low.array(x) for x in let.args[:2])
    axis = let.args[2]
    dtype = result_dtype(let)
    check_type(let.target.type, let.primitive.name)
    same_kind = {a.dtype, b.dtype} == {dtype} and dtype.kind == "f"
    if not isinstance(axis, Lit) or len(a.extents) != len(b.extents) or not same_kind:
        raise Unlowered(f"{let.primitive.name} of {a.dtype} and {b.dtype}", let.at)
    for n, m in zip(a.extents, b.extents, strict=True):
        low.same(n, m)
    return a, b, axis.value % len(a.extents)


def lower_recurrence(low: Lowering, let: Let) -> None:
    """y[i] = a[i] * y[i - 1] + b[i] along an axis."""
    a, b, axis = _operands(low, let)
    name = low.indices.fresh("alpha")
    others, along, last, dtype = _rows(low, let, axis, name)

    def row(i: Index) -> list[Stmt]:
        def step(j: Index) -> list[Stmt]:
            place = (*i[:axis], j[0], *i[axis:])
            text = "{0} if {1} == 0 else {2} * {3} + {0}"
            value = Apply(text, (b.at(place), Size(j[0]), a.at(place), Name(last)))
            return [Assign(last, value), Store(name, place, Name(last))]

        return [Assign(last, Const(spelled_zero(dtype))), *low.loops(along, step)]

    low.nest(others, row)


def lower_cumprod_bar(low: Lowering, let: Let) -> None:
    """What running products hand back: y[i] * p[i - 1] with y[i] = a[i + 1] * y[i + 1] + g[i]."""
    a, g, axis = _operands(low, let)
    name = low.indices.fresh("alpha")
    others, along, total, dtype = _rows(low, let, axis, name)
    one = cast(Size(ONE), np.dtype("i8"), dtype)

    def row(i: Index) -> list[Stmt]:
        def forward(j: Index) -> list[Stmt]:
            place = (*i[:axis], j[0], *i[axis:])
            product = Apply("{0} * {1}", (Name(total), a.at(place)))
            return [Store(name, place, Name(total)), Assign(total, product)]

        def backward(j: Index) -> list[Stmt]:
            place = (*i[:axis], along[0] - ONE - j[0], *i[axis:])
            sum_there = Apply("{0} + {1}", (Name(total), g.at(place)))
            made = Apply("{0} * {1}", (Item(name, place), Name(total)))
            next_one = Apply("{0} * {1}", (Name(total), a.at(place)))
            return [Assign(total, sum_there), Store(name, place, made), Assign(total, next_one)]

        there, back = low.loops(along, forward), low.loops(along, backward)
        zero = Const(spelled_zero(dtype))
        return [Assign(total, one), *there, Assign(total, zero), *back]

    low.nest(others, row)
