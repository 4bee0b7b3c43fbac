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
    Name,
    Size,
    Stmt,
    Store,
)
from s2sad.loops.reducing import arguments, axes_of, plus, reduce, spelled_zero
from s2sad.loops.values import ONE, Unlowered, in_memory


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
    value = low.values[let.target]
    if isinstance(let.target.type, Number):
        low.assign(let.target, Apply("{0} / {1}", (low.scalar(let.target).expr, number)))
        return
    mean = low.array(let.target)
    if not mean.memory:
        raise Unlowered("a mean over all axes that are kept", let.at)
    name = mean.memory
    low.nest(mean.extents, lambda i: [Store(name, i, Apply("{0} / {1}", (mean.at(i), number)))])
    low.values[let.target] = value


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
