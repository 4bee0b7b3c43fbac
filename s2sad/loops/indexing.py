"""Parts of arrays: slices and places read, written and added to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array, Number, Type
from s2sad.loops.lower import Lowering
from s2sad.loops.nodes import Apply, Assign, Expr, Index, Name, Size, constant
from s2sad.loops.values import (
    ONE,
    ZERO,
    Elements,
    Scalar,
    Unlowered,
)


@dataclass(frozen=True, slots=True)
class Part:
    """What an index names: its sizes, and where its elements lie."""

    extents: Index
    places: Callable[[Index], Index]


def give_view(low: Lowering, let: Let, found: Elements) -> None:
    """A view as it is, or its copy where the plan says so."""
    if let.target in low.plan.views or not found.extents:
        low.values[let.target] = found
        return
    name = low.names.of(let.target)
    low.values[let.target] = low.fill(name, found.extents, found.dtype, found.at)


def dtype_given(given: object) -> np.dtype:
    """The dtype of a value that is written."""
    if isinstance(given, Scalar | Elements):
        return given.dtype
    raise Unlowered("a tuple that is written into an array")


def own(low: Lowering, let: Let, base: Elements, name: str) -> None:
    """The array to be written has this name, and nobody else sees it."""
    if let in low.plan.reuse.in_place:
        if base.memory and base.memory != name:
            low.out.append(Assign(name, Name(base.memory)))
        elif not base.memory:
            low.fill(name, base.extents, base.dtype, base.at)
        return
    if base.memory and base.memory != name:
        low.out.append(Assign(name, Apply("{0}.copy()", (Name(base.memory),))))
    else:
        low.fill(name, base.extents, base.dtype, base.at)


def spread_over(low: Lowering, given: object, extents: Index) -> Callable[[Index], Expr]:
    """The elements of a value over a part that it is written to."""
    if isinstance(given, Scalar):
        return lambda _: given.expr
    assert isinstance(given, Elements)
    rank = len(given.extents)
    if rank > len(extents):
        raise Unlowered("a write of more dimensions than there are")
    mine = extents[len(extents) - rank :]
    one = [constant(n) == 1 and constant(m) != 1 for n, m in zip(given.extents, mine, strict=True)]
    for n, m, single in zip(given.extents, mine, one, strict=True):
        if not single:
            low.same(n, m)

    def at(place: Index) -> Expr:
        inner = place[len(place) - rank :]
        return given.at(tuple(ZERO if s else i for s, i in zip(one, inner, strict=True)))

    return at


def part_of(low: Lowering, extents: Index, index: Operand) -> Part:
    """An index of integers, slices, None and Ellipsis; of anything else Unlowered is raised."""
    items = index_items(index)
    given = sum(not is_literal(x, None) and not is_literal(x, Ellipsis) for x in items)
    full: list[Operand] = []
    for x in items:
        full += [Lit(slice(None))] * (len(extents) - given) if is_literal(x, Ellipsis) else [x]
    if not any(is_literal(x, Ellipsis) for x in items):
        full += [Lit(slice(None))] * (len(extents) - given)
    sizes: list[Amount] = []
    parts: list[Callable[[Index], Amount]] = []
    axis = 0
    for x in full:
        if is_literal(x, None):
            sizes.append(ONE)
            continue
        n = extents[axis]
        axis += 1
        if isinstance(x, Span) or (isinstance(x, Lit) and isinstance(x.value, slice)):
            start, count, step = span(low, x, n)
            parts.append(_stepped(start, step, len(sizes)))
            sizes.append(count)
        else:
            parts.append(_fixed(position(low, x, n)))
    return Part(tuple(sizes), lambda i: tuple(p(i) for p in parts))


def _stepped(start: Amount, step: int, at: int) -> Callable[[Index], Amount]:
    return lambda i: start + i[at] * Amount.number(step)


def _fixed(place: Amount) -> Callable[[Index], Amount]:
    return lambda _: place


def index_items(index: Operand) -> tuple[Operand, ...]:
    """The items of an index."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, Lit) and isinstance(index.value, tuple):
        return tuple(map(Lit, index.value))
    return (index,)


def is_literal(x: Operand, value: object) -> bool:
    """Whether an operand is this constant."""
    return isinstance(x, Lit) and x.value is value


def position(low: Lowering, x: Operand, n: Amount) -> Amount:
    """A place along an axis of size `n`, counted from the start, and guarded to be inside."""
    if isinstance(x, Lit) and (isinstance(x.value, bool) or not isinstance(x.value, int)):
        raise Unlowered(f"the index {x.value!r}")
    if isinstance(x, Var) and not _is_integer(x.type):
        raise Unlowered(f"an index of type {x.type}")
    a = low.amount(x)
    number = constant(a)
    if number is not None and number < 0:
        a = n + a
    elif not low.facts.holds(a):
        a = _counted(low, a, n)
    low.guard(a)
    low.guard(n - a - ONE)
    return a


def _is_integer(type: Type) -> bool:
    """Whether a type is that of an integer, or of an array that is one without dimensions."""
    if not isinstance(type, Number) and not (isinstance(type, Array) and type.dims == ()):
        return False
    return type.dtype is not None and type.dtype.kind in "iu"


def _counted(low: Lowering, a: Amount, n: Amount) -> Amount:
    """A place whose sign is not known, counted from the start."""
    if low.facts.holds(ZERO - a - ONE):
        return n + a
    name = low.indices.fresh("place")
    text = "{0} if {0} >= 0 else {0} + {1}"
    low.out.append(Assign(name, Apply(text, (Size(a), Size(n)))))
    return Amount.symbol(name)


def span(low: Lowering, x: Operand, n: Amount) -> tuple[Amount, Amount, int]:
    """Where a slice starts, how many places it has, and its step."""
    s = x if isinstance(x, Span) else Span(*(Lit(v) for v in _slice(x)))
    step = 1 if is_literal(s.step, None) else _number(s.step)
    if step == -1 and is_literal(s.start, None) and is_literal(s.stop, None):
        return n - ONE, n, -1
    if step < 1:
        raise Unlowered("a slice with a negative step")
    start = ZERO if is_literal(s.start, None) else edge(low, s.start, n)
    stop = n if is_literal(s.stop, None) else edge(low, s.stop, n)
    for least in (stop - start, start, n - stop):  # what is cut off at the end is NumPy's
        low.guard(least)
    if step == 1:
        return start, stop - start, 1
    name = low.indices.fresh("size")
    text = f"({{0}} + {step - 1}) // {step}"
    low.out.append(Assign(name, Apply(text, (Size(stop - start),))))
    low.facts.bound(name, ZERO, None)
    return start, Amount.symbol(name), step


def _slice(x: Operand) -> tuple[object, object, object]:
    assert isinstance(x, Lit)
    return x.value.start, x.value.stop, x.value.step


def _number(x: Operand) -> int:
    if isinstance(x, Lit) and isinstance(x.value, int):
        return x.value
    raise Unlowered("a slice whose step is not known")


def edge(low: Lowering, x: Operand, n: Amount) -> Amount:
    """Where a slice starts or stops, counted from the start."""
    a = low.amount(x)
    number = constant(a)
    if number is not None:
        return a if number >= 0 else n + a
    return a if low.facts.holds(a) else _counted(low, a, n)
