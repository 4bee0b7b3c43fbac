"""The type of a value that comes from one of two paths."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from s2sad.ir.types import OPAQUE, UNKNOWN, Array, Kind, Number, Shape, Tape, Type, kinds_of


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
        found = Number(np.promote_types(a.dtype, b.dtype), a.weak, size)
    else:
        strong, weak = (b, a) if a.weak else (a, b)
        found = Number(np.result_type(strong.dtype, weak.dtype.type(0).item()), False, size)
    if found.dtype.kind != "f":
        return found
    kinds = {kind for t in (a, b) for kind in map(_floating, t.kinds)} - {(found.dtype, found.weak)}
    stored = a.stored or b.stored
    return replace(found, others=tuple(sorted(kinds, key=str)), stored=stored)


def _floating(kind: Kind) -> Kind:
    """What an integer does to the dtype of what it meets."""
    return kind if kind[0].kind == "f" else (np.dtype("f8"), kind[1])


def _join_arrays(a: Any, b: Any, fresh: Any) -> Array:
    known = a.dtype is not None and b.dtype is not None and not _differ(a, b)
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


def _differ(a: Array | Number, b: Array | Number) -> bool:
    """Whether the dtypes of floats differ, those of Python aside, which take any other."""
    found = {dtype for t in (a, b) for dtype, weak in kinds_of(t) if not weak}
    return len(found) > 1 and all(d is not None and d.kind == "f" for d in found)


def _join_dims(a: Any, b: Any, fresh: Any) -> Any:
    if a is None or b is None or len(a) != len(b):
        return None
    return tuple(x if x == y else fresh() for x, y in zip(a, b, strict=True))
