"""NumPy's functions that write into an array, in terms of others.

These are not called: the interpreter walks them like functions of the user's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of
from s2sad.rules.indexing import landing
from s2sad.rules.rearranging import along


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
    """`count` values, from the start again where they do not suffice; a number as it is."""
    if np.ndim(values) == 0:
        return values
    flat = np.ravel(np.asarray(values))
    return flat[np.arange(count) % flat.size]


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """np.put"""
    flat = a if a.ndim == 1 else a.reshape(-1)
    place = landing(np.ravel(ind), a.size, mode)  # type: ignore[no-untyped-call]
    flat[place] = repeated(v, place.size)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """np.place"""
    arr[mask] = repeated(vals, np.count_nonzero(mask))


def putmask(a: Any, mask: Any, values: Any) -> None:
    """np.putmask"""
    if np.ndim(values) == 0:
        a[mask] = values
    else:
        a[mask] = np.reshape(repeated(values, a.size), a.shape)[mask]


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """np.fill_diagonal"""
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d")
    if wrap and a.ndim == 2:
        place = np.arange(0, a.size, a.shape[1] + 1)
        a[place // a.shape[1], place % a.shape[1]] = repeated(val, place.size)
    else:
        place = np.arange(min(a.shape))
        a[(place,) * a.ndim] = repeated(val, place.size)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    """np.put_along_axis"""
    if axis is None:
        flat = arr if arr.ndim == 1 else arr.reshape(-1)
        flat[indices] = values
    else:
        arr[along(array_of(indices), arr.shape, axis)] = values  # type: ignore[no-untyped-call]


def set_flat(a: Any, value: Any) -> None:
    """a.flat = value"""
    if np.ndim(value) == 0:
        a[...] = value
    else:
        a[...] = np.reshape(repeated(value, a.size), a.shape)


def sort(a: Any, axis: int = -1, kind: Any = None, order: Any = None, stable: Any = None) -> None:
    """a.sort()"""
    a[...] = np.sort(a, axis=axis)


def partition(a: Any, kth: Any, axis: int = -1, kind: Any = None, order: Any = None) -> None:
    """a.partition()"""
    a[...] = np.partition(a, kth, axis=axis)
