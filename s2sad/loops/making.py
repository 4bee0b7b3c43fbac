"""New arrays, other views of arrays, and what is asked of their sizes."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Lit, Operand, Var
from s2sad.ir.types import Array, Number
from s2sad.loops.elementwise import cast, is_elementwise, lower_elementwise, result_dtype
from s2sad.loops.indexing import give_view, lower_getitem, lower_write
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Guard,
    Index,
    Line,
    Name,
    Size,
    constant,
)
from s2sad.loops.reducing import arguments, lower_extremum, lower_matmul, lower_sum
from s2sad.loops.values import (
    ONE,
    ZERO,
    Elements,
    Handle,
    Scalar,
    Shape,
    Unlowered,
    in_memory,
    integer,
    viewed,
)
from s2sad.rules.creation import astype
from s2sad.runtime import check_apart, copy_array, index_add, spread, store, sum_to

Handler = Callable[[Lowering, Let], None]


def lower_let(low: Lowering, let: Let) -> None:
    """One statement of the IR."""
    if not low.plan.is_read(let.target, low.live.after.get(let, ~0)) and let.primitive.pure:
        return
    text = getattr(let.primitive.of, "__s2sad_template__", None)
    if text is not None:
        _template(low, let, text)
    elif is_elementwise(let):
        lower_elementwise(low, let)
    elif let.primitive.of in HANDLERS:
        HANDLERS[let.primitive.of](low, let)
    else:
        raise Unlowered(let.primitive.name, let.at)


def _template(low: Lowering, let: Let, text: str) -> None:
    if text in ("{0}.shape", "np.shape({0})"):
        low.values[let.target] = Shape(low.array(let.args[0]).extents)
    elif text == "len({0})":
        low.values[let.target] = _length(low, let)
    elif text == "{0}.ndim":
        low.values[let.target] = integer(Amount.number(len(low.array(let.args[0]).extents)))
    elif text == "{0}.size":
        low.values[let.target] = integer(_product(low.array(let.args[0]).extents))
    elif text == "max({0}, 0)":
        _trips(low, let)
    elif text == "not {0}":
        low.assign(let.target, Apply("not {0}", (low.scalar(let.args[0]).expr,)))
    elif text == "{0}" and isinstance(let.target.type, Number | Array):
        low.values[let.target] = low.value(let.args[0])
    elif text == "[]":
        name = low.names.of(let.target)
        low.out.append(Line(f"{name} = []", (), (name,)))
        low.values[let.target] = Handle(name)
    elif text.startswith("np.empty("):
        _empty(low, let, text)
    elif text.startswith("raise "):
        low.out.append(Guard(Const("False")))
    else:
        raise Unlowered(text, let.at)


def _length(low: Lowering, let: Let) -> Scalar:
    found = low.value(let.args[0])
    if isinstance(found, Shape):
        return integer(Amount.number(len(found.sizes)))
    if isinstance(found, Elements) and found.extents:
        return integer(found.extents[0])
    raise Unlowered("len of a number", let.at)


def _trips(low: Lowering, let: Let) -> None:
    """How often a loop runs."""
    n = low.amount(let.args[0])
    if not low.facts.holds(n):
        name = low.indices.fresh("trips")
        low.out.append(Assign(name, Apply("max({0}, 0)", (Size(n),))))
        low.facts.bound(name, ZERO, None)
        low.facts.learn(Amount.symbol(name) - n)
        n = Amount.symbol(name)
    low.values[let.target] = integer(n)


def _empty(low: Lowering, let: Let, text: str) -> None:
    """A tape: memory of the dtype of its type."""
    type = let.target.type
    check_type(type, "a tape")
    assert isinstance(type, Array)
    inner = text.removeprefix("np.empty(").split(")")[0] if "((" not in text else None
    if inner == "{0}" or (inner is None and text.count("{") == len(let.args)):
        sizes = low.value(let.args[0])
        extents = (
            sizes.sizes if isinstance(sizes, Shape) else tuple(low.amount(a) for a in let.args)
        )
    else:
        raise Unlowered(text, let.at)
    if len(extents) != len(type.dims or ()):
        raise Unlowered(text, let.at)
    _allocated(low, let, extents, "empty")


def _allocated(low: Lowering, let: Let, extents: Index, fill: str) -> None:
    name = low.names.of(let.target)
    dtype = result_dtype(let)
    low.out.append(Alloc(name, dtype.str[1:], extents, fill))
    low.values[let.target] = in_memory(name, extents, dtype)


def _product(extents: Index) -> Amount:
    total = ONE
    for n in extents:
        total = total * n
    return total


def _shape_of(low: Lowering, operand: Operand) -> Index:
    """Sizes given as a number or a tuple."""
    found = low.value(operand)
    return found.sizes if isinstance(found, Shape) else (low.amount(operand),)


def lower_filled(fill: Expr | None, *, like: bool) -> Handler:
    """`zeros`, `ones`, `empty`, `full`, and with `_like`; None: the second operand is the value."""

    def handle(low: Lowering, let: Let) -> None:
        check_type(let.target.type, let.primitive.name)
        first = let.args[0]
        extents = low.array(first).extents if like else _shape_of(low, first)
        if like and not _is_none(arguments(let).get("shape")):
            raise Unlowered(f"{let.primitive.name} with shape", let.at)
        if not extents:
            raise Unlowered("an array without dimensions", let.at)
        dtype = result_dtype(let)
        if fill == Const("0") or fill == Const(""):
            _allocated(low, let, extents, "zeros" if fill == Const("0") else "empty")
            return
        given = low.scalar(let.args[1]) if fill is None else None
        value = given.expr if given is not None else fill
        kind = given.dtype if given is not None else np.dtype("f8")
        assert value is not None
        element = cast(value, kind, dtype)
        name = low.names.of(let.target)
        low.values[let.target] = low.fill(name, extents, dtype, lambda _: element)

    return handle


def _is_none(x: Operand | None) -> bool:
    return x is None or (isinstance(x, Lit) and x.value is None)


def lower_copy(low: Lowering, let: Let) -> None:
    """A copy, also to another dtype."""
    a = low.array(let.args[0])
    dtype = result_dtype(let)
    if isinstance(let.target.type, Number):
        low.assign(let.target, cast(a.at(()), a.dtype, dtype))
        return
    if not a.extents:
        raise Unlowered("a copy of an array without dimensions", let.at)
    if dtype.kind in "ib" and a.dtype.kind == "f":
        raise Unlowered("floating numbers cut off to integers", let.at)
    name = low.names.of(let.target)
    at = a.at
    low.values[let.target] = low.fill(name, a.extents, dtype, lambda i: cast(at(i), a.dtype, dtype))


def lower_broadcast(low: Lowering, let: Let) -> None:
    """`broadcast_to`: the same elements over more dimensions."""
    a = low.array(let.args[0])
    extents = _shape_of(low, let.args[1])
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
    extents = _shape_of(low, let.args[1])
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
    if given is None or _is_none(given):
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


def lower_reshape(low: Lowering, let: Let) -> None:
    """Another shape of the same memory, by NumPy's own `reshape`; what is no memory is copied."""
    a = low.array(let.args[0])
    given = arguments(let)
    if not isinstance(let.target.type, Array) or not _plain_order(given.get("order")):
        raise Unlowered("a reshape in another order", let.at)
    extents = list(_shape_of(low, given["shape"])) if "shape" in given else [_product(a.extents)]
    unknown = [k for k, n in enumerate(extents) if constant(n) == -1]
    if unknown:
        rest = _product(tuple(n for k, n in enumerate(extents) if k not in unknown))
        name = low.indices.fresh("size")
        low.out.append(
            Assign(name, Apply("{0} // max({1}, 1)", (Size(_product(a.extents)), Size(rest))))
        )
        low.facts.bound(name, ZERO, None)
        extents[unknown[0]] = Amount.symbol(name)
    low.same(_product(tuple(extents)), _product(a.extents))
    name = low.indices.fresh("alpha")
    memory = low.materialized(a)
    shape = ", ".join(f"{{{k + 1}}}" for k in range(len(extents)))
    text = f"{name} = {{0}}.reshape(({shape}{',' if len(extents) == 1 else ''}))"
    low.out.append(Line(text, (Name(memory), *map(Size, extents)), (name,)))
    give_view(low, let, in_memory(name, tuple(extents), a.dtype))


def _plain_order(x: Operand | None) -> bool:
    return _is_none(x) or (isinstance(x, Lit) and x.value in ("C", "K"))


def lower_check_apart(low: Lowering, let: Let) -> None:
    """Done before the kernel is called, which writes to none of its arguments."""
    groups = []
    for group in let.args[:2]:
        assert isinstance(group, tuple)
        groups.append(tuple(low.names.of(v) for v in group if isinstance(v, Var)))
    low.checks.append((groups[0], groups[1]))


def lower_like(low: Lowering, let: Let) -> None:
    """A value spread over given sizes."""
    lower_broadcast(low, let)


HANDLERS: dict[object, Handler] = {
    operator.getitem: lower_getitem,
    store: lower_write,
    index_add: lower_write,
    np.sum: lower_sum,
    np.count_nonzero: lower_sum,
    np.max: lower_extremum,
    np.min: lower_extremum,
    operator.matmul: lower_matmul,
    np.matmul: lower_matmul,
    np.dot: lower_matmul,
    np.zeros: lower_filled(Const("0"), like=False),
    np.empty: lower_filled(Const(""), like=False),
    np.ones: lower_filled(Const("1.0"), like=False),
    np.full: lower_filled(None, like=False),
    np.zeros_like: lower_filled(Const("0"), like=True),
    np.empty_like: lower_filled(Const(""), like=True),
    np.ones_like: lower_filled(Const("1.0"), like=True),
    np.full_like: lower_filled(None, like=True),
    np.copy: lower_copy,
    astype: lower_copy,
    copy_array: lower_copy,
    np.broadcast_to: lower_broadcast,
    spread: lower_like,
    sum_to: lower_sum_to,
    np.transpose: lower_transpose,
    np.matrix_transpose: lower_matrix_transpose,
    np.expand_dims: lower_expand_dims,
    np.reshape: lower_reshape,
    np.ravel: lower_reshape,
    check_apart: lower_check_apart,
}
