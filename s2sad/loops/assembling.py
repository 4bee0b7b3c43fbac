"""Arrays put together from others, and those that follow a formula."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit
from s2sad.ir.types import Number
from s2sad.loops.elementwise import cast, result_dtype
from s2sad.loops.indexing import give_view
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import Alloc, Apply, Expr, Index, Size, Stmt, Store
from s2sad.loops.values import ONE, ZERO, Elements, Unlowered, in_memory, viewed


def parts(low: Lowering, let: Let) -> list[Elements]:
    """The arrays of a sequence."""
    given = let.args[0]
    if not isinstance(given, tuple) or not given:
        raise Unlowered(f"{let.primitive.name} of what is no sequence", let.at)
    check_type(let.target.type, let.primitive.name)
    return [low.array(x) for x in given]


def axis_of(let: Let, rank: int) -> int:
    """The axis of a call, counted from the start."""
    axis = dict(zip(let.primitive.params, let.args, strict=False)).get("axis", Lit(0))
    if not isinstance(axis, Lit) or not isinstance(axis.value, int):
        raise Unlowered(f"{let.primitive.name} along an axis that is not known", let.at)
    return axis.value % rank


def lower_stack(low: Lowering, let: Let) -> None:
    """`np.stack`: one place along the new axis for each."""
    given = parts(low, let)
    rank = len(given[0].extents) + 1
    axis = axis_of(let, rank)
    for other in given[1:]:
        _same(low, given[0].extents, other.extents)
    own = given[0].extents
    extents = (*own[:axis], Amount.number(len(given)), *own[axis:])
    name = _made(low, let, extents)
    dtype = result_dtype(let)
    for k, part in enumerate(given):
        at = Amount.number(k)

        def write(i: Index, part: Elements = part, at: Amount = at) -> list[Stmt]:
            value = cast(part.at(i), part.dtype, dtype)
            return [Store(name, (*i[:axis], at, *i[axis:]), value)]

        low.nest(own, write)


def lower_concatenate(low: Lowering, let: Let) -> None:
    """`np.concatenate`: one after the other along an axis."""
    given = parts(low, let)
    rank = len(given[0].extents)
    if not rank or any(len(p.extents) != rank for p in given):
        raise Unlowered("a concatenation of numbers", let.at)
    axis = axis_of(let, rank)
    for other in given[1:]:
        for k in range(rank):
            if k != axis:
                low.same(given[0].extents[k], other.extents[k])
    starts = [ZERO]
    for p in given:
        starts.append(starts[-1] + p.extents[axis])
    own = given[0].extents
    name = _made(low, let, (*own[:axis], starts[-1], *own[axis + 1 :]))
    dtype = result_dtype(let)
    for start, part in zip(starts, given, strict=False):

        def write(i: Index, part: Elements = part, start: Amount = start) -> list[Stmt]:
            value = cast(part.at(i), part.dtype, dtype)
            return [Store(name, (*i[:axis], start + i[axis], *i[axis + 1 :]), value)]

        low.nest(part.extents, write)


def _same(low: Lowering, a: Index, b: Index) -> None:
    if len(a) != len(b):
        raise Unlowered("arrays of unequal ranks")
    for n, m in zip(a, b, strict=True):
        low.same(n, m)


def _made(low: Lowering, let: Let, extents: Index) -> str:
    """The name of a new array for the result."""
    name = low.names.of(let.target)
    dtype = result_dtype(let)
    low.out.append(Alloc(name, dtype.str[1:], extents))
    low.values[let.target] = in_memory(name, extents, dtype)
    return name


def lower_arange(low: Lowering, let: Let) -> None:
    """`np.arange` of integers: no array at all."""
    given = dict(zip(let.primitive.params, let.args, strict=False))
    if result_dtype(let) != np.dtype("i8"):
        _floating_arange(low, let)
        return
    start, stop = given.get("start"), given.get("stop")
    step = given.get("step", Lit(1))
    if isinstance(step, Lit) and step.value in (None, 1):
        low_end = ZERO if start is None or _is_none(start) else low.amount(start)
        if stop is None or _is_none(stop):
            low_end, stop = ZERO, start
        assert stop is not None
        count = low.amount(stop) - low_end
        low.guard(count)
        low.values[let.target] = Elements((count,), np.dtype("i8"), lambda i: Size(low_end + i[0]))
        return
    raise Unlowered("np.arange with a step", let.at)


def _floating_arange(low: Lowering, let: Let) -> None:
    """`np.arange` of floating numbers that stand in the source, or by one of integers."""
    given = dict(zip(let.primitive.params, let.args, strict=False))
    if result_dtype(let) != np.dtype("f8"):
        raise Unlowered("np.arange of floating numbers", let.at)
    start, stop = given.get("start", Lit(None)), given.get("stop", Lit(None))
    if _is_none(stop):
        start, stop = Lit(0), start
    step = given.get("step", Lit(None))
    known = [x.value for x in (start, stop, step) if isinstance(x, Lit)]
    if len(known) == 3 and all(isinstance(x, int | float | None) for x in known):
        whole = np.arange(*known)
        first = float(whole[0]) if len(whole) else 0.0
        by = float(whole[1]) - first if len(whole) > 1 else 1.0
        count = Amount.number(len(whole))
    else:
        a, b = low.scalar(start), low.scalar(stop)
        by_one = isinstance(step, Lit) and step.value in (None, 1)
        if not by_one or a.amount is None or b.amount is None:
            raise Unlowered("np.arange of floating numbers", let.at)
        first, by, count = 0.0, 1.0, b.amount - a.amount
        if _is_none(start) or not _zero(start):
            raise Unlowered("np.arange of floating numbers", let.at)
        low.guard(count)
    text = f"{first!r} + {by!r} * {{0}}" if (first, by) != (0.0, 1.0) else "np.float64({0})"
    low.values[let.target] = Elements(
        (count,), np.dtype("f8"), lambda i: Apply(text, (Size(i[0]),))
    )


def _is_none(x: object) -> bool:
    return isinstance(x, Lit) and x.value is None


def lower_eye(low: Lowering, let: Let) -> None:
    """`np.eye` and `np.identity`: no array at all."""
    given = dict(zip(let.primitive.params, let.args, strict=False))
    if not (_zero(given.get("k", Lit(0)))):
        raise Unlowered("np.eye beside the diagonal", let.at)
    n = low.amount(let.args[0])
    other = given.get("M", Lit(None))
    m = n if _is_none(other) else low.amount(other)
    low.guard(n)
    low.guard(m)
    dtype = result_dtype(let)
    one, zero = (literal_of(dtype, x) for x in (1, 0))

    def at(i: Index) -> Expr:
        return Apply(f"{one} if {{0}} == {{1}} else {zero}", (Size(i[0]), Size(i[1])))

    low.values[let.target] = Elements((n, m), dtype, at)


def literal_of(dtype: np.dtype, x: int) -> str:
    """A number as it is written in a dtype."""
    if dtype.kind == "f":
        return f"{x}.0" if dtype == np.dtype("f8") else f"np.{dtype.name}({x})"
    return repr(bool(x)) if dtype.kind == "b" else str(x)


def _zero(x: object) -> bool:
    return isinstance(x, Lit) and x.value == 0


def lower_outer(low: Lowering, let: Let) -> None:
    """`np.outer`: all products of two vectors."""
    a, b = (low.array(x) for x in let.args[:2])
    if len(a.extents) != 1 or len(b.extents) != 1 or isinstance(let.target.type, Number):
        raise Unlowered("np.outer of what are no vectors", let.at)
    dtype = result_dtype(let)

    def at(i: Index) -> Expr:
        x, y = cast(a.at(i[:1]), a.dtype, dtype), cast(b.at(i[1:]), b.dtype, dtype)
        return Apply("{0} * {1}", (x, y))

    name = low.names.of(let.target)
    extents = (a.extents[0], b.extents[0])
    low.values[let.target] = low.fill(name, extents, dtype, at)


def lower_flip(low: Lowering, let: Let) -> None:
    """`np.flip`: the places of some axes from their end."""
    a = low.array(let.args[0])
    rank = len(a.extents)
    axis = dict(zip(let.primitive.params, let.args, strict=False)).get("axis", Lit(None))
    if not isinstance(axis, Lit):
        raise Unlowered("np.flip of an axis that is not known", let.at)
    given = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    axes = set(range(rank)) if axis.value is None else {k % rank for k in given}

    def places(i: Index) -> Index:
        ends = zip(i, a.extents, strict=True)
        return tuple(n - ONE - x if k in axes else x for k, (x, n) in enumerate(ends))

    give_view(low, let, viewed(a, a.extents, places))
