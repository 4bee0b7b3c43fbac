"""New arrays, other views of arrays, and what is asked of their sizes."""

from __future__ import annotations

import operator
from collections.abc import Callable

import numpy as np

from s2sad.analysis.sizes import Amount
from s2sad.ir.nodes import Let, Var
from s2sad.ir.types import Array, Number
from s2sad.loops.assembling import (
    lower_arange,
    lower_concatenate,
    lower_eye,
    lower_flip,
    lower_outer,
    lower_stack,
)
from s2sad.loops.contractions import (
    lower_einsum,
    lower_inner,
    lower_product,
    lower_tensordot,
)
from s2sad.loops.diagonals import (
    lower_diag,
    lower_diagonal,
    lower_linspace,
    lower_place_of_extremum,
    lower_roll,
    lower_trace,
    lower_triangle,
)
from s2sad.loops.elementwise import cast, is_elementwise, lower_elementwise, result_dtype
from s2sad.loops.indexing import give_view
from s2sad.loops.lower import Lowering, check_type
from s2sad.loops.matrices import lower_cholesky, lower_det, lower_inv, lower_solve
from s2sad.loops.nodes import (
    Alloc,
    Apply,
    Assign,
    Const,
    Expr,
    Guard,
    Index,
    Line,
    Size,
    constant,
)
from s2sad.loops.parts import lower_getitem, lower_write
from s2sad.loops.reducing import arguments, lower_extremum, lower_sum, lower_vdot
from s2sad.loops.scanning import (
    lower_cumprod_bar,
    lower_cumsum,
    lower_mean,
    lower_prod,
    lower_recurrence,
)
from s2sad.loops.selecting import lower_last_writes
from s2sad.loops.templates import (
    lower_place,
    lower_resized,
    lower_room,
    lower_template,
    template_of,
)
from s2sad.loops.values import (
    ZERO,
    Elements,
    Handle,
    Shape,
    Unlowered,
    in_memory,
    integer,
)
from s2sad.loops.viewing import (
    is_none,
    lower_broadcast,
    lower_expand_dims,
    lower_matrix_transpose,
    lower_moveaxis,
    lower_reshape,
    lower_squeeze,
    lower_sum_to,
    lower_swapaxes,
    lower_transpose,
    product,
    shape_of,
)
from s2sad.rules.creation import astype
from s2sad.runtime import (
    check_apart,
    copy_array,
    index_add,
    last_writes,
    place,
    resized,
    room,
    scatter,
    spread,
    store,
    sum_to,
)
from s2sad.sequences import cumprod_bar, recurrence

Handler = Callable[[Lowering, Let], None]


def lower_let(low: Lowering, let: Let) -> None:
    """One statement of the IR."""
    _lower(low, let)
    low.learn_size_names(let.target.type, low.values.get(let.target))


def _lower(low: Lowering, let: Let) -> None:
    if not low.plan.is_read(let.target, low.live.after.get(let, ~0)) and let.primitive.pure:
        return
    text = template_of(let.primitive)
    if text is not None:
        _template(low, let, text)
    elif is_elementwise(let):
        lower_elementwise(low, let)
    elif let.primitive.of in HANDLERS:
        HANDLERS[let.primitive.of](low, let)
    else:
        raise Unlowered(let.primitive.name, let.at)


def _template(low: Lowering, let: Let, text: str) -> None:
    if text in TEMPLATES:
        TEMPLATES[text](low, let)
    elif text == "{0}" and isinstance(let.target.type, Number | Array):
        low.values[let.target] = low.value(let.args[0])
    elif text.startswith("np.empty("):
        _empty(low, let, text)
    elif text.startswith("raise "):
        low.out.append(Guard(Const("False")))
    else:
        lower_template(low, let, text)


def _shape(low: Lowering, let: Let) -> None:
    low.values[let.target] = Shape(low.array(let.args[0]).extents)


def _ndim(low: Lowering, let: Let) -> None:
    low.values[let.target] = integer(Amount.number(len(low.array(let.args[0]).extents)))


def _size(low: Lowering, let: Let) -> None:
    low.values[let.target] = integer(product(low.array(let.args[0]).extents))


def _not(low: Lowering, let: Let) -> None:
    low.assign(let.target, Apply("not {0}", (low.scalar(let.args[0]).expr,)))


def _stack(low: Lowering, let: Let) -> None:
    name = low.names.of(let.target)
    low.out.append(Line(f"{name} = []", (), (name,)))
    low.values[let.target] = Handle(name)


def _trips_of(low: Lowering, let: Let) -> None:
    """How often a loop over a range runs, or 0 where its bound is negative."""
    if len(let.args) == 1:
        _trips(low, let, low.amount(let.args[0]))
    elif len(let.args) == 2:
        _trips(low, let, low.amount(let.args[1]) - low.amount(let.args[0]))
    else:
        _trips(low, let, _steps(low, let))


def _of_python(low: Lowering, let: Let) -> None:
    """A number as one of Python's."""
    text = let.primitive.name
    found = low.scalar(let.args[0])
    if text == "int({0})" and found.dtype.kind == "f":
        low.out.append(Guard(Apply("abs({0}) < 9e18", (found.expr,))))
        low.assign(let.target, Apply("np.int64({0})", (found.expr,)))
    elif text == "bool({0})":
        low.assign(let.target, Apply("{0} != 0", (found.expr,)))
    elif text in ("float({0})", "float", "np.float64", "np.float32"):
        low.assign(let.target, cast(found.expr, found.dtype, result_dtype(let)))
    else:
        low.values[let.target] = found


def _length(low: Lowering, let: Let) -> None:
    found = low.value(let.args[0])
    if isinstance(found, Shape):
        low.values[let.target] = integer(Amount.number(len(found.sizes)))
    elif isinstance(found, Elements) and found.extents:
        low.values[let.target] = integer(found.extents[0])
    else:
        raise Unlowered("len of a number", let.at)


def _steps(low: Lowering, let: Let) -> Amount:
    """How many steps lead from a start to a stop; negative where it is the other way."""
    start, stop, step = (low.amount(a) for a in let.args)
    n = constant(step)
    if not n:
        raise Unlowered("a range whose step is not known", let.at)
    if n == -1:
        return start - stop
    name = low.indices.fresh("trips")
    distance, by = (stop - start, n) if n > 0 else (start - stop, -n)
    low.out.append(Assign(name, Apply(f"({{0}} + {by - 1}) // {by}", (Size(distance),))))
    return Amount.symbol(name)


def _trips(low: Lowering, let: Let, n: Amount) -> None:
    """How often a loop runs."""
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
    if text.startswith("np.empty(({0}, *{1}.shape)"):
        extents: Index = (low.amount(let.args[0]), *low.array(let.args[1]).extents)
    elif text.startswith("np.empty({0}"):
        extents = shape_of(low, let.args[0])
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


def lower_filled(fill: Expr | None, *, like: bool) -> Handler:
    """`zeros`, `ones`, `empty`, `full`, and with `_like`; None: the second operand is the value."""

    def handle(low: Lowering, let: Let) -> None:
        check_type(let.target.type, let.primitive.name)
        first = let.args[0]
        extents = low.array(first).extents if like else shape_of(low, first)
        if like and not is_none(arguments(let).get("shape")):
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


def lower_asarray(low: Lowering, let: Let) -> None:
    """`np.asarray`: the array itself, or a copy to another dtype."""
    a = low.array(let.args[0])
    if a.dtype == result_dtype(let) and a.extents and isinstance(let.target.type, Array):
        give_view(low, let, a)
    else:
        lower_copy(low, let)


def lower_check_apart(low: Lowering, let: Let) -> None:
    """Done before the kernel is called, which writes to none of its arguments."""
    groups = []
    for group in let.args[:2]:
        assert isinstance(group, tuple)
        groups.append(tuple(low.names.of(v) for v in group if isinstance(v, Var)))
    low.checks.append((groups[0], groups[1]))


TEMPLATES: dict[str, Handler] = {
    "{0}.shape": _shape,
    "np.shape({0})": _shape,
    "len({0})": _length,
    "{0}.ndim": _ndim,
    "{0}.size": _size,
    "max({0}, 0)": _trips_of,
    "len(range({0}))": _trips_of,
    "len(range({0}, {1}))": _trips_of,
    "len(range({0}, {1}, {2}))": _trips_of,
    "not {0}": _not,
    "[]": _stack,
    "int({0})": _of_python,
    "bool({0})": _of_python,
    "float({0})": _of_python,
}

HANDLERS: dict[object, Handler] = {
    operator.getitem: lower_getitem,
    store: lower_write,
    index_add: lower_write,
    scatter: lower_write,
    np.diag: lower_diag,
    np.diagonal: lower_diagonal,
    np.trace: lower_trace,
    np.tril: lower_triangle,
    np.triu: lower_triangle,
    np.roll: lower_roll,
    np.argmax: lower_place_of_extremum,
    np.argmin: lower_place_of_extremum,
    np.linspace: lower_linspace,
    np.einsum: lower_einsum,
    np.tensordot: lower_tensordot,
    np.inner: lower_inner,
    np.asarray: lower_asarray,
    last_writes: lower_last_writes,
    np.cumprod: lower_cumsum,
    cumprod_bar: lower_cumprod_bar,
    recurrence: lower_recurrence,
    np.vdot: lower_vdot,
    np.moveaxis: lower_moveaxis,
    np.sum: lower_sum,
    np.count_nonzero: lower_sum,
    np.max: lower_extremum,
    np.min: lower_extremum,
    operator.matmul: lower_product,
    np.matmul: lower_product,
    np.dot: lower_product,
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
    spread: lower_broadcast,
    sum_to: lower_sum_to,
    np.transpose: lower_transpose,
    np.matrix_transpose: lower_matrix_transpose,
    np.expand_dims: lower_expand_dims,
    np.reshape: lower_reshape,
    np.ravel: lower_reshape,
    check_apart: lower_check_apart,
    float: _of_python,
    np.float64: _of_python,
    np.float32: _of_python,
    place: lower_place,
    room: lower_room,
    resized: lower_resized,
    np.mean: lower_mean,
    np.prod: lower_prod,
    np.cumsum: lower_cumsum,
    np.stack: lower_stack,
    np.concatenate: lower_concatenate,
    np.arange: lower_arange,
    np.eye: lower_eye,
    np.identity: lower_eye,
    np.outer: lower_outer,
    np.flip: lower_flip,
    np.swapaxes: lower_swapaxes,
    np.squeeze: lower_squeeze,
    np.linalg.inv: lower_inv,
    np.linalg.solve: lower_solve,
    np.linalg.cholesky: lower_cholesky,
    np.linalg.det: lower_det,
}
