"""Arrays joined with others, and broadcast against them."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.axes import wrapped
from s2sad.rules.domains import of_shape, one_of, together
from s2sad.rules.notation import defined, rule


def lifted(a: Any, ndim: int) -> Any:
    """`a` with axes of size 1 before its own, so that it has at least `ndim`."""
    missing = ndim - np.ndim(a)
    return np.reshape(a, (1,) * missing + np.shape(a)) if missing > 0 else a


@rule(
    np.atleast_3d,
    linear="x",
    view=True,
    on={"x": one_of(of_shape(), of_shape(3), of_shape(2, 3), of_shape(2, 3, 4))},
)
class atleast_3d:
    """ans = x with at least three axes: a vector lies along the second one."""

    def primal(x):
        return np.atleast_3d(x)

    def shape(x):
        lead = (1,) if len(x) < 2 else ()
        return (*lead, *x, *(1,) * (3 - len(x) - len(lead)))

    def adjoint(x, ans_bar):
        x_bar = np.reshape(ans_bar, x.shape)
        return x_bar


@defined(
    np.append,
    wrt="arr values",
    on={
        "arr values axis": together(
            (of_shape(3), of_shape(2), None), (of_shape(2, 3), of_shape(), None),
            (of_shape(2, 3), of_shape(1, 3), 0), (of_shape(2, 3), of_shape(2, 2), -1),
        )
    },
)  # fmt: skip
def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """np.append"""
    if axis is None:
        return np.concatenate((np.ravel(arr), np.ravel(values)))
    return np.concatenate((arr, values), axis=axis)


@defined(
    np.dstack,
    on={
        "tup": one_of(
            [of_shape(3), of_shape(3)],
            [of_shape(2, 3), of_shape(2, 3, 2)],
            [of_shape(), of_shape()],
        )
    },
)
def dstack(tup: Any) -> Any:
    """np.dstack"""
    return np.concatenate([np.atleast_3d(a) for a in tup], axis=2)


def nesting(arrays: Any) -> int:
    """How deep lists are nested."""
    if not isinstance(arrays, list):
        return 0
    if len(arrays) == 0:
        raise ValueError("List at arrays cannot be empty")
    depths = [nesting(a) for a in arrays]
    if any(d != depths[0] for d in depths):
        raise ValueError("List depths are mismatched")
    return depths[0] + 1


def ranks(arrays: Any) -> Any:
    """The ranks of all arrays in nested lists."""
    if not isinstance(arrays, list):
        return [np.ndim(arrays)]
    return [n for a in arrays for n in ranks(a)]


def blocked(arrays: Any, depth: int, ndim: int) -> Any:
    """Nested lists joined: the innermost along the last axis."""
    if not isinstance(arrays, list):
        return lifted(arrays, ndim)
    return np.concatenate([blocked(a, depth - 1, ndim) for a in arrays], axis=-depth)


@defined(
    np.block,
    on={
        "arrays": one_of(
            [of_shape(3), of_shape(2)],
            [of_shape(2, 3), of_shape(2, 1)],
            [of_shape(1, 2), of_shape(3), of_shape()],
            [[of_shape(2, 3), of_shape(2, 1)], [of_shape(1, 1), of_shape(1, 3)]],
            [[of_shape(3)], [of_shape(3)]],
            [[[of_shape(2)], [of_shape(2)]], [[of_shape(2)], [of_shape(1, 2)]]],
        )
    },
)
def block(arrays: Any) -> Any:
    """np.block"""
    if isinstance(arrays, tuple):
        raise TypeError("arrays is a tuple. Only lists can be used to arrange blocks")
    depth = nesting(arrays)
    if depth == 0:
        return np.array(arrays)
    return blocked(arrays, depth, max([depth, *ranks(arrays)]))


@defined(
    np.broadcast_arrays,
    wrt="args",
    on={"args": one_of([of_shape(3), of_shape(2, 1)], [of_shape(2, 3)], [of_shape(), of_shape(2)])},
)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    """np.broadcast_arrays"""
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple([np.broadcast_to(a, shape) for a in args])


def along(i: int, n: int) -> Any:
    """The shape that lays a row along axis i of n."""
    return (1,) * i + (-1,) + (1,) * (n - i - 1)


def count(x: Any) -> Any:
    """The number of elements, of a vector by its shape."""
    return np.shape(x)[0] if np.ndim(x) == 1 else np.size(x)


@defined(
    np.meshgrid,
    wrt="xi",
    on={
        "xi sparse indexing copy": together(
            ([of_shape(3), of_shape(2)], False, "xy", True),
            ([of_shape(3), of_shape(2)], True, "ij", False),
            ([of_shape(3), of_shape(), of_shape(2)], True, "xy", True),
            ([of_shape(3), of_shape(2, 2), of_shape(2)], False, "xy", False),
            ([of_shape(3), of_shape(2), of_shape(4)], True, "ij", True),
            ([of_shape(4)], False, "xy", True),
            ([of_shape(4)], True, "xy", True),
        )
    },
)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> Any:
    """np.meshgrid"""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else [*range(n)]
    grids = [np.reshape(xi[i], along(places[i], n)) for i in range(n)]
    if not sparse:
        shape = tuple([count(xi[i]) for i in places])
        grids = [np.broadcast_to(g, shape) for g in grids]
    return tuple([np.copy(g) for g in grids]) if copy else tuple(grids)


@defined(np.unstack, on={"x axis": together((of_shape(1, 2), 0), (of_shape(2, 1), -1))})
def unstack(x: Any, axis: int = 0) -> Any:
    """np.unstack"""
    moved = np.moveaxis(x, axis, 0)
    return tuple([moved[i] for i in range(moved.shape[0])])


@defined(
    np.rollaxis,
    on={"a": of_shape(2, 3, 4), "axis start": together((2, 0), (0, 3), (-1, 1), (1, -1), (0, 2))},
)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """np.rollaxis"""
    (axis,) = wrapped(axis, a.ndim)
    start = start + a.ndim if start < 0 else start
    return np.moveaxis(a, axis, start - 1 if axis < start else start)


@defined(
    np.rot90,
    on={
        "m k axes": together(
            (of_shape(2, 3), 1, (0, 1)),
            (of_shape(2, 3), -2, (0, 1)),
            (of_shape(2, 3, 4), 3, (0, 2)),
            (of_shape(2, 3, 4), 0, (0, 2)),
            (of_shape(2, 3, 4), 5, (-1, 1)),
            (of_shape(2, 3), 2, (1, 0)),
        )
    },
)
def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    """np.rot90"""
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    first, second = axes[0], axes[1]
    if k % 4 == 0:
        return m[...]
    if k % 4 == 2:
        return np.flip(m, (first, second))
    if k % 4 == 1:
        return np.swapaxes(np.flip(m, second), first, second)
    return np.flip(np.swapaxes(m, first, second), second)


@defined(np.diagflat, on={"v k": together((of_shape(3), 0), (of_shape(2, 2), 1), (of_shape(), -1))})
def diagflat(v: Any, k: int = 0) -> Any:
    """np.diagflat"""
    return np.diag(np.ravel(v), k)


@defined(
    np.resize,
    on={
        "a new_shape": together(
            (of_shape(3), 7),
            (of_shape(2, 3), (2, 2)),
            (of_shape(2, 3), (3, 4)),
            (of_shape(), (2, 2)),
        )
    },
)
def resize(a: Any, new_shape: Any) -> Any:
    """np.resize"""
    shape = tuple(new_shape) if isinstance(new_shape, (tuple, list)) else (new_shape,)
    size = 1
    for n in shape:
        size = size * n
    flat = np.ravel(a)
    return np.reshape(flat[np.arange(size) % flat.size], shape)


@rule(
    np.vander,
    on={
        "x N increasing": together(
            (of_shape(3), None, False), (of_shape(3), 2, False), (of_shape(2), 4, True),
            (of_shape(3), 1, True), (of_shape(2), 0, False),
        )
    },
)  # fmt: skip
class vander:
    """ans_ij = x_i^j, from the highest power down if not `increasing`."""

    def primal(x, N=None, increasing=False):
        return np.vander(x, N, increasing)

    def shape(x, N):
        return (x[0], x[0] if N is None else N)

    def tangent(x, increasing, ans, x_dot):
        return slopes(ans, increasing) * x_dot[:, None]

    def adjoint(x, increasing, ans, ans_bar):
        x_bar = np.sum(slopes(ans, increasing) * ans_bar, axis=1)
        return x_bar


def slopes(powers, increasing):
    """The derivatives of powers: each one's exponent times the next lower power."""
    number = np.arange(powers.shape[1], dtype=powers.dtype)
    if increasing:
        return number * np.roll(powers, 1, axis=1)
    return number[::-1] * np.roll(powers, -1, axis=1)
