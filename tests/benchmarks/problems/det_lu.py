"""The determinant by elimination in place, with pivots.

Gaussian elimination with partial pivoting (G. H. Golub, C. F. Van Loan, "Matrix computations",
section 3.4).  The adjoint is that of the elimination, from the factors that it leaves, and not the
closed form det(a) a^-T, which is another algorithm.  The peers have that as their rule of `det`,
which is what their users would call.
"""

from collections.abc import Callable

import numpy as np
from numba import njit


def det_lu(a):
    n = a.shape[0]
    a = a.copy()
    det = 1.0
    for k in range(n):
        p = k + np.argmax(np.abs(a[k:, k]))
        if p != k:
            a[[k, p]] = a[[p, k]]
            det = -det
        det *= a[k, k]
        a[k + 1 :, k] /= a[k, k]
        a[k + 1 :, k + 1 :] -= np.outer(a[k + 1 :, k], a[k, k + 1 :])
    return det


FUNCTION = det_lu
WRT = (0,)
SIZES = {"100 x 100": {"n": 100}, "small": {"n": 6}}


def arguments(n: int) -> tuple:
    """A matrix whose determinant is neither huge nor tiny."""
    return (np.random.default_rng(37).normal(size=(n, n)) * np.sqrt(np.e / n),)


loops = njit(error_model="numpy", nogil=True)


@loops
def swap_rows(a, i, j):
    for c in range(a.shape[1]):
        a[i, c], a[j, c] = a[j, c], a[i, c]


@loops
def eliminate(a, pivots):
    """Factors of a in its place, the row that came to each place; returns the determinant.

    Views of rows make the innermost loop vectorize, here and below.
    """
    n = a.shape[0]
    det = 1.0
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if abs(a[i, k]) > abs(a[p, k]):
                p = i
        pivots[k] = p
        if p != k:
            swap_rows(a, k, p)
            det = -det
        pivot = a[k, k]
        det *= pivot
        above = a[k, k + 1 :]
        for i in range(k + 1, n):
            factor = a[i, k] / pivot
            a[i, k] = factor
            rest = a[i, k + 1 :]
            for j in range(rest.shape[0]):
                rest[j] -= factor * above[j]
    return det


@loops
def primal(a):
    return eliminate(a.copy(), np.empty(a.shape[0], np.int64))


@loops
def minus_product(weights, matrix, k, out):
    """out = - weights matrix, for the part of all three that is behind k; four rows at a time."""
    n = out.shape[0]
    part = out[k + 1 :]
    part[:] = 0.0
    for i in range(k + 1, n - 3, 4):
        w0, w1, w2, w3 = weights[i], weights[i + 1], weights[i + 2], weights[i + 3]
        r0, r1 = matrix[i, k + 1 :], matrix[i + 1, k + 1 :]
        r2, r3 = matrix[i + 2, k + 1 :], matrix[i + 3, k + 1 :]
        for j in range(part.shape[0]):
            part[j] -= w0 * r0[j] + w1 * r1[j] + w2 * r2[j] + w3 * r3[j]
    for i in range(n - (n - k - 1) % 4, n):
        w0, r0 = weights[i], matrix[i, k + 1 :]
        for j in range(part.shape[0]):
            part[j] -= w0 * r0[j]


@loops
def adjoint(a):
    """Of a step, only the row and the column of the pivot get a new adjoint: two products of a
    vector and a matrix.  The transposed adjoint is kept as well, so that both go along rows."""
    n = a.shape[0]
    factors = a.copy()
    pivots = np.empty(n, np.int64)
    det = eliminate(factors, pivots)
    bar, bar_t = np.empty((n, n)), np.empty((n, n))
    row, column = np.empty(n), np.empty(n)
    for k in range(n - 1, -1, -1):
        minus_product(factors[k], bar_t, k, column)
        minus_product(factors[:, k], bar, k, row)
        pivot = factors[k, k]
        pivot_bar = det
        for i in range(k + 1, n):
            pivot_bar -= column[i] * factors[i, k]
            column[i] /= pivot
            bar[i, k] = bar_t[k, i] = column[i]
            bar[k, i] = bar_t[i, k] = row[i]
        bar[k, k] = bar_t[k, k] = pivot_bar / pivot
        p = pivots[k]
        if p != k:
            swap_rows(factors, k, p)
            for j in range(k, n):
                bar[k, j], bar[p, j] = bar[p, j], bar[k, j]
                bar_t[j, k], bar_t[j, p] = bar_t[j, p], bar_t[j, k]
    return (bar,)


def in_jax() -> Callable:
    import jax.numpy as jnp

    return jnp.linalg.det


def in_torch() -> Callable:
    import torch

    return torch.linalg.det


def in_autograd() -> Callable:
    import autograd.numpy as np

    return np.linalg.det
