"""The type of a value that comes from one of two paths."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.ir.types import OPAQUE, UNKNOWN, Array, Number, Shape, Tape, Type


def join(a: Type, b: Type, fresh: Any) -> Type:
    """The type of a value that is of type `a` on one path and of type `b` on the other."""
    if a == b:
        return a
    if isinstance(a, Number) and isinstance(b, Number):
        return _join_numbers(a, b)
    if isinstance(a, Tape) or isinstance(b, Tape):
        return a
    if isinstance(a, Shape) and isinstance(b, Shape):
        return Shape(_join_dims(a.dims, b.dims, fresh))
    if isinstance(a, Number | Array) and isinstance(b, Number | Array):
        return _join_arrays(a, b, fresh)
    if a in (OPAQUE, UNKNOWN) or b in (OPAQUE, UNKNOWN):
        return UNKNOWN
    return OPAQUE


def _join_numbers(a: Number, b: Number) -> Number:
    size = a.size if a.size == b.size else None
    if a.weak == b.weak:
        return Number(np.promote_types(a.dtype, b.dtype), a.weak, size)
    strong, weak = (b, a) if a.weak else (a, b)
    promoted = np.result_type(strong.dtype, weak.dtype.type(0).item())
    return Number(promoted, False, size)


def _join_arrays(a: Any, b: Any, fresh: Any) -> Array:
    known = a.dtype is not None and b.dtype is not None
    dtype: np.dtype | None
    if known and isinstance(a, Number) and a.weak:
        dtype = np.result_type(b.dtype, a.dtype.type(0).item())
    elif known and isinstance(b, Number) and b.weak:
        dtype = np.result_type(a.dtype, b.dtype.type(0).item())
    else:
        dtype = np.promote_types(a.dtype, b.dtype) if known else None
    if isinstance(a, Number) != isinstance(b, Number):
        return Array(dtype, None)
    return Array(dtype, _join_dims(a.dims, b.dims, fresh))


def _join_dims(a: Any, b: Any, fresh: Any) -> Any:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else fresh() for x, y in zip(a, b, strict=True))
