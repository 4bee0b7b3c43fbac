"""Reading parts of arrays, and diagonals and triangles of matrices."""

from __future__ import annotations

import operator

import numpy as np

from s2sad.rules.axes import wrapped
from s2sad.rules.domains import of_shape, one_of, together
from s2sad.rules.notation import rule
from s2sad.runtime import index_add

INDICES = together(
    (of_shape(4), one_of(1, -1, slice(1, 3), slice(None, None, -2), Ellipsis)),
    (of_shape(4, 5), one_of(1, (1, 2), (slice(1, 3), 2), (slice(None), slice(0, 4, 2)))),
    (of_shape(4, 5), one_of((Ellipsis, 1), (None, 1), (slice(2), None, slice(3)))),
    (of_shape(4, 5), one_of(np.array([0, 2, 0]), np.array([[1], [3]]), [1, 1, 2])),
    (of_shape(4, 5), one_of((np.array([0, 2]), np.array([1, 1])), (slice(None), np.array([1, 1])))),
    (of_shape(4), np.array([True, False, True, True])),
)


@rule(operator.getitem, linear="a", view=True, on={"a index": INDICES})
class getitem:
    """ans = a[index]; the adjoint accumulates into the cotangent of a."""

    def primal(a, index):
        return a[index]

    def adjoint(index, ans_bar, a_bar):
        a_bar = index_add(a_bar, index, ans_bar)
        return a_bar


@rule(
    np.take,
    linear="a",
    on={
        "a": of_shape(4, 3),
        "indices": one_of(1, np.array([0, 2, 0]), np.array([[1], [2]]), np.array([-1, 1])),
        "axis": one_of(None, 0, 1, -1),
        "mode": one_of("raise", "wrap", "clip"),
    },
)
class take:
    """ans = a[:, ..., indices] along `axis`, of the flat array without one; `mode` as in NumPy."""

    def primal(a, indices, axis=None, out=None, mode="raise"):
        return np.take(a, indices, axis=axis, mode=mode)

    def shape(a, indices, axis):
        taken = indices if isinstance(indices, tuple) else np.shape(indices)
        return taken if axis is None else a[: axis % len(a)] + taken + a[axis % len(a) + 1 :]

    def adjoint(a, indices, axis, mode, ans_bar, a_bar):
        places = landing(indices, a.size if axis is None else a.shape[axis], mode)
        if axis is None:
            a_bar = np.reshape(index_add(np.ravel(a_bar), places, ans_bar), a.shape)
        else:
            index = (slice(None),) * (axis % a.ndim) + (places,)
            a_bar = index_add(a_bar, index, ans_bar)
        return a_bar


def landing(indices, n, mode):
    """The places among n that indices mean which may lie outside."""
    if mode == "wrap":
        return np.remainder(indices, n)
    return np.clip(indices, 0, n - 1) if mode == "clip" else indices


TRIANGLE = {"m": one_of(of_shape(3, 4), of_shape(2, 3, 3)), "k": one_of(0, 1, -1)}


@rule(np.tril, linear="m", on=TRIANGLE)
class tril:
    """ans = m with the elements above the k-th diagonal set to zero."""

    def primal(m, k=0):
        return np.tril(m, k)

    def shape(m):
        return m

    def adjoint(k, ans_bar):
        m_bar = np.tril(ans_bar, k)
        return m_bar


@rule(np.triu, linear="m", on=TRIANGLE)
class triu:
    """ans = m with the elements below the k-th diagonal set to zero."""

    def primal(m, k=0):
        return np.triu(m, k)

    def shape(m):
        return m

    def adjoint(k, ans_bar):
        m_bar = np.triu(ans_bar, k)
        return m_bar


def diagonal_index(length, offset):
    """The rows and columns of the diagonal of that length, `offset` above the main one."""
    place = np.arange(length)
    return (Ellipsis, place - offset, place) if offset < 0 else (Ellipsis, place, place + offset)


@rule(
    np.diagonal,
    linear="a",
    view=True,
    on={
        "a offset axis1 axis2": together(
            (of_shape(3, 3), 0, 0, 1),
            (of_shape(3, 4), 1, 0, 1),
            (of_shape(4, 3), -1, 0, 1),
            (of_shape(3, 2, 4), 0, 0, 2),
            (of_shape(3, 2, 4), 1, -1, 0),
        )
    },
)
class diagonal:
    """ans = a diagonal of two axes, as a new last axis."""

    def primal(a, offset=0, axis1=0, axis2=1):
        return np.diagonal(a, offset, axis1, axis2)

    def shape(a, axis1, axis2):
        axes = wrapped((axis1, axis2), len(a))
        return (*[n for i, n in enumerate(a) if i not in axes], None)

    def adjoint(offset, axis1, axis2, ans_bar, a_bar):
        moved = np.moveaxis(a_bar, (axis1, axis2), (-2, -1))
        added = index_add(moved, diagonal_index(ans_bar.shape[-1], offset), ans_bar)
        a_bar = np.moveaxis(added, (-2, -1), (axis1, axis2))
        return a_bar


@rule(
    np.diag,
    linear="v",
    view=True,
    on={"v": one_of(of_shape(3), of_shape(3, 3), of_shape(3, 4)), "k": one_of(0, 1, -1)},
)
class diag:
    """ans = a matrix with v on its k-th diagonal, or the k-th diagonal of the matrix v."""

    def primal(v, k=0):
        return np.diag(v, k)

    def shape(v, k):
        return (v[0] + abs(k), v[0] + abs(k)) if len(v) == 1 else (None,)

    def adjoint(v, k, ans_bar, v_bar):
        if v.ndim == 1:
            v_bar = v_bar + np.diagonal(ans_bar, k)
        else:
            v_bar = index_add(v_bar, diagonal_index(ans_bar.shape[0], k), ans_bar)
        return v_bar
