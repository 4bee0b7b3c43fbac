"""NumPy's functions that write into an array, or look at a part only, in terms of others.

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


def part(a: Any, axis: int, start: Any, stop: Any) -> Any:
    """The view of `a` from `start` to `stop` along `axis`."""
    return a[(slice(None),) * (axis % a.ndim) + (slice(start, stop),)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """np.split"""
    if not isinstance(indices_or_sections, int):
        bounds = [0, *indices_or_sections, None]
        return [part(ary, axis, bounds[i], bounds[i + 1]) for i in range(len(bounds) - 1)]
    if ary.shape[axis] % indices_or_sections != 0:
        raise ValueError("array split does not result in an equal division")
    n = ary.shape[axis] // indices_or_sections
    return [part(ary, axis, i * n, (i + 1) * n) for i in range(indices_or_sections)]


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    """np.array_split"""
    if not isinstance(indices_or_sections, int):
        bounds = [0, *indices_or_sections, None]
        return [part(ary, axis, bounds[i], bounds[i + 1]) for i in range(len(bounds) - 1)]
    n, more = divmod(ary.shape[axis], indices_or_sections)
    ends = [i * n + min(i, more) for i in range(indices_or_sections + 1)]
    return [part(ary, axis, ends[i], ends[i + 1]) for i in range(indices_or_sections)]


def hsplit(ary: Any, indices_or_sections: Any) -> Any:
    """np.hsplit"""
    return split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> Any:
    """np.vsplit"""
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> Any:
    """np.dsplit"""
    return split(ary, indices_or_sections, 2)


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


def sum_chosen(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = 0, where: Any = True
) -> Any:
    """np.sum with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, np.zeros_like(a))
    return np.sum(kept, axis=axis, keepdims=keepdims) + initial


def prod_chosen(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = 1, where: Any = True
) -> Any:
    """np.prod with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, np.ones_like(a))
    return np.prod(kept, axis=axis, keepdims=keepdims) * initial


def max_chosen(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """np.max with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, initial)
    return np.maximum(np.max(kept, axis=axis, keepdims=keepdims), initial)


def min_chosen(
    a: Any, axis: Any = None, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """np.min with `initial` and `where`."""
    kept = a if where is True else np.where(where, a, initial)
    return np.minimum(np.min(kept, axis=axis, keepdims=keepdims), initial)


def mean_chosen(a: Any, axis: Any = None, keepdims: bool = False, where: Any = True) -> Any:
    """np.mean with `where`."""
    chosen = np.broadcast_to(where, a.shape)
    total = np.sum(np.where(chosen, a, np.zeros_like(a)), axis=axis, keepdims=keepdims)
    return total / np.count_nonzero(chosen, axis=axis, keepdims=keepdims)


def at_one_by_one(ufunc: Any, a: Any, indices: Any, b: Any) -> None:
    """ufunc.at for an array of integers: one place after the other, repeated ones again."""
    values = np.array(np.broadcast_to(b, (len(indices),)))  # b may share memory with a
    for k in range(len(indices)):
        a[indices[k]] = ufunc(a[indices[k]], values[k])
