"""NumPy functions that make or describe arrays, where their argument may be a container."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from s2sad.frontend.infer import type_of
from s2sad.frontend.prims import template
from s2sad.frontend.values import Lazy, Range, Sequence, Value
from s2sad.ir.nodes import Lit
from s2sad.ir.types import Array, Number
from s2sad.rules.notation import RULES


def _array(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    """np.array of nested lists of numbers and arrays: stacked, level by level."""
    v = a[0]
    if isinstance(v, Range):
        args = [v.start, v.stop, v.step]
        return s.call(Lit(np.arange), args, k, n)
    if isinstance(v, Lazy):
        v = Sequence(list, s.elements(v, n))
    if not isinstance(v, Sequence):
        return s.apply(RULES[np.array], [v, *a[1:]], k, n)
    dtype = k.get("dtype", a[1] if len(a) > 1 else Lit(None))
    rows = [_array(s, [x], {}, n) if isinstance(x, Sequence) else x for x in v.items]
    if all(isinstance(x, Lit) for x in rows):
        values = [x.value for x in rows]
        made = np.array(values, dtype=s.static(dtype, "a dtype", n))
        return s.b.let(template(_spelled(made, dtype), 0, Array(made.dtype, made.shape)), ())
    made = s.b.let(RULES[np.stack], (tuple(s.operand(x, n) for x in rows), Lit(0)))
    if isinstance(dtype, Lit) and dtype.value is None:
        return made
    return s.call(s.attribute(made, "astype", n), [dtype], {}, n)


def _spelled(made: np.ndarray[Any, Any], dtype: Any) -> str:
    """The text of an array of literals."""
    if made.dtype.kind == "f" and not np.isfinite(made).all():
        text = "[" + ", ".join(f"float('{x}')" for x in made.ravel().tolist()) + "]"
        text += f").reshape({made.shape}" if made.ndim != 1 else ""
    else:
        text = repr(made.tolist())
    wanted = (
        ""
        if made.dtype in (np.dtype("f8"), np.dtype("i8")) and made.size
        else f", dtype=np.{made.dtype.name}"
    )
    return f"np.array({text}{wanted})"


def _asarray(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    if isinstance(a[0], Sequence | Lazy | Range):
        return _array(s, a, k, n)
    return s.apply(RULES[np.asarray], a, k, n)


def _shape(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    return s.attribute(s.array_operand(a[0], n), "shape", n)


def _ndim(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    t = type_of(s.array_operand(a[0], n))
    if isinstance(t, Number):
        return Lit(0)
    return s.attribute(a[0], "ndim", n)


def _size(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    if isinstance(type_of(s.array_operand(a[0], n)), Number):
        return Lit(1)
    return s.attribute(a[0], "size", n)


def _nonzero(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    """np.nonzero, and np.where of a condition alone: the places, as an array for each dimension."""
    x = s.current(s.array_operand(a[0], n))
    dims = getattr(type_of(x), "dims", None)
    if not dims:
        raise s.refuse("np.nonzero of an array of unknown rank", "give its type", n)
    found = Array(np.dtype(np.intp), (s.b.fresh(),))
    places = [
        s.b.let(template(f"np.nonzero({{0}})[{i}]", 1, found, pure=True), (x,))
        for i in range(len(dims))
    ]
    return Sequence(tuple, places)


def _flatnonzero(s: Any, a: list[Value], k: Any, n: Any) -> Value:
    x = s.current(s.array_operand(a[0], n))
    found = Array(np.dtype(np.intp), (s.b.fresh(),))
    return s.b.let(template("np.flatnonzero({0})", 1, found, pure=True), (x,))


def _where(s: Any, a: list[Value], k: dict[str, Value], n: Any) -> Value:
    if len(a) == 1 and not k:
        return _nonzero(s, a, k, n)
    return s.apply(RULES[np.where], a, k, n)


ARRAY_HANDLERS: dict[Any, Callable[..., Value]] = {
    np.nonzero: _nonzero, np.flatnonzero: _flatnonzero, np.where: _where,
    np.array: _array, np.asarray: _asarray, np.shape: _shape, np.ndim: _ndim, np.size: _size,
}  # fmt: skip
