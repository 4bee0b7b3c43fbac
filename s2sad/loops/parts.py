"""Reading and writing parts of arrays: `a[index]`, `a[index] = v` and `a[index] += v`."""

from __future__ import annotations

from collections.abc import Callable

from s2sad.ir.nodes import Let, Lit
from s2sad.ir.types import Array, Number
from s2sad.loops.elementwise import cast
from s2sad.loops.indexing import dtype_given, give_view, own, part_of, spread_over
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import Expr, Index, Store
from s2sad.loops.selecting import has_arrays, pick, unchanged, write
from s2sad.loops.values import Elements, Shape, Unlowered, in_memory, integer, viewed
from s2sad.runtime import index_add


def lower_getitem(low: Lowering, let: Let) -> None:
    """An element, a view, or its copy."""
    container = low.value(let.args[0])
    if isinstance(container, Shape):
        index = let.args[1]
        if not isinstance(index, Lit) or not isinstance(index.value, int):
            raise Unlowered("a part of a tuple of sizes", let.at)
        low.values[let.target] = integer(container.sizes[index.value])
        return
    base = low.array(let.args[0])
    if has_arrays(let.args[1]):
        pick(low, let, base)
        return
    part = part_of(low, base.extents, let.args[1])
    if isinstance(let.target.type, Number):
        low.assign(let.target, base.at(part.places(())))
        return
    check_type(let.target.type, let.target.hint)
    give_view(low, let, viewed(base, part.extents, part.places))


def lower_write(low: Lowering, let: Let) -> None:
    """`a[index] = v` and `a[index] += v`, after a copy where the old array is still needed."""
    array, index, value = let.args
    base = low.array(array)
    if not isinstance(let.target.type, Array) or not base.extents:
        raise Unlowered("a write to an array without dimensions", let.at)
    given = low.value(value)
    name = low.names.of(let.target)
    if isinstance(given, Elements) and given.place is not None and given.place[0] == name:
        given = low.fill(low.indices.fresh("alpha"), given.extents, given.dtype, given.at)
    own(low, let, base, name)
    op = "+" if let.primitive.of is index_add else ""

    def spread(extents: Index) -> Callable[[Index], Expr]:
        at = spread_over(low, given, extents)
        return lambda i: cast(at(i), dtype_given(given), base.dtype)

    if has_arrays(index):
        unchanged(low, index, name)
        write(low, name, base, index, op, spread)
    else:
        part = part_of(low, base.extents, index)
        value_at = spread(part.extents)
        low.nest(part.extents, lambda i: [Store(name, part.places(i), value_at(i), op)])
    low.values[let.target] = in_memory(name, base.extents, base.dtype)
