"""Arrays of places and boolean masks: elements picked, written and added to one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit, Operand, Span, Var
from s2sad.ir.types import Array
from s2sad.loops.elementwise import broadcast, element
from s2sad.loops.indexing import index_items, is_literal, position, span
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Guard,
    If,
    Index,
    Item,
    Name,
    Size,
    Stmt,
    Store,
    items_in,
)
from s2sad.loops.values import ONE, ZERO, Elements, Shape, Unlowered, in_memory

Placed = Callable[[Index], tuple[list[Stmt], Index]]


@dataclass(frozen=True, slots=True)
class Selected:
    """What an index with arrays names: its sizes, and how the place of each element is found."""

    extents: Index
    places: Placed


def has_arrays(index: Operand) -> bool:
    """Whether an index has an array in it."""
    return any(_is_array(x) for x in index_items(index))


def _is_array(x: Operand) -> bool:
    if isinstance(x, Var):
        return isinstance(x.type, Array) and x.type.dims != ()
    return isinstance(x, Lit) and isinstance(x.value, np.ndarray | list)


def is_mask(index: Operand) -> bool:
    """Whether an index is one array of booleans."""
    items = index_items(index)
    if len(items) != 1 or not isinstance(items[0], Var):
        return False
    type = items[0].type
    return isinstance(type, Array) and type.dtype == np.dtype("?") and bool(type.dims)


# ---- masks -------------------------------------------------------------------------------------


def masked(low: Lowering, base: Elements, index: Operand) -> Elements:
    """The mask, whose sizes are those of the first dimensions of the array."""
    mask = low.array(index_items(index)[0])
    if len(mask.extents) > len(base.extents):
        raise Unlowered("a mask of more dimensions than the array")
    for n, m in zip(mask.extents, base.extents, strict=False):
        low.same(n, m)
    return mask


def count_of(low: Lowering, mask: Elements, index: Operand) -> Amount:
    """How many elements of a mask are true."""
    var = index_items(index)[0]
    assert isinstance(var, Var)
    if var in low.counts:
        return low.counts[var]
    count = low.indices.fresh("count")
    low.out.append(Assign(count, Const("0")))
    low.nest(mask.extents, lambda i: [If(mask.at(i), [_one_more(count)], [])])
    low.facts.bound(count, ZERO, None)
    low.counts[var] = Amount.symbol(count)
    return low.counts[var]


def _one_more(name: str) -> Stmt:
    return Assign(name, Apply("{0} + 1", (Name(name),)))


def over_mask(
    low: Lowering, mask: Elements, rest: Index, body: Callable[[Index, Index], list[Stmt]]
) -> None:
    """Loops over what a mask picks: `body` of the place in the array and of that in the part."""
    row = low.indices.fresh("row")
    low.out.append(Assign(row, Const("0")))
    at = Amount.symbol(row)

    def one(i: Index) -> list[Stmt]:
        inner = low.loops(rest, lambda j: body((*i, *j), (at, *j)))
        return [If(mask.at(i), [*inner, _one_more(row)], [])]

    low.nest(mask.extents, one)


# ---- arrays of places --------------------------------------------------------------------------


def selection(low: Lowering, extents: Index, index: Operand) -> Selected:
    """An index of arrays of integers, and of integers and slices beside them."""
    items = _full(index_items(index), len(extents))
    places: list[tuple[int, Elements | Amount]] = []
    slices: list[tuple[int, Amount, int, Amount]] = []
    where: list[int] = []
    axis = 0
    for at, x in enumerate(items):
        if is_literal(x, None):
            slices.append((-1, ZERO, 1, ONE))
            continue
        n = extents[axis]
        if isinstance(x, Span) or (isinstance(x, Lit) and isinstance(x.value, slice)):
            start, count, step = span(low, x, n)
            slices.append((axis, start, step, count))
        else:
            where.append(at)
            places.append((axis, integers(low, x) if _is_array(x) else position(low, x, n)))
        axis += 1
    adjacent = where == list(range(where[0], where[0] + len(where)))
    before = sum(1 for at in range(where[0]) if at not in where) if adjacent else 0
    arrays = [p for _, p in places if isinstance(p, Elements)]
    common = broadcast(low, arrays)
    sizes = [s[3] for s in slices]
    made = (*sizes[:before], *common, *sizes[before:])
    return Selected(made, _placed(low, extents, places, slices, before, len(common)))


def _placed(
    low: Lowering, extents: Index, places: list[tuple[int, Elements | Amount]],
    slices: list[tuple[int, Amount, int, Amount]], before: int, common: int,
) -> Placed:  # fmt: skip
    """How the place of an element is found: that of each array is counted from the start."""

    def at(i: Index) -> tuple[list[Stmt], Index]:
        found: dict[int, Amount] = {}
        lines: list[Stmt] = []
        mine = i[before : before + common]
        for axis, p in places:
            if isinstance(p, Amount):
                found[axis] = p
                continue
            name = low.indices.fresh("place")
            n = Size(extents[axis])
            lines.append(Assign(name, element(p, mine)))
            low_end = Apply("{0} + {1} if {0} < 0 else {0}", (Name(name), n))
            lines.append(Assign(name, low_end))
            lines.append(Guard(Apply("0 <= {0} < {1}", (Name(name), n))))
            found[axis] = Amount.symbol(name)
        others = (*i[:before], *i[before + common :])
        for (axis, start, step, _), k in zip(slices, others, strict=True):
            if axis >= 0:
                found[axis] = start + k * Amount.number(step)
        return lines, tuple(found[k] for k in range(len(extents)))

    return at


def integers(low: Lowering, x: Operand) -> Elements:
    """An array of places."""
    found = low.array(x)
    if found.dtype != np.dtype("i8"):
        raise Unlowered(f"an array of {found.dtype} beside others as an index")
    return found


def _full(items: tuple[Operand, ...], rank: int) -> list[Operand]:
    """An index with a slice for each dimension that is not named."""
    given = sum(not is_literal(x, None) and not is_literal(x, Ellipsis) for x in items)
    rest: list[Operand] = [Lit(slice(None))] * (rank - given)
    found: list[Operand] = []
    for x in items:
        found += rest if is_literal(x, Ellipsis) else [x]
    return found if any(is_literal(x, Ellipsis) for x in items) else found + rest


# ---- reading and writing -----------------------------------------------------------------------


def pick(low: Lowering, let: Let, base: Elements) -> None:
    """`a[index]` with arrays in the index: a new array."""
    check_type(let.target.type, let.target.hint)
    index = let.args[1]
    name = low.names.of(let.target)
    probe = tuple(Amount.symbol("?") for _ in base.extents)
    shared = any(x.array == name for x in items_in(base.at(probe)))
    into = low.indices.fresh("alpha") if shared else name
    if is_mask(index):
        mask = masked(low, base, index)
        rest = base.extents[len(mask.extents) :]
        extents: Index = (count_of(low, mask, index), *rest)
        low.out.append(Alloc(into, base.dtype.str[1:], extents))
        over_mask(low, mask, rest, lambda i, k: [Store(into, k, base.at(i))])
    else:
        part = selection(low, base.extents, index)
        extents = part.extents
        low.out.append(Alloc(into, base.dtype.str[1:], extents))

        def one(i: Index) -> list[Stmt]:
            lines, place = part.places(i)
            return [*lines, Store(into, i, base.at(place))]

        low.nest(extents, one)
    if into != name:
        low.out.append(Assign(name, Name(into)))
    low.values[let.target] = in_memory(name, extents, base.dtype)


def write(
    low: Lowering, name: str, base: Elements, index: Operand, op: str,
    spread: Callable[[Index], Callable[[Index], Expr]],
) -> None:  # fmt: skip
    """`a[index] = v` and `a[index] += v`, in order, repeated places one after the other.

    spread: the elements of the value over a part of given sizes.
    """
    if not is_mask(index):
        part = selection(low, base.extents, index)
        given = spread(part.extents)

        def one(i: Index) -> list[Stmt]:
            lines, place = part.places(i)
            return [*lines, Store(name, place, given(i), op)]

        low.nest(part.extents, one)
        return
    mask = masked(low, base, index)
    rest = base.extents[len(mask.extents) :]
    given = spread((count_of(low, mask, index), *rest))
    over_mask(low, mask, rest, lambda i, k: [Store(name, i, given(k), op)])


def unchanged(low: Lowering, index: Operand, name: str) -> None:
    """Raise where the index is in the array that is written."""
    for x in index_items(index):
        if isinstance(x, Var) and _is_array(x):
            found = low.array(x)
            probe = tuple(Amount.symbol("?") for _ in found.extents)
            if any(y.array == name for y in items_in(found.at(probe))):
                raise Unlowered("an array that is its own index")


def lower_last_writes(low: Lowering, let: Let) -> None:
    """Which values stay when one writes at an index: those whose number stands there at the end."""
    shape = low.value(let.args[0])
    index = let.args[1]
    if not isinstance(shape, Shape) or not has_arrays(index) or is_mask(index):
        raise Unlowered("last_writes of what is no array of places", let.at)
    check_type(let.target.type, "last_writes")
    part = selection(low, shape.sizes, index)
    name, order = low.names.of(let.target), low.indices.fresh("order")
    low.out.append(Alloc(order, "i8", shape.sizes))
    low.out.append(Alloc(name, "b1", part.extents))

    def number(i: Index) -> Amount:
        total = ZERO
        for n, k in zip(part.extents, i, strict=True):
            total = total * n + k
        return total

    def write_number(i: Index) -> list[Stmt]:
        lines, place = part.places(i)
        return [*lines, Store(order, place, Size(number(i)))]

    def compare(i: Index) -> list[Stmt]:
        lines, place = part.places(i)
        stays = Apply("{0} == {1}", (Item(order, place), Size(number(i))))
        return [*lines, Store(name, i, stays)]

    low.nest(part.extents, write_number)
    low.nest(part.extents, compare)
    low.values[let.target] = in_memory(name, part.extents, np.dtype("?"))
