"""Diagonals and triangles of matrices, arrays that are turned round, and places of extrema."""

from __future__ import annotations

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit
from s2sad.ir.types import Number
from s2sad.loops.assembling import literal_of
from s2sad.loops.elementwise import cast, result_dtype
from s2sad.loops.indexing import give_view, is_literal
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import Alloc, Apply, Assign, Const, Expr, If, Index, Name, Size, Stmt, Store
from s2sad.loops.reducing import arguments, plus, reduce, spelled_zero
from s2sad.loops.values import ONE, ZERO, Elements, Unlowered, in_memory, viewed


def _known(let: Let, name: str, default: int = 0) -> int:
    """An option that is a number in the source."""
    given = arguments(let).get(name, Lit(default))
    if not isinstance(given, Lit) or not isinstance(given.value, int):
        raise Unlowered(f"{let.primitive.name} whose {name} is not known", let.at)
    return given.value


def _on_diagonal(low: Lowering, a: Elements, k: int, axes: tuple[int, int], at: Let) -> Elements:
    """The diagonal of two axes of the same size, as the last dimension."""
    rank = len(a.extents)
    first, second = (x % rank for x in axes)
    if k or first == second:
        raise Unlowered(f"{at.primitive.name} beside the diagonal", at.at)
    low.same(a.extents[first], a.extents[second])
    others = [x for x in range(rank) if x not in (first, second)]

    def places(i: Index) -> Index:
        rest = dict(zip(others, i, strict=False))
        return tuple(rest.get(x, i[-1]) for x in range(rank))

    extents = (*(a.extents[x] for x in others), a.extents[first])
    return viewed(a, extents, places)


def lower_diagonal(low: Lowering, let: Let) -> None:
    """`np.diagonal`: a view."""
    axes = _known(let, "axis1", 0), _known(let, "axis2", 1)
    found = _on_diagonal(low, low.array(let.args[0]), _known(let, "offset"), axes, let)
    give_view(low, let, found)


def lower_trace(low: Lowering, let: Let) -> None:
    """`np.trace`: the sum of a diagonal."""
    if not is_literal(arguments(let).get("dtype", Lit(None)), None):
        raise Unlowered("np.trace with dtype", let.at)
    axes = _known(let, "axis1", 0), _known(let, "axis2", 1)
    a = _on_diagonal(low, low.array(let.args[0]), _known(let, "offset"), axes, let)
    dtype = result_dtype(let)
    zero = Const("0" if dtype.kind == "i" else spelled_zero(dtype))
    last = (len(a.extents) - 1,)
    reduce(low, let, a.extents, last, False, dtype, zero,
           lambda i: cast(a.at(i), a.dtype, dtype), plus)  # fmt: skip


def lower_diag(low: Lowering, let: Let) -> None:
    """`np.diag`: the diagonal of a matrix, or the matrix of a diagonal."""
    a, k = low.array(let.args[0]), _known(let, "k")
    check_type(let.target.type, "np.diag")
    if len(a.extents) == 2:
        give_view(low, let, _on_diagonal(low, a, k, (0, 1), let))
        return
    if k:
        raise Unlowered("np.diag beside the diagonal", let.at)
    name = low.names.of(let.target)
    if name in (a.memory, a.place[0] if a.place else ""):
        name = low.indices.fresh("alpha")
    (n,) = a.extents
    low.out.append(Alloc(name, a.dtype.str[1:], (n, n), "zeros"))
    low.nest((n,), lambda i: [Store(name, (i[0], i[0]), a.at(i))])
    low.values[let.target] = in_memory(name, (n, n), a.dtype)


def lower_triangle(low: Lowering, let: Let) -> None:
    """`np.tril` and `np.triu`: zeros on the other side."""
    a, k = low.array(let.args[0]), _known(let, "k")
    check_type(let.target.type, let.primitive.name)
    if len(a.extents) < 2:
        raise Unlowered(f"{let.primitive.name} of a vector", let.at)
    sign = "<=" if let.primitive.of is np.tril else ">="
    zero = literal_of(a.dtype, 0)

    def at(i: Index) -> Expr:
        row, column = i[-2] + Amount.number(k), i[-1]
        text = f"{{0}} if {{1}} {sign} {{2}} else {zero}"
        return Apply(text, (a.at(i), Size(column), Size(row)))

    name = low.names.of(let.target)
    low.values[let.target] = low.fill(name, a.extents, a.dtype, at)


def lower_roll(low: Lowering, let: Let) -> None:
    """`np.roll` along one axis: two parts, the second of them first."""
    a, shift = low.array(let.args[0]), _known(let, "shift")
    given = arguments(let).get("axis", Lit(None))
    rank = len(a.extents)
    axis = given.value if isinstance(given, Lit) else None
    if not isinstance(axis, int) and (rank != 1 or not is_literal(given, None)):
        raise Unlowered("np.roll along axes that are not one", let.at)
    axis = (axis or 0) % rank
    check_type(let.target.type, "np.roll")
    n = a.extents[axis]
    by = Amount.number(shift) if shift >= 0 else n + Amount.number(shift)
    low.guard(by)
    low.guard(n - by)
    name = low.indices.fresh("alpha")
    low.out.append(Alloc(name, a.dtype.str[1:], a.extents))
    for count, start, to in ((n - by, ZERO, by), (by, n - by, ZERO)):
        part = (*a.extents[:axis], count, *a.extents[axis + 1 :])

        def one(i: Index, start: Amount = start, to: Amount = to) -> list[Stmt]:
            here, there = (
                (*i[:axis], x + i[axis], *i[axis + 1 :]) for x in (start, to)
            )  # fmt: skip
            return [Store(name, there, a.at(here))]

        low.nest(part, one)
    low.values[let.target] = in_memory(name, a.extents, a.dtype)


def lower_place_of_extremum(low: Lowering, let: Let) -> None:
    """`np.argmax` and `np.argmin`: the first of several, and of what is not a number."""
    a = low.array(let.args[0])
    given = arguments(let)
    rank = len(a.extents)
    axis = given.get("axis", Lit(None))
    for option in ("out", "keepdims"):
        chosen = given.get(option, Lit(None))
        if not isinstance(chosen, Lit) or chosen.value not in (None, False):
            raise Unlowered(f"{let.primitive.name} with {option}", let.at)
    if not isinstance(axis, Lit) or a.dtype.kind not in "fi" or (axis.value is None and rank != 1):
        raise Unlowered(f"{let.primitive.name} of all elements", let.at)
    along = 0 if axis.value is None else axis.value % rank
    low.guard(a.extents[along] - ONE)
    best, at = low.indices.fresh("best"), low.indices.fresh("place")
    sign = ">" if let.primitive.of is np.argmax else "<"
    better = f"{{0}} {sign} {{1}} or ({{0}} != {{0}} and {{1}} == {{1}})"

    def row(i: Index) -> list[Stmt]:
        def place(j: Amount) -> Index:
            return (*i[:along], j, *i[along:])

        def step(j: Index) -> list[Stmt]:
            value = a.at(place(j[0]))
            taken: list[Stmt] = [Assign(best, value), Assign(at, Size(j[0]))]
            return [If(Apply(better, (value, Name(best))), taken, [])]

        start: list[Stmt] = [Assign(best, a.at(place(ZERO))), Assign(at, Size(ZERO))]
        return [*start, *low.loops((a.extents[along],), step)]

    if rank == 1:
        low.out += row(())
        low.assign(let.target, Name(at))
        return
    others = tuple(n for k, n in enumerate(a.extents) if k != along)
    name = low.names.of(let.target)
    low.out.append(Alloc(name, "i8", others))
    low.nest(others, lambda i: [*row(i), Store(name, i, Name(at))])
    low.values[let.target] = in_memory(name, others, np.dtype("i8"))


def lower_linspace(low: Lowering, let: Let) -> None:
    """`np.linspace` between two numbers: no array at all."""
    given = arguments(let)
    usual = {"endpoint": True, "retstep": False}
    for name, value in usual.items():
        if name in given and not is_literal(given[name], value):
            raise Unlowered(f"np.linspace with {name}", let.at)
    num = low.amount(given.get("num", Lit(50)))
    low.guard(num - ONE - ONE)
    if result_dtype(let) != np.dtype("f8"):
        raise Unlowered("np.linspace of single precision", let.at)
    start, stop = (low.scalar(let.args[k]) for k in (0, 1))
    if isinstance(let.target.type, Number):
        raise Unlowered("np.linspace of arrays", let.at)
    first, last, step = (low.indices.fresh(x) for x in ("first", "last", "step"))
    for name, end in ((first, start), (last, stop)):
        low.out.append(Assign(name, cast(end.expr, end.dtype, np.dtype("f8"))))
    width = (Name(last), Name(first), Size(num - ONE))
    low.out.append(Assign(step, Apply("({0} - {1}) / {2}", width)))

    def at(i: Index) -> Expr:
        text = "{0} if {1} == {2} else {1} * {3} + {4}"
        return Apply(text, (Name(last), Size(i[0]), Size(num - ONE), Name(step), Name(first)))

    name = low.names.of(let.target)
    low.values[let.target] = low.fill(name, (num,), np.dtype("f8"), at)
