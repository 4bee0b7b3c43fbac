"""Methods of ufuncs as the loops that they stand for.

These are not called: the interpreter walks them like functions of the user's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.runtime import round_bounds, round_order


def lined_up(array: Any, axis: Any) -> Any:
    """The array with the axes to reduce as its first one."""
    if axis is None:
        return np.reshape(array, -1)
    if not isinstance(axis, tuple):
        return np.moveaxis(array, axis, 0)
    if len(axis) == 1:
        return np.moveaxis(array, axis[0], 0)
    moved = np.moveaxis(array, axis, tuple(range(len(axis))))
    return np.reshape(moved, (-1, *moved.shape[len(axis) :]))


def reduce(
    ufunc: Any,
    array: Any,
    axis: Any = 0,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """ufunc.reduce"""
    if np.ndim(array) == 0:
        return array
    rows = lined_up(array, axis)
    if initial is None and where is not True and ufunc.identity is None:
        raise ValueError(
            f"reduction operation '{ufunc.__name__}' does not have an identity, so to use a where"
            " mask one has to specify 'initial'"
        )
    start = ufunc.identity if initial is None else initial
    if start is None:
        if len(rows) == 0:
            raise ValueError(
                f"zero-size array to reduction operation {ufunc.__name__} which has no identity"
            )
        total = rows[0]
        rows = rows[1:]
    else:
        total = np.full_like(np.sum(rows, axis=0), start)
    if where is True:
        for i in range(len(rows)):
            total = ufunc(total, rows[i])
    else:
        chosen = lined_up(np.broadcast_to(where, array.shape), axis)
        for i in range(len(rows)):
            total = np.where(chosen[i], ufunc(total, rows[i]), total)
        if np.ndim(total) == 0:
            total = np.positive(total)  # NumPy's number, and no array
    return with_axes(total, array, axis) if keepdims else total


def with_axes(total: Any, array: Any, axis: Any) -> Any:
    """A reduction with the axes that it lost, of size 1."""
    if axis is None:
        return np.reshape(total, (1,) * array.ndim)
    return np.expand_dims(total, axis)


def accumulate(ufunc: Any, array: Any, axis: Any = 0) -> Any:
    """ufunc.accumulate"""
    if np.ndim(array) == 0:
        raise TypeError("cannot accumulate on a scalar")
    rows = np.moveaxis(array, axis, 0)
    result = np.array(rows)
    for i in range(1, len(rows)):
        result[i] = ufunc(result[i - 1], rows[i])
    return np.moveaxis(result, 0, axis)


def reduceat(ufunc: Any, array: Any, indices: Any, axis: Any = 0) -> Any:
    """ufunc.reduceat"""
    rows = np.moveaxis(array, axis, 0)
    places = np.asarray(indices)
    if np.any((places < 0) | (places >= len(rows))):
        raise IndexError(f"index out-of-bounds in {ufunc.__name__}.reduceat")
    result = np.array(rows[places])
    for k in range(len(places)):
        stop = places[k + 1] if k + 1 < len(places) else len(rows)
        for i in range(places[k] + 1, stop):
            result[k] = ufunc(result[k], rows[i])
    return np.moveaxis(result, 0, axis)


def at(ufunc: Any, a: Any, index: Any, *b: Any) -> None:
    """ufunc.at where a place may be named more than once: each time again, in this order.

    All that come to their place for the first time go at once, then all for the second time.
    """
    places = np.arange(a.size).reshape(a.shape)[index]
    values = [np.ravel(np.broadcast_to(x, np.shape(places))) for x in b]
    places = np.ravel(places)
    flat = np.array(np.ravel(a))
    order, bounds = round_order(places), round_bounds(places)
    for k in range(len(bounds) - 1):
        chosen = order[bounds[k] : bounds[k + 1]]
        flat[places[chosen]] = ufunc(flat[places[chosen]], *[x[chosen] for x in values])
    a[...] = np.reshape(flat, a.shape)
