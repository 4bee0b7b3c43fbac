"""Cholesky factorization row by row and in place.

The kernel cholesky of NPBench and PolyBench (https://github.com/spcl/npbench): only the lower
triangle is read and written. The result is the sum of all elements of the array. 100 x 100.

The adjoint needs the factor only. It factorizes column by column, which runs in stride without a
sum that waits for itself; backward it goes row by row, and both updates of an element are along
rows.
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
    rng = np.random.default_rng(14)
    factor = rng.uniform(0.0, 1.0, (n, n))
    return (factor @ factor.T / n + 2.0 * np.eye(n),)


def cholesky(a):
    a = a.copy()
    n = len(a)
    for i in range(n):
        for j in range(i):
            a[i, j] -= np.dot(a[i, :j], a[j, :j])
            a[i, j] /= a[j, j]
        a[i, i] -= np.dot(a[i, :i], a[i, :i])
        a[i, i] = np.sqrt(a[i, i])
    return np.sum(a)


FUNCTION = cholesky


@njit(error_model="numpy", nogil=True)
def primal(a: Array) -> float:
    a = a.copy()
    n = a.shape[0]
    for i in range(n):
        for j in range(i):
            rest = a[i, j]
            for k in range(j):
                rest -= a[i, k] * a[j, k]
            a[i, j] = rest / a[j, j]
        rest = a[i, i]
        for k in range(i):
            rest -= a[i, k] * a[i, k]
        a[i, i] = np.sqrt(rest)
    total = 0.0
    for i in range(n):
        for j in range(n):
            total += a[i, j]
    return total


@njit(error_model="numpy", nogil=True)
def adjoint(a: Array) -> tuple[Array]:
    n = a.shape[0]
    a = a.copy()
    column = np.empty(n)
    for k in range(n):
        a[k, k] = np.sqrt(a[k, k])
        for i in range(k + 1, n):
            a[i, k] /= a[k, k]
            column[i] = a[i, k]
        for i in range(k + 1, n):
            factor = column[i]
            for j in range(k + 1, i + 1):
                a[i, j] -= factor * column[j]
    a_bar = np.ones((n, n))
    for i in range(n - 1, -1, -1):
        g = 0.5 * a_bar[i, i] / a[i, i]
        a_bar[i, i] = g
        for k in range(i):
            a_bar[i, k] -= 2.0 * g * a[i, k]
        for j in range(i - 1, -1, -1):
            g = a_bar[i, j] / a[j, j]
            a_bar[i, j] = g
            a_bar[j, j] -= g * a[i, j]
            for k in range(j):
                a_bar[i, k] -= g * a[j, k]
            for k in range(j):
                a_bar[j, k] -= g * a[i, k]
    return (a_bar,)


def in_jax() -> Callable[..., Any]:
    import jax.numpy as jnp
    from jax.scipy.linalg import cholesky as factorized

    def function(a):
        # the library reads both triangles as one symmetric matrix: it is made from the lower
        lower = jnp.tril(a)
        symmetric = lower + jnp.tril(a, -1).T
        return jnp.sum(factorized(symmetric, lower=True)) + jnp.sum(jnp.triu(a, 1))

    return function


def in_torch() -> Callable[..., Any]:
    import torch

    def function(a):
        symmetric = torch.tril(a) + torch.tril(a, -1).T
        return torch.sum(torch.linalg.cholesky(symmetric)) + torch.sum(torch.triu(a, 1))

    return function


def in_autograd() -> Callable[..., Any]:
    import autograd.numpy as anp

    def function(a):
        symmetric = anp.tril(a) + anp.tril(a, -1).T
        return anp.sum(anp.linalg.cholesky(symmetric)) + anp.sum(anp.triu(a, 1))

    return function
