"""NumPy's functions that write into an array, in terms of others.

These are not called: the interpreter walks them like functions of the user's.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def fill(a: Any, value: Any) -> None:
    """a.fill(value)"""
    a[...] = value


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """np.copyto"""
    if where is True:
        dst[...] = src
    else:
        chosen = np.broadcast_to(where, dst.shape)
        dst[chosen] = np.broadcast_to(src, dst.shape)[chosen]


def repeated(values: Any, count: Any) -> Any:
    """`count` values, from the start again where they do not suffice."""
    flat = np.ravel(np.asarray(values))
    return flat[np.arange(count) % flat.size]


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """np.put"""
    flat = a if a.ndim == 1 else a.reshape(-1)
    place = np.ravel(ind)
    flat[place] = repeated(v, place.size)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """np.place"""
    arr[mask] = repeated(vals, np.count_nonzero(mask))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """np.putmask"""
    a[mask] = repeated(values, a.size).reshape(a.shape)[mask]


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """np.fill_diagonal"""
    assert not wrap, "np.fill_diagonal with wrap=True has no derivative here: assign the places"
    i = np.arange(min(a.shape))
    value = repeated(val, i.size)
    if a.ndim == 2:
        a[i, i] = value
    elif a.ndim == 3:
        a[i, i, i] = value
    else:
        a[i, i, i, i] = value


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """np.put_along_axis, for arrays of one or two dimensions."""
    if arr.ndim == 1:
        arr[indices] = values
    elif axis in (1, -1):
        arr[np.arange(arr.shape[0])[:, None], indices] = values
    else:
        arr[indices, np.arange(arr.shape[1])] = values


def sort(a: Any, axis: int = -1, kind: Any = None, order: Any = None, stable: Any = None) -> None:
    """a.sort()"""
    a[...] = np.sort(a, axis=axis)
