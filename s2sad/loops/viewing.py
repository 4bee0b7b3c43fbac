"""Other views of arrays, and other shapes of the same elements."""

from __future__ import annotations

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit, Operand
from s2sad.ir.types import Array, Number
from s2sad.loops.indexing import give_view
from s2sad.loops.lower import Lowering
from s2sad.loops.nodes import Apply, Assign, Index, Line, Name, Size, constant
from s2sad.loops.reducing import arguments
from s2sad.loops.values import ONE, ZERO, Elements, Shape, Unlowered, in_memory, viewed


def product(extents: Index) -> Amount:
    """The number of elements."""
    total = ONE
    for n in extents:
        total = total * n
    return total


def shape_of(low: Lowering, operand: Operand) -> Index:
    """Sizes given as a number or a tuple."""
    found = low.value(operand)
    return found.sizes if isinstance(found, Shape) else (low.amount(operand),)


def is_none(x: Operand | None) -> bool:
    """Whether an operand is None, or left out."""
    return x is None or (isinstance(x, Lit) and x.value is None)


def lower_broadcast(low: Lowering, let: Let) -> None:
    """`broadcast_to`: the same elements over more dimensions."""
    a = low.array(let.args[0])
    extents = shape_of(low, let.args[1])
    rank = len(a.extents)
    mine = extents[len(extents) - rank :]
    one = [constant(n) == 1 and constant(m) != 1 for n, m in zip(a.extents, mine, strict=True)]
    for n, m, single in zip(a.extents, mine, one, strict=True):
        if not single:
            low.same(n, m)

    def places(i: Index) -> Index:
        inner = i[len(i) - rank :] if rank else ()
        return tuple(ZERO if s else x for s, x in zip(one, inner, strict=True))

    give_view(low, let, viewed(a, extents, places))


def lower_sum_to(low: Lowering, let: Let) -> None:
    """A cotangent of sizes that are those of the operand after all."""
    a = low.array(let.args[0])
    extents = shape_of(low, let.args[1])
    if len(extents) != len(a.extents) or not extents:
        raise Unlowered("a sum to other sizes", let.at)
    for n, m in zip(a.extents, extents, strict=True):
        low.same(n, m)
    give_view(low, let, a)


def lower_transpose(low: Lowering, let: Let) -> None:
    """`transpose`, of given axes too."""
    a = low.array(let.args[0])
    rank = len(a.extents)
    given = arguments(let).get("axes")
    if given is None or is_none(given):
        order = tuple(reversed(range(rank)))
    elif isinstance(given, Lit) and isinstance(given.value, tuple | list):
        order = tuple(k % rank for k in given.value)
    else:
        raise Unlowered("a transpose of axes that are not known", let.at)
    permuted(low, let, a, order)


def permuted(low: Lowering, let: Let, a: Elements, order: tuple[int, ...]) -> None:
    """Axis k of the result is axis `order[k]` of `a`."""
    back = tuple(order.index(k) for k in range(len(order)))
    extents = tuple(a.extents[k] for k in order)
    give_view(low, let, viewed(a, extents, lambda i: tuple(i[k] for k in back)))


def lower_matrix_transpose(low: Lowering, let: Let) -> None:
    """The last two axes change places."""
    a = low.array(let.args[0])
    rank = len(a.extents)
    permuted(low, let, a, (*range(rank - 2), rank - 1, rank - 2))


def lower_expand_dims(low: Lowering, let: Let) -> None:
    """`expand_dims`: dimensions of size 1."""
    a = low.array(let.args[0])
    axis = let.args[1]
    if not isinstance(axis, Lit):
        raise Unlowered("an axis that is not known", let.at)
    axes = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    rank = len(a.extents) + len(axes)
    new = {k % rank for k in axes}
    rest = iter(a.extents)
    extents = tuple(ONE if k in new else next(rest) for k in range(rank))
    kept = [k for k in range(rank) if k not in new]
    give_view(low, let, viewed(a, extents, lambda i: tuple(i[k] for k in kept)))


def lower_swapaxes(low: Lowering, let: Let) -> None:
    """Two axes change places."""
    a = low.array(let.args[0])
    rank = len(a.extents)
    order = list(range(rank))
    given = [x.value for x in let.args[1:] if isinstance(x, Lit)]
    if len(given) != 2:
        raise Unlowered("np.swapaxes of axes that are not known", let.at)
    i, j = (k % rank for k in given)
    order[i], order[j] = order[j], order[i]
    permuted(low, let, a, tuple(order))


def lower_moveaxis(low: Lowering, let: Let) -> None:
    """Axes at other positions."""
    a = low.array(let.args[0])
    rank = len(a.extents)
    given = [x.value for x in let.args[1:] if isinstance(x, Lit)]
    if len(given) != 2:
        raise Unlowered("np.moveaxis of axes that are not known", let.at)
    source, target = ([k % rank for k in (x if isinstance(x, tuple) else (x,))] for x in given)
    order = [k for k in range(rank) if k not in source]
    for to, k in sorted(zip(target, source, strict=True)):
        order.insert(to, k)
    permuted(low, let, a, tuple(order))


def lower_squeeze(low: Lowering, let: Let) -> None:
    """Dimensions of size 1 left out."""
    a = low.array(let.args[0])
    rank = len(a.extents)
    axis = arguments(let).get("axis", Lit(None))
    if not isinstance(axis, Lit):
        raise Unlowered("np.squeeze of an axis that is not known", let.at)
    given = axis.value if isinstance(axis.value, tuple) else (axis.value,)
    ones = {k for k, n in enumerate(a.extents) if constant(n) == 1}
    gone = ones if axis.value is None else {k % rank for k in given}
    if axis.value is None and isinstance(let.target.type, Array):
        gone = gone if len(let.target.type.dims or ()) == rank - len(gone) else set()
    if not gone <= ones:
        raise Unlowered("np.squeeze of a size that may not be 1", let.at)
    kept = [k for k in range(rank) if k not in gone]

    def places(i: Index) -> Index:
        found = iter(i)
        return tuple(next(found) if k in kept else ZERO for k in range(rank))

    view = viewed(a, tuple(a.extents[k] for k in kept), places)
    if isinstance(let.target.type, Number):
        low.assign(let.target, view.at(()))
    else:
        give_view(low, let, view)


def lower_reshape(low: Lowering, let: Let) -> None:
    """Another shape of the same memory, by NumPy's own `reshape`; what is no memory is copied."""
    a = low.array(let.args[0])
    given = arguments(let)
    if not isinstance(let.target.type, Array) or not _plain_order(given.get("order")):
        raise Unlowered("a reshape in another order", let.at)
    extents = list(shape_of(low, given["shape"])) if "shape" in given else [product(a.extents)]
    unknown = [k for k, n in enumerate(extents) if constant(n) == -1]
    if unknown:
        rest = product(tuple(n for k, n in enumerate(extents) if k not in unknown))
        name = low.indices.fresh("size")
        low.out.append(
            Assign(name, Apply("{0} // max({1}, 1)", (Size(product(a.extents)), Size(rest))))
        )
        low.facts.bound(name, ZERO, None)
        extents[unknown[0]] = Amount.symbol(name)
    low.same(product(tuple(extents)), product(a.extents))
    name = low.indices.fresh("alpha")
    memory = low.materialized(a)
    shape = ", ".join(f"{{{k + 1}}}" for k in range(len(extents)))
    text = f"{name} = {{0}}.reshape(({shape}{',' if len(extents) == 1 else ''}))"
    low.out.append(Line(text, (Name(memory), *map(Size, extents)), (name,)))
    give_view(low, let, in_memory(name, tuple(extents), a.dtype))


def _plain_order(x: Operand | None) -> bool:
    return is_none(x) or (isinstance(x, Lit) and x.value in ("C", "K"))
