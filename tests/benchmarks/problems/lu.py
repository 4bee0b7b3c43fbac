"""LU factorization without pivoting, row by row and in place.

The kernel lu of NPBench and PolyBench (https://github.com/spcl/npbench). The result is the sum of
all elements of both factors. 100 x 100.

The adjoint needs the factors only. Backward, row i of the adjoints G solves a triangular system,
    G[i, k] = (A_bar[i, k] - sum(G[i, m] A[k, m] for m > k)) / A[k, k],  k < i,
here with the transpose of the factors at hand so that it runs in stride; then it sends
A[i, k] G[i, k:] to the rows above.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]

KIND = "gradient"
WRT = (0,)
SIZES = {"N100": {"n": 100}, "small": {"n": 6}}


def arguments(n: int) -> tuple[Array]:
    rng = np.random.default_rng(13)
    return (rng.uniform(-1.0, 1.0, (n, n)) + 2.0 * np.sqrt(n) * np.eye(n),)


def lu(a):
    a = a.copy()
    n = len(a)
    for i in range(n):
        for j in range(i):
            a[i, j] -= a[i, :j] @ a[:j, j]
            a[i, j] /= a[j, j]
        for j in range(i, n):
            a[i, j] -= a[i, :i] @ a[:i, j]
    return np.sum(a)


FUNCTION = lu


@njit(error_model="numpy", nogil=True)
def factorize(a):
    n = a.shape[0]
    for i in range(n):
        for k in range(i):
            a[i, k] /= a[k, k]
            factor = a[i, k]
            for j in range(k + 1, n):
                a[i, j] -= factor * a[k, j]


@njit(error_model="numpy", nogil=True)
def primal(a: Array) -> float:
    a = a.copy()
    factorize(a)
    total = 0.0
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            total += a[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(a: Array) -> tuple[Array]:
    n = a.shape[0]
    a = a.copy()
    factorize(a)
    transposed = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            transposed[j, i] = a[i, j]
    a_bar = np.ones((n, n))
    for i in range(n - 1, 0, -1):
        for m in range(n - 1, i - 1, -1):
            g = a_bar[i, m]
            for k in range(i):
                a_bar[i, k] -= g * transposed[m, k]
        for m in range(i - 1, -1, -1):
            g = a_bar[i, m] / a[m, m]
            a_bar[i, m] = g
            for k in range(m):
                a_bar[i, k] -= g * transposed[m, k]
        for k in range(i):
            factor = a[i, k]
            for m in range(k, n):
                a_bar[k, m] -= factor * a_bar[i, m]
    return (a_bar,)


def in_jax() -> Callable[..., Any]:
    import jax
    import jax.numpy as jnp

    def function(a):
        n = len(a)
        rows = jnp.arange(n)

        def eliminate(a, k):
            column = jnp.where(rows > k, a[:, k] / a[k, k], 0.0)
            row = jnp.where(rows > k, a[k], 0.0)
            return a - jnp.outer(column, row), column

        upper, columns = jax.lax.scan(eliminate, a, rows)
        return jnp.sum(jnp.triu(upper)) + jnp.sum(columns)

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(a):
        total = 0.0
        while len(a) > 0:
            column = a[1:, 0] / a[0, 0]
            total = total + torch.sum(a[0]) + torch.sum(column)
            a = a[1:, 1:] - torch.outer(column, a[0, 1:])
        return total

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(a):
        total = 0.0
        while len(a) > 0:
            column = a[1:, 0] / a[0, 0]
            total = total + anp.sum(a[0]) + anp.sum(column)
            a = a[1:, 1:] - anp.outer(column, a[0, 1:])
        return total

    return function
