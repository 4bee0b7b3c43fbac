"""np.stack, np.concatenate and their kin, where what they join may be an array or a long list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.values import Growing, Sequence, Value
from s2sad.ir.nodes import Lit, Var
from s2sad.ir.types import Array
from s2sad.rules.table import definition, lookup

Lowered = Callable[[Any, Any, Any, Any], Value]


def _joining(f: Any, lowered: Lowered) -> Callable[..., Value]:
    """What to do for a function that joins arrays.

    lowered: the result for the rows of one array, which stands for a list of unknown length too.
    """

    def handle(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
        named = dict(zip(("arrays", "axis"), a, strict=False)) | k
        parts = named.pop("arrays") if "arrays" in named else named.pop("tup")
        casting, dtype = named.pop("casting", Lit("same_kind")), named.pop("dtype", Lit(None))
        axis, rest = named.get("axis", Lit(0)), len(named.keys() - {"axis"})
        if rest or len(a) > 2:
            raise s.refuse(f"np.{f.__name__} with these arguments", "name the arguments", n)
        plain = isinstance(dtype, Lit) and dtype.value is None
        whole = _whole(s, parts, n)
        if whole is not None:
            whole = whole if plain else _cast(s, whole, dtype, casting, n)
            made = lowered(s, whole, axis, n)
            shared = made is whole and isinstance(parts, Var) and plain
            return s.call(Lit(np.copy), [made], {}, n) if shared else s.own(s.operand(made))
        if not plain:
            items = [_cast(s, x, dtype, casting, n) for x in s.elements(parts, n)]
            parts = Sequence(tuple, items)
        given = [parts, axis] if "axis" in named else [parts]
        stated = definition(f)
        if stated is not None and stated.primal is not None:
            return s.call_library(stated.primal.function, given, {}, n)
        return s.apply(lookup(f), given, {}, n)

    return handle


def _whole(s: Any, parts: Value, n: Any) -> Value | None:
    """The array whose rows are joined; None for a list of which each item is known."""
    if isinstance(parts, Var):
        t = type_of(parts)
        return parts if isinstance(t, Array) and t.dims else None
    if not s.grows_by(parts):
        return None
    g = parts if isinstance(parts, Growing) else s.list_of(parts, n)
    s.demand_items(g, n)
    made: Value = s.as_array(g, n)
    return made


def _cast(s: Any, v: Value, dtype: Any, casting: Any, n: Any) -> Value:
    """An operand in the dtype that is asked for; TypeError where NumPy would not convert it."""
    x = s.array_operand(v, n)
    wanted, rule = np.dtype(s.static(dtype, "a dtype", n)), s.static(casting, "casting", n)
    have = getattr(type_of(x), "dtype", None)
    if have is not None and not np.can_cast(have, wanted, rule):
        raise TypeError(f"Cannot cast array data from {have} to {wanted} according to {rule!r}")
    return s.call(Lit(np.asarray), [x, Lit(wanted)], {}, n)


def _moved(s: Any, made: Value, axis: Any, n: Any) -> Value:
    """The rows as slices along another axis."""
    known = isinstance(axis, Lit) and axis.value == 0
    return made if known else s.call(Lit(np.moveaxis), [made, Lit(0), axis], {}, n)


def _stacked(s: Any, made: Any, axis: Any, n: Any) -> Value:
    if isinstance(axis, Lit) and axis.value == 0:
        return made
    return s.call(Lit(np.copy), [_moved(s, made, axis, n)], {"order": Lit("C")}, n)


def _concatenated(s: Any, made: Any, axis: Any, n: Any) -> Value:
    """The rows joined along one of their axes: two axes become one."""
    axis = s.static(axis, "axis", n)
    if axis is None:
        return s.call(Lit(np.ravel), [made], {}, n)
    rank = len(s.dims_of(made)) - 1
    if rank < 1:
        raise ValueError("zero-dimensional arrays cannot be concatenated")
    axis = axis % rank
    shape = s.attribute(made, "shape", n)
    sizes = [s.subscript(shape, Lit(i + 1), n) for i in range(rank)]
    sizes[axis] = Lit(-1)
    moved = _moved(s, made, Lit(axis), n)
    return s.call(Lit(np.reshape), [moved, Sequence(tuple, sizes)], {}, n)


def _vstacked(s: Any, made: Any, axis: Any, n: Any) -> Value:
    rank = len(s.dims_of(made))
    if rank == 1:
        return s.call(Lit(np.expand_dims), [made, Lit(1)], {}, n)
    return made if rank == 2 else _concatenated(s, made, Lit(0), n)


def _hstacked(s: Any, made: Any, axis: Any, n: Any) -> Value:
    rank = len(s.dims_of(made))
    return made if rank == 1 else _concatenated(s, made, Lit(0 if rank == 2 else 1), n)


def _dstacked(s: Any, made: Any, axis: Any, n: Any) -> Value:
    rank = len(s.dims_of(made))
    if rank > 3:
        return _concatenated(s, made, Lit(2), n)
    last = _moved(s, made, Lit(-1), n)
    axes = Sequence(tuple, [Lit(i) for i in range(3 - rank)])
    return s.call(Lit(np.expand_dims), [last, axes], {}, n) if rank < 3 else last


def _columns(s: Any, made: Any, axis: Any, n: Any) -> Value:
    rank = len(s.dims_of(made))
    if rank > 2:
        return _concatenated(s, made, Lit(1), n)
    if rank == 1:
        return s.call(Lit(np.expand_dims), [made, Lit(0)], {}, n)
    return s.call(Lit(np.transpose), [made], {}, n)


JOINED_HANDLERS: dict[Any, Callable[..., Value]] = {
    f: _joining(f, lowered)
    for f, lowered in (
        (np.stack, _stacked), (np.concatenate, _concatenated), (np.vstack, _vstacked),
        (np.hstack, _hstacked), (np.dstack, _dstacked), (np.column_stack, _columns),
    )
}  # fmt: skip
