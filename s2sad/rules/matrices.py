"""Powers and chains of matrices, tensor equations, and other names of products and traces."""

from __future__ import annotations

from typing import Any

import numpy as np

from s2sad.linalg import power_along
from s2sad.rules.asking import array_of, is_known
from s2sad.rules.domains import of_shape, one_of, regular_matrix, together
from s2sad.rules.notation import defined, rule
from s2sad.rules.products import MATMUL, turned

EXPONENTS = one_of(0, 1, 2, 3, 4, 5, 6, 7, 12, -1, -2, -3)


@rule(
    np.linalg.matrix_power,
    on={"a": one_of(regular_matrix.of(3, 3), regular_matrix.of(2, 2, 2)), "n": EXPONENTS},
)
class matrix_power:
    """ans = aⁿ, whose derivative along e is Σ aⁱ e aⁿ⁻¹⁻ⁱ."""

    def primal(a, n):
        return np.linalg.matrix_power(a, n)

    def shape(a):
        return a

    def tangent(a, n, a_dot):
        return power_along(a, a_dot, n)

    def adjoint(a, n, ans_bar):
        a_bar = power_along(turned(a), ans_bar, n)
        return a_bar


@defined(np.linalg.matrix_power, on={"a": of_shape(2, 2), "n": one_of(1, 2)})
def any_power(a: Any, n: Any) -> Any:
    """np.linalg.matrix_power"""
    a = array_of(a)
    return a if is_known(n) and n == 1 else np.linalg.matrix_power(a, n)


def power_along_twice(a, e, f, n):
    """The derivative of power_along(a, e, n) along f: the corner of that of [[a, f], [0, a]]."""
    zero = np.zeros_like(a)
    found = power_along(two_by_two(a, zero + f, zero, a), two_by_two(e, zero, zero, e), n)
    return found[..., : a.shape[-1], a.shape[-1] :]


def two_by_two(a, b, c, d):
    """The matrix [[a, b], [c, d]]."""
    upper, lower = np.concatenate((a, b), axis=-1), np.concatenate((c, d), axis=-1)
    return np.concatenate((upper, lower), axis=-2)


@rule(
    power_along,
    on={
        "a e": together(
            (regular_matrix.of(3, 3), of_shape(3, 3)),
            (regular_matrix.of(2, 2, 2), of_shape(2, 2, 2)),
        ),
        "n": EXPONENTS,
    },
)
class power_along_:
    """ans = Σ aⁱ e aⁿ⁻¹⁻ⁱ."""

    def primal(a, e, n):
        return power_along(a, e, n)

    def shape(a):
        return a

    def tangent(a, e, n, a_dot, e_dot):
        return power_along(a, e_dot, n) + power_along_twice(a, e, a_dot, n)

    def adjoint(a, e, n, ans_bar):
        a_bar = power_along_twice(turned(a), turned(e), ans_bar, n)
        e_bar = power_along(turned(a), ans_bar, n)
        return a_bar, e_bar


def as_matrices(arrays):
    """The arrays of a chain, a first vector as a row and a last one as a column."""
    head = np.expand_dims(arrays[0], 0) if arrays[0].ndim == 1 else arrays[0]
    last = np.expand_dims(arrays[-1], 1) if arrays[-1].ndim == 1 else arrays[-1]
    return [head, *arrays[1:-1], last]


def around(matrices, i, g):
    """The cotangent of matrix i of a chain: what is before it and after it, transposed, on g."""
    before = [m.T for m in matrices[:i]]
    after = [m.T for m in matrices[i + 1 :]]
    return np.linalg.multi_dot([*before[::-1], g, *after[::-1]])


CHAINS = one_of(
    (of_shape(2, 3), of_shape(3, 4)),
    [of_shape(2, 3), of_shape(3, 4), of_shape(4, 5)],
    (of_shape(5, 2), of_shape(2, 4), of_shape(4, 1), of_shape(1, 3)),
    (of_shape(3), of_shape(3, 4), of_shape(4, 2)),
    (of_shape(2, 3), of_shape(3, 4), of_shape(4)),
    (of_shape(3), of_shape(3, 4), of_shape(4)),
    (of_shape(3), of_shape(3)),
)


@rule(np.linalg.multi_dot, multilinear="arrays", sequences="arrays", on={"arrays": CHAINS})
class multi_dot:
    """ans = the product of all matrices in the cheapest order; the ends may be vectors."""

    def primal(arrays, out=None):
        return np.linalg.multi_dot(arrays)

    def shape(arrays):
        return arrays[0][:-1] + arrays[-1][1:]

    def adjoint(arrays, ans_bar):
        matrices = as_matrices(arrays)
        g = np.reshape(ans_bar, (matrices[0].shape[0], matrices[-1].shape[1]))
        found = [around(matrices, i, g) for i in range(len(matrices))]
        arrays_bar = [np.reshape(found[i], arrays[i].shape) for i in range(len(arrays))]
        return arrays_bar


@defined(
    np.linalg.tensorsolve,
    wrt="a b",
    on={
        "a b axes": together(
            (regular_matrix.of(6, 6), of_shape(6), None),
            (of_shape(2, 3, 6), of_shape(2, 3), None),
            (of_shape(2, 6, 3), of_shape(2, 3), (1,)),
            (of_shape(2, 3, 2, 3), of_shape(2, 3), None),
            (of_shape(2, 2, 3, 3), of_shape(3, 2), (0, 2)),
            ([[0.5, 1.0], [-1.0, 0.3]], [1.0, 2.0], None),
        )
    },
)
def tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    """np.linalg.tensorsolve"""
    a, b = array_of(a), array_of(b)
    if axes is not None:
        moved = [k for k in range(a.ndim) if k not in axes]
        a = np.transpose(a, (*moved, *axes))
    free = a.shape[-(a.ndim - b.ndim) :]
    flat = np.reshape(a, (b.size, b.size))
    return np.reshape(np.linalg.solve(flat, np.ravel(b)), free)


@defined(
    np.linalg.tensorinv,
    on={
        "a ind": together(
            (of_shape(2, 3, 6), 2),
            (of_shape(6, 2, 3), 1),
            (of_shape(2, 2, 4), 2),
            ([[0.5, 1.0], [-1.0, 0.3]], 1),
        )
    },
)
def tensorinv(a: Any, ind: int = 2) -> Any:
    """np.linalg.tensorinv"""
    a = array_of(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    rows, columns = a.shape[ind:], a.shape[:ind]
    n = 1
    for size in rows:
        n = n * size
    return np.reshape(np.linalg.inv(np.reshape(a, (n, -1))), rows + columns)


# The names of the array API standard.


@defined(np.linalg.matmul, wrt="x1 x2", on={"x1 x2": MATMUL})
def matmul(x1: Any, x2: Any) -> Any:
    """np.linalg.matmul"""
    return np.matmul(x1, x2)


@defined(
    np.linalg.outer,
    wrt="x1 x2",
    on={
        "x1": one_of(of_shape(3), [0.5, 2.0]),
        "x2": of_shape(4),
        "errors": [
            {"x1": np.ones((1, 1)), "x2": np.ones(2)},
            {"x1": np.ones(2), "x2": np.ones((1, 1))},
        ],
    },
)
def outer(x1: Any, x2: Any) -> Any:
    """np.linalg.outer"""
    x1, x2 = array_of(x1), array_of(x2)
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError("Input arrays must be one-dimensional.")
    return np.outer(x1, x2)


@defined(
    np.linalg.tensordot,
    wrt="x1 x2",
    on={
        "x1 x2 axes": together(
            (of_shape(2, 3), of_shape(3, 4), 1),
            (of_shape(5, 2, 3), of_shape(2, 3, 4), 2),
            (of_shape(5, 2, 3), of_shape(3, 4, 5), ((2, 0), (0, 2))),
        )
    },
)
def tensordot(x1: Any, x2: Any, *, axes: Any = 2) -> Any:
    """np.linalg.tensordot"""
    return np.tensordot(x1, x2, axes=axes)


@defined(
    np.linalg.vecdot,
    wrt="x1 x2",
    on={
        "x1 x2 axis": together(
            (of_shape(3), of_shape(3), -1),
            (of_shape(2, 3), of_shape(3), -1),
            (of_shape(2, 3), of_shape(2, 3), 0),
            (of_shape(3, 3), of_shape(3), 0),
        )
    },
)
def vecdot(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """np.linalg.vecdot"""
    return np.vecdot(x1, x2, axis=axis)  # type: ignore[call-overload]


@defined(
    np.linalg.cross,
    wrt="x1 x2",
    on={
        "x1 x2 axis": together(
            (of_shape(3), of_shape(3), -1),
            (of_shape(2, 3), of_shape(2, 3), -1),
            (of_shape(3, 2), of_shape(3, 2), 0),
            (of_shape(4, 3), of_shape(3), -1),
            ([0.5, 1.0, 2.0], [1.5, -1.0, 0.5], -1),
        ),
        "errors": [{"x1": np.ones(2), "x2": np.ones(3)}, {"x1": np.ones(3), "x2": np.ones(2)}],
    },
)
def cross(x1: Any, x2: Any, *, axis: int = -1) -> Any:
    """np.linalg.cross"""
    x1, x2 = array_of(x1), array_of(x2)
    if x1.shape[axis] != 3 or x2.shape[axis] != 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are"
            f" {x1.shape[axis]} and {x2.shape[axis]} dimensional instead."
        )
    a, b = np.moveaxis(x1, axis, 0), np.moveaxis(x2, axis, 0)
    parts = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    return np.stack(parts, axis=axis)


MATRIX = one_of(of_shape(3, 3), of_shape(2, 3, 4))


@defined(np.linalg.diagonal, on={"x": MATRIX, "offset": one_of(0, 1, -1)})
def diagonal(x: Any, *, offset: int = 0) -> Any:
    """np.linalg.diagonal"""
    return np.diagonal(x, offset, -2, -1)


@defined(np.linalg.trace, on={"x": MATRIX, "offset": one_of(0, 1, -1)})
def trace(x: Any, *, offset: int = 0, dtype: Any = None) -> Any:
    """np.linalg.trace"""
    return np.trace(x, offset, -2, -1, dtype)


@defined(np.linalg.matrix_transpose, on={"x": MATRIX})
def matrix_transpose(x: Any) -> Any:
    """np.linalg.matrix_transpose"""
    return np.matrix_transpose(x)


@rule(
    np.linalg.matrix_rank,
    wrt="",
    on={
        "A tol": together(
            (regular_matrix.of(3, 3), None), (of_shape(2, 4, 3), 1e-3), (of_shape(3), None)
        )
    },
)
class matrix_rank:
    """ans = the number of singular values that are not zero."""

    def primal(A, tol=None, hermitian=False, rtol=None):
        return np.linalg.matrix_rank(A, tol, hermitian, rtol=rtol)

    def shape(A):
        return A[:-2]
