"""Norms of vectors and matrices, and the condition number."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.rules.asking import array_of, is_known, refuse
from s2sad.rules.creation import astype
from s2sad.rules.domains import distinct, nonzero, of_shape, one_of, regular_matrix, together
from s2sad.rules.elementwise import or_infinite, or_one
from s2sad.rules.notation import defined, rule
from s2sad.rules.reductions import KEEP, expanded, reduced

ALONG = together(
    (of_shape(3), None, None),
    (of_shape(2, 3), None, None),
    (of_shape(2, 3, 4), None, None),
    (of_shape(2, 3), None, 0),
    (of_shape(2, 3, 4), None, -1),
    (of_shape(2, 3, 4), None, (1,)),
    (of_shape(2, 3, 4), None, (2, 0)),
    (nonzero.of(3), 3.0, None),
    (nonzero.of(3), 3, None),
    (nonzero.of(3), 1.0, None),
    (nonzero.of(2, 3), 2.0, 1),
    (nonzero.of(2, 3), 2, 0),
    (nonzero.of(2, 3), 1, 0),
    (nonzero.of(2, 3), 2.5, 0),
    (nonzero.of(2, 3, 4), -1.5, (-1,)),
    (nonzero.of(4), 0.5, 0),
    (of_shape(1), None, None),
    (of_shape(0), None, None),
)
ORIGIN = np.array([[0.0, 0.0], [3.0, 4.0]])
PARTLY = np.array([0.0, 2.0, -1.5])


def slope(x, ord, axis, keepdims, ans):
    """The derivative of the norm in each element; 0 where that is 0, and where the norm is.

    It is sign(x) (|x| / ans)^(ord - 1), written so that neither quotient divides by zero.
    """
    if isinstance(ord, int) and ord == 1:
        return np.sign(x)
    if ord < 1:
        return np.sign(x) * (expanded(ans, axis, keepdims) / or_one(np.abs(x))) ** (1 - ord)
    return np.sign(x) * (np.abs(x) / expanded(or_one(ans), axis, keepdims)) ** (ord - 1)


def entropy(x, ord, axis, keepdims, ans):
    """The derivative of the norm in `ord`: ans / ord Σ r^ord log r with r = |x| / ans."""
    ratio = np.abs(x) / expanded(or_one(ans), axis, keepdims)
    found = np.sum(ratio**ord * np.log(or_one(ratio)), axis=axis, keepdims=keepdims)
    return ans / ord * found


@rule(
    np.linalg.norm,
    on={
        "x ord axis": ALONG,
        "keepdims": KEEP,
        "kinks": [
            (np.zeros(3),),
            (ORIGIN, None, 1),
            (np.zeros(3), 3),
            (PARTLY, 3),
            (PARTLY, 2),
            (PARTLY, 1),
        ],
    },
    analytic=False,
)
class norm:
    """ans = (Σ |x|^ord)^(1 / ord) over `axis`, the root of the sum of squares without `ord`.

    In an element that is 0, and in all where the norm is 0, the derivative returned is 0.
    """

    def primal(x, ord=None, axis=None, keepdims=False):
        return np.linalg.norm(x, ord, axis, keepdims)

    def shape(x, axis, keepdims):
        return reduced(x, axis, keepdims)

    def tangent(x, ord, axis, keepdims, ans, x_dot, ord_dot):
        if ord is None or (isinstance(ord, int) and ord == 2):
            moved = np.sum(x * x_dot, axis=axis, keepdims=keepdims) / or_infinite(ans)
        else:
            along = slope(x, ord, axis, keepdims, ans) * x_dot
            moved = np.sum(along, axis=axis, keepdims=keepdims)
        return moved if ord is None else moved + entropy(x, ord, axis, keepdims, ans) * ord_dot

    def adjoint(x, ord, axis, keepdims, ans, ans_bar):
        if ord is None or (isinstance(ord, int) and ord == 2):
            x_bar = expanded(ans_bar / or_infinite(ans), axis, keepdims) * x
        else:
            x_bar = expanded(ans_bar, axis, keepdims) * slope(x, ord, axis, keepdims, ans)
        ord_bar = 0.0 if ord is None else np.sum(ans_bar * entropy(x, ord, axis, keepdims, ans))
        return x_bar, ord_bar


def of_vectors(x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    """A norm of the vectors along one axis."""
    if np.iscomplexobj(x):
        x = np.abs(x)
    if isinstance(ord, str):
        refuse("the norm of vectors with such an `ord`", "use a number")
    if ord == np.inf:
        return np.max(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return np.min(np.abs(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return np.sum(astype(x != 0, x.dtype), axis=axis, keepdims=keepdims)
    return np.linalg.norm(x, ord, axis=axis, keepdims=keepdims)


def of_matrices(x: Any, ord: Any) -> Any:
    """A norm of the matrices of a stack."""
    if ord in (1, -1):
        sums = np.sum(np.abs(x), axis=-2)
    elif ord in (np.inf, -np.inf):
        sums = np.sum(np.abs(x), axis=-1)
    elif ord in (2, -2, "nuc"):
        sums = np.linalg.svdvals(x)
    elif is_known(ord):
        refuse("the norm of matrices with such an `ord`", "use 'fro', 'nuc', 1, 2 or np.inf")
    else:
        raise ValueError("Invalid norm order for matrices.")
    if ord == "nuc":
        return np.sum(sums, axis=-1)
    return np.max(sums, axis=-1) if ord > 0 else np.min(sums, axis=-1)


MATRICES = together(
    (of_shape(2, 3), 1, None),
    (of_shape(2, 3), -1, (0, 1)),
    (of_shape(2, 3), np.inf, None),
    (of_shape(4, 2, 3), -np.inf, (2, 0)),
    (of_shape(4, 2, 3), np.inf, (-1, 1)),
    (of_shape(2, 3), "fro", None),
    (of_shape(4, 2, 3), "fro", (0, 2)),
    (of_shape(2, 3), 2, None),
    (of_shape(4, 2, 3), -2, (2, 0)),
    (of_shape(2, 3), "nuc", (1, 0)),
    (distinct.of(3), np.inf, None),
    (distinct.of(3), -np.inf, 0),
    (distinct.of(2, 3), np.inf, 1),
    (of_shape(2, 3), 0, (-1,)),
    (nonzero.of(3), 2, None),
    (nonzero.of(2, 3), 1, 0),
    (nonzero.of(2, 3), 2.5, -1),
    (PARTLY, 0, None),
)


@defined(np.linalg.norm, wrt="x ord", on={"x ord axis": MATRICES, "keepdims": KEEP})
def any_norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """np.linalg.norm"""
    x = array_of(x)
    if np.iscomplexobj(x) and ord not in (2, -2, "nuc"):
        x = np.abs(x)
    if ord is None:
        return np.linalg.norm(x, axis=axis, keepdims=keepdims)
    if np.ndim(x) == 1 or (axis is not None and (not isinstance(axis, tuple) or len(axis) == 1)):
        return of_vectors(x, ord, axis, keepdims)
    if axis is None and np.ndim(x) != 2:
        if is_known(x.ndim):
            refuse("the norm of an array that is no matrix with `ord`", "name the axis")
        raise ValueError("Improper number of dimensions to norm.")
    if ord == "fro":
        return np.linalg.norm(x, axis=axis, keepdims=keepdims)
    found = of_matrices(x if axis is None else np.moveaxis(x, axis, (-2, -1)), ord)
    return np.expand_dims(found, (0, 1) if axis is None else axis) if keepdims else found


@defined(
    np.linalg.vector_norm,
    on={
        "x axis ord": together(
            (of_shape(3), None, 2),
            (of_shape(2, 3), None, 2),
            (distinct.of(2, 3), -1, np.inf),
            (nonzero.of(2, 3), None, 3.0),
            (nonzero.of(2, 3, 4), (0, 2), 1),
            (nonzero.of(2, 3, 4), (2, 0), 2.5),
            (of_shape(2, 3, 4), (1,), 2),
            (nonzero.of(2, 2, 3, 2), (0, 2), 1),
        ),
        "keepdims": KEEP,
    },
)
def vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    """np.linalg.vector_norm"""
    x = array_of(x)
    if np.iscomplexobj(x):
        x = np.abs(x)
    several = isinstance(axis, tuple) and len(axis) > 1
    if ord == 2 and (axis is None or several):
        return np.linalg.norm(x, axis=axis, keepdims=keepdims)
    if axis is None:
        found = np.linalg.norm(np.ravel(x), ord)
        return np.reshape(found, (1,) * np.ndim(x)) if keepdims else found
    if not several:
        return np.linalg.norm(x, ord, axis=axis, keepdims=keepdims)
    last = np.moveaxis(x, axis, tuple([i - len(axis) for i in range(len(axis))]))
    found = np.linalg.norm(np.reshape(last, (*last.shape[: -len(axis)], -1)), ord, axis=-1)
    return np.expand_dims(found, axis) if keepdims else found


@defined(
    np.linalg.matrix_norm,
    on={
        "x": one_of(of_shape(2, 3), of_shape(4, 3, 2)),
        "ord": one_of("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf),
        "keepdims": KEEP,
    },
)
def matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    """np.linalg.matrix_norm"""
    return np.linalg.norm(x, ord, axis=(-2, -1), keepdims=keepdims)


@defined(
    np.linalg.cond,
    on={
        "x p": together(
            (regular_matrix.of(3, 3), None),
            (of_shape(4, 2, 3), 2),
            (of_shape(3, 4), -2),
            (regular_matrix.of(3, 3), "fro"),
            (regular_matrix.of(2, 3, 3), "nuc"),
            (regular_matrix.of(3, 3), 1),
            (regular_matrix.of(3, 3), -1),
            (regular_matrix.of(2, 3, 3), np.inf),
            (regular_matrix.of(2, 2), -np.inf),
        )
    },
)
def cond(x: Any, p: Any = None) -> Any:
    """np.linalg.cond"""
    if p is None or p in (2, -2):
        s = np.linalg.svdvals(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    inverse = np.linalg.inv(x)
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(inverse, p, axis=(-2, -1))
