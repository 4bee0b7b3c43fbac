"""Flipping, rolling, repeating, and the joining functions of fixed axis."""

from __future__ import annotations

import numpy as np

from s2sad.rules.axes import joined, size_of
from s2sad.rules.domains import distinct, of_shape, one_of, together
from s2sad.rules.notation import rule
from s2sad.rules.reductions import accumulated
from s2sad.rules.shaping import joined_shape, pieces
from s2sad.runtime import index_add


@rule(
    np.flip, linear="m", view=True, on={"m": of_shape(2, 3, 4), "axis": one_of(None, 0, -1, (0, 2))}
)
class flip:
    """ans = m with its elements in reverse order along `axis`."""

    def primal(m, axis=None):
        return np.flip(m, axis)

    def shape(m):
        return m

    def adjoint(axis, ans_bar):
        m_bar = np.flip(ans_bar, axis)
        return m_bar


@rule(np.flipud, linear="m", view=True, on={"m": of_shape(2, 3)})
class flipud:
    """ans = m with its rows in reverse order."""

    def primal(m):
        return np.flipud(m)

    def shape(m):
        return m

    def adjoint(ans_bar):
        m_bar = np.flipud(ans_bar)
        return m_bar


@rule(np.fliplr, linear="m", view=True, on={"m": of_shape(2, 3)})
class fliplr:
    """ans = m with its columns in reverse order."""

    def primal(m):
        return np.fliplr(m)

    def shape(m):
        return m

    def adjoint(ans_bar):
        m_bar = np.fliplr(ans_bar)
        return m_bar


def opposite(shift):
    """The shift that undoes a shift of one axis or several."""
    return tuple([-s for s in shift]) if isinstance(shift, tuple) else -shift


@rule(
    np.roll,
    linear="a",
    on={
        "a": of_shape(3, 4),
        "shift axis": together((1, None), (-2, 0), (5, -1), ((1, 2), (0, 1)), (1, (0, 1))),
    },
)
class roll:
    """ans = a moved by `shift` along `axis`, elements re-entering at the other end."""

    def primal(a, shift, axis=None):
        return np.roll(a, shift, axis)

    def shape(a):
        return a

    def adjoint(shift, axis, ans_bar):
        a_bar = np.roll(ans_bar, opposite(shift), axis)
        return a_bar


def times(n, k):
    """A size repeated k times; None where that is a product with a symbol."""
    if isinstance(n, int) and isinstance(k, int):
        return n * k
    return n if isinstance(k, int) and k == 1 else None


@rule(
    np.repeat,
    linear="a",
    on={
        "a repeats axis": together(
            (of_shape(3), 2, None),
            (of_shape(2, 3), 3, 0),
            (of_shape(2, 3), 2, -1),
            (of_shape(2, 3), 2, None),
            (of_shape(2, 3), np.array([2, 0, 1]), 1),
        )
    },
)
class repeat:
    """ans = every element (or slice along `axis`) of a several times."""

    def primal(a, repeats, axis=None):
        return np.repeat(a, repeats, axis=axis)

    def shape(a, repeats, axis):
        if axis is None:
            return (times(size_of(a), repeats) if size_of(a) is not None else None,)
        dims = list(a)
        dims[axis] = times(a[axis], repeats)
        return tuple(dims)

    def adjoint(a, repeats, axis, ans_bar):
        if isinstance(repeats, int) and (axis is not None or a.ndim == 1):
            a_bar = summed(ans_bar, a, repeats, -1 if axis is None else axis)
        elif axis is None:
            origin = np.repeat(np.arange(a.size), repeats)
            flat = np.zeros(a.size, ans_bar.dtype)
            a_bar = np.reshape(index_add(flat, origin, ans_bar), a.shape)
        else:
            origin = np.repeat(np.arange(a.shape[axis]), repeats)
            index = (slice(None),) * (axis % a.ndim) + (origin,)
            a_bar = index_add(np.zeros(a.shape, ans_bar.dtype), index, ans_bar)
        return a_bar


def summed(g, a, repeats, axis):
    """The sums of so many neighbors along `axis`; by a product, as NumPy is slow at short sums."""
    k = axis % a.ndim + 1
    parts = np.reshape(g, (*a.shape[:k], repeats, *a.shape[k:]))
    return parts @ np.ones(repeats, g.dtype) if k == a.ndim else np.sum(parts, axis=k)


def aligned(dims, fill, n):
    """A shape or a list of repetitions filled from the left to n entries."""
    return (fill,) * (n - len(dims)) + tuple(dims)


def repetitions(reps):
    """The repetitions of np.tile as a tuple."""
    return tuple(reps) if isinstance(reps, (tuple, list, np.ndarray)) else (reps,)


def folded(a, reps):
    """The shape in which every axis of np.tile(A, reps) is split into (repetition, original)."""
    n = a.ndim if a.ndim > len(reps) else len(reps)
    sizes, counts = aligned(a.shape, 1, n), aligned(reps, 1, n)
    return tuple([counts[i // 2] if i % 2 == 0 else sizes[i // 2] for i in range(2 * n)])


@rule(
    np.tile,
    linear="A",
    on={
        "A reps": together(
            (of_shape(3), 2),
            (of_shape(3), (2, 2)),
            (of_shape(2, 3), (2, 1)),
            (of_shape(2, 3), 3),
            (of_shape(2, 3), (2, 1, 2)),
        )
    },
)
class tile:
    """ans = A laid side by side `reps` times along each axis."""

    def primal(A, reps):
        return np.tile(A, reps)

    def shape(A, reps):
        counts = repetitions(reps)
        n = max(len(A), len(counts))
        return tuple(
            times(s, k) for s, k in zip(aligned(A, 1, n), aligned(counts, 1, n), strict=True)
        )

    def adjoint(A, reps, ans_bar):
        split = np.reshape(ans_bar, folded(A, repetitions(reps)))
        A_bar = np.reshape(np.sum(split, axis=tuple([2 * i for i in range(ans_bar.ndim)])), A.shape)
        return A_bar


@rule(np.atleast_1d, linear="x", view=True, on={"x": one_of(of_shape(), of_shape(3))})
class atleast_1d:
    """ans = x with at least one axis."""

    def primal(x):
        return np.atleast_1d(x)

    def shape(x):
        return tuple(x) or (1,)

    def adjoint(x, ans_bar):
        x_bar = np.reshape(ans_bar, x.shape)
        return x_bar


@rule(
    np.atleast_2d, linear="x", view=True, on={"x": one_of(of_shape(), of_shape(3), of_shape(2, 3))}
)
class atleast_2d:
    """ans = x with at least two axes."""

    def primal(x):
        return np.atleast_2d(x)

    def shape(x):
        return aligned(x, 1, max(2, len(x)))

    def adjoint(x, ans_bar):
        x_bar = np.reshape(ans_bar, x.shape)
        return x_bar


def reshaped(parts, arrays):
    """Cotangents brought to the shapes of the arrays they belong to."""
    return [np.reshape(parts[i], arrays[i].shape) for i in range(len(arrays))]


@rule(
    np.hstack,
    linear="tup",
    sequences="tup",
    on={
        "tup": one_of(
            (of_shape(3), of_shape(2)), [of_shape(2, 3), of_shape(2, 1)], (of_shape(), of_shape())
        )
    },
)
class hstack:
    """ans = the arrays side by side: joined along axis 1, vectors along axis 0."""

    def primal(tup):
        return np.hstack(tup)

    def shape(tup):
        lifted = [tuple(a) or (1,) for a in tup]
        return joined_shape(lifted, 0 if len(lifted[0]) == 1 else 1)

    def adjoint(tup, ans_bar):
        lifted = [np.atleast_1d(a) for a in tup]
        tup_bar = reshaped(pieces(lifted, 0 if lifted[0].ndim == 1 else 1, ans_bar), tup)
        return tup_bar


@rule(
    np.vstack,
    linear="tup",
    sequences="tup",
    on={
        "tup": one_of(
            (of_shape(3), of_shape(3)), [of_shape(2, 3), of_shape(3)], (of_shape(), of_shape())
        )
    },
)
class vstack:
    """ans = the arrays below each other: joined along axis 0, vectors as rows."""

    def primal(tup):
        return np.vstack(tup)

    def shape(tup):
        return joined_shape([aligned(a, 1, max(2, len(a))) for a in tup], 0)

    def adjoint(tup, ans_bar):
        lifted = [np.atleast_2d(a) for a in tup]
        tup_bar = reshaped(pieces(lifted, 0, ans_bar), tup)
        return tup_bar


@rule(
    np.column_stack,
    linear="tup",
    sequences="tup",
    on={"tup": one_of((of_shape(3), of_shape(3)), [of_shape(2, 3), of_shape(2)])},
)
class column_stack:
    """ans = the arrays side by side, vectors as columns."""

    def primal(tup):
        return np.column_stack(tup)

    def shape(tup):
        return joined_shape([a if len(a) > 1 else (*a, 1)[:2] if a else (1, 1) for a in tup], 1)

    def adjoint(tup, ans_bar):
        lifted = [np.reshape(a, (a.size, 1)) if a.ndim < 2 else a for a in tup]
        tup_bar = reshaped(pieces(lifted, 1, ans_bar), tup)
        return tup_bar


def along(indices, shape, axis):
    """The index of np.take_along_axis: `indices` along `axis`, along others the own place."""
    places = ()
    for i in range(len(shape)):
        if i == axis % len(shape):
            places = (*places, indices)
        else:
            ones = (1,) * i + (-1,) + (1,) * (len(shape) - i - 1)
            places = (*places, np.reshape(np.arange(shape[i]), ones))
    return places


@rule(
    np.take_along_axis,
    linear="arr",
    on={
        "arr indices axis": together(
            (of_shape(4), np.array([2, 0, 2]), 0),
            (of_shape(2, 3), np.array([[2, 0], [1, 1]]), -1),
            (of_shape(2, 3), np.array([[1, 0, 1]]), 0),
            (of_shape(2, 3), np.array([[2, -3], [-1, 1]]), 1),
            (of_shape(2, 3), np.array([4, 0, -1, 4]), None),
            (of_shape(2, 3, 4), np.array([[[0, 1, 0, 1]]]), 0),
            (of_shape(2, 3, 4), np.array([[[1], [0], [2]]]), 2),
        )
    },
)
class take_along_axis:
    """ans = arr[..., indices, ...], the indices of each row its own."""

    def primal(arr, indices, axis=-1):
        return np.take_along_axis(arr, indices, axis)

    def shape(arr, indices, axis):
        taken = indices if isinstance(indices, tuple) else np.shape(indices)
        if axis is None:
            return taken
        along = axis % len(arr)
        return tuple(
            k if i == along else joined(n, k)
            for i, (n, k) in enumerate(zip(arr, taken, strict=True))
        )

    def adjoint(arr, indices, axis, ans_bar, arr_bar):
        if axis is None:
            arr_bar = np.reshape(index_add(np.ravel(arr_bar), indices, ans_bar), arr.shape)
        else:
            arr_bar = index_add(arr_bar, along(indices, arr.shape, axis), ans_bar)
        return arr_bar


@rule(
    np.sort,
    on={"a": distinct.of(2, 3), "axis": one_of(0, -1, None), "stable": one_of(None, True)},
)
class sort:
    """ans = a sorted along `axis`; of equal elements the first comes first."""

    def primal(a, axis=-1, kind=None, order=None, stable=None):
        return np.sort(a, axis=axis, kind=kind, stable=stable)

    def shape(a, axis):
        return accumulated(a, axis)

    def tangent(a, axis, a_dot):
        if axis is None:
            return np.ravel(a_dot)[np.argsort(a, axis=None, kind="stable")]
        return np.take_along_axis(a_dot, np.argsort(a, axis=axis, kind="stable"), axis)

    def adjoint(a, axis, ans_bar):
        order = np.argsort(a, axis=axis, kind="stable")
        if axis is None:
            a_bar = np.reshape(ans_bar[np.argsort(order)], a.shape)
        else:
            a_bar = np.take_along_axis(ans_bar, np.argsort(order, axis=axis), axis)
        return a_bar
